"""The recommenders that come with the house, by name; each is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module

from recommenders.contract import Recommender

BUILTINS: dict[str, str] = {
    "random": "recommenders.builtin.random:Random",
    "popular": "recommenders.builtin.popular:Popular",
    "item-knn": "recommenders.builtin.item_knn:ItemKNN",
    "ease": "recommenders.builtin.ease:EASE",
    "als": "recommenders.builtin.als:ALS",
    "user-knn": "recommenders.builtin.user_knn:UserKNN",
    "bpr": "recommenders.builtin.bpr:BPR",
    "session-knn": "recommenders.builtin.session_knn:SessionKNN",
    "markov": "recommenders.builtin.markov:Markov",
    "sasrec": "recommenders.builtin.sasrec:SASRec",
    "linucb": "recommenders.builtin.linucb:LinUCB",
    "thompson": "recommenders.builtin.thompson:Thompson",
    "reversed": "recommenders.builtin.reversed:Reversed",
    "stale": "recommenders.builtin.stale:Stale",
    "clickbait": "recommenders.builtin.clickbait:Clickbait",
    "content": "recommenders.builtin.content:Content",
    "hybrid": "recommenders.builtin.hybrid:Hybrid",
    "mmr": "recommenders.builtin.mmr:MMR",
    "calibrated": "recommenders.builtin.calibrated:Calibrated",
    "instructable": "recommenders.builtin.instructable:Instructable",
    "llm-rerank": "recommenders.language.reranker:LLMRerank",
}


def builtin(name: str) -> type[Recommender]:
    """The class of a built-in recommender. Raises KeyError."""
    module, _, attribute = BUILTINS[name].partition(":")
    found: type[Recommender] = getattr(import_module(module), attribute)
    return found
