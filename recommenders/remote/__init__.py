"""Recommenders that live elsewhere: behind a URL, or in another Python interpreter."""
