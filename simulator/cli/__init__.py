"""The command: which verbs there are and what they are wired to; `main` is where it begins."""
