"""Reading a run: one person's life, what was said, what is remembered, rows for other tools.

Every reader works on a run that is finished, failed or still running: on the parts of its journal that are complete.
"""
