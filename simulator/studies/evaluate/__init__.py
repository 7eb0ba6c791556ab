"""One recommender against others: how well it finds what was held out, what simulated people do with it, what it costs.

question → fitted on what is not held out → offline table, cost → the A/B run → differences → verdict → page
"""
