"""Minds that ask a language model: people told in words, pages shown in words, answers turned into numbers."""
