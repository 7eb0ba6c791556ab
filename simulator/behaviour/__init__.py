"""Behaviour: from appraisals to actions, one law a file."""
