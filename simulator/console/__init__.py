"""The terminal: displays that listen to a run, and tables that show what came of it."""
