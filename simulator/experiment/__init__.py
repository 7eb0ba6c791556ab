"""Experiments: arms × seeds × minds over the same people, cut into blocks, lived by one process or several.

`plan` says what is to be done, `stage` builds everything that does not change during a run, `tasks` cuts the run into
pieces that share nothing, `engine` lives them, `folder` is the run on disk.
"""
