"""Recommenders: the contract for those who write one, and the ones that come with the house."""

from recommenders.contract import Feedback, Recommender, Request, Slate, uniform

__all__ = ["Feedback", "Recommender", "Request", "Slate", "uniform"]
