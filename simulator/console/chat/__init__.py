"""A terminal session with one simulated person: talk to them, be their recommender, their platform, their author.

`Session` takes a line and tells, as typed events, what is to be shown; it knows of no screen. Two screens show it: an
app with three panes (`app`), and plain lines for a pipe or a terminal that can no more (`plain`). All commands stand in
one table (`commands`), from which parsing, help, completion and the manual come.
"""
