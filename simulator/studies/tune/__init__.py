"""Tuning a recommender by simulated A/B: the same people, with the same luck, meet it with other parameters.

A search crowns whatever the noise favours, and whatever flatters the mind that it asks. So the winner is tried again:
on people who tuned nothing, with new luck, before minds that hold a family of evidence which tuning was denied; against
the parameters that the scenario has, and against those that offline nDCG would have picked from the same trials.
"""
