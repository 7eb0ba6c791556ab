"""Reading a run: people, lives, pages, two worlds side by side, what was said and remembered, rows for other tools.

Every reader works on a run that is finished, failed or still running: up to the last committed turn of each block.
Readers give documents of plain values, texts as they are: whoever shows them escapes them. Whatever may be long has a
limit and an offset.
"""
