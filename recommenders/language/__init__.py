"""Recommenders that ask a language model: they live in the coordinating process, and wait for somebody's service."""
