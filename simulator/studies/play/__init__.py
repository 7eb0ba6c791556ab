"""A human in a seat: the pages of a real recommender, a journal like anyone's, and how close the simulated double came.

onboarding → fitting → pages, one committed turn each → the double sees the same pages → how close it came
"""
