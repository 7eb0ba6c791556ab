"""What items are about, as vectors: the words of their title and text, their categories, creator and years.

Each field is a vector of its own, of length 1, and an item's vector lays the fields side by side, weighted; so the
cosine of two items is a weighted mean of how alike their fields are. Words count by how rare they are (inverse document
frequency; Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", Journal of
Documentation 28, 1972). Features are hashed into `width` columns with a sign (Weinberger et al., "Feature hashing for
large scale multitask learning", ICML 2009), so that vectors are dense and need no model.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from simulator.records import F32, Catalog, Item

FIELDS: Mapping[str, float] = {"title": 1.0, "text": 1.0, "categories": 2.0, "creator": 1.0, "year": 0.5}
"""Weights of the fields in the cosine. Assumed: categories are given by people who know the item."""
WIDTH = 512
MOST_LETTERS = 4_000
"""Letters of a text that are read: no page shows more, and a title of 100 kB costs no more than a long review."""
MOST_LETTERS_OF_WORD = 40
_WORD = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    _WORD.findall(
        "a an and are as at be but by for from had has have he her his i in into is it its no not of on one or she so "
        "than that the their them then there they this to too two was were what when which who will with you your"
    )
)
"""English words that say nothing about a subject."""


def words_of(text: str) -> list[str]:
    """The words of a text in order, case-folded, plurals as singulars (`stem`), without those that say nothing."""
    folded = unicodedata.normalize("NFKC", text[:MOST_LETTERS]).casefold()
    return [stem(word[:MOST_LETTERS_OF_WORD]) for word in _WORD.findall(folded) if word not in _EMPTY]


def stem(word: str) -> str:
    """A plural as its singular, by the three rules of the S-stemmer (Harman, "How effective is suffixing?", JASIS 42,
    1991). The word is in lower case."""
    if len(word) > 3:
        if word.endswith("ies") and word[-4] not in "ae":
            return word[:-3] + "y"
        if word.endswith("es") and word[-3] not in "aeo":
            return word[:-1]
        if word.endswith("s") and word[-2] not in "us":
            return word[:-1]
    return word


def features_of(item: Item) -> dict[str, list[str]]:
    """By field, the features of an item, repeats included. A year is known by its decade and by the decade around it,
    so that 1989 and 1991 are alike."""
    year = [] if item.year is None else [f"{item.year // 10}0", f"about {(item.year + 5) // 10}0"]
    return {
        "title": words_of(item.title),
        "text": words_of(item.text),
        "categories": [name.casefold() for name in item.categories],
        "creator": [item.creator[:MOST_LETTERS].casefold()] if item.creator else [],
        "year": year,
    }


def item_vectors(catalog: Catalog, weights: Mapping[str, float] = FIELDS, width: int = WIDTH) -> F32:
    """One row an item, of length 1, or 0 where nothing is known of it. (n_items, width)."""
    out = np.zeros((len(catalog), width), dtype=np.float32)
    features = [features_of(item) for item in catalog]
    for field, weight in weights.items():
        if weight > 0:
            out += np.float32(np.sqrt(weight)) * _hashed(field, [one[field] for one in features], width)
    return unit(out)


def unit(vectors: F32) -> F32:
    """Rows of length 1; zero rows stay. (n, width)."""
    norm = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    rows: F32 = np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)
    return rows


@lru_cache(maxsize=4)
def texts_of_items(catalog: Catalog) -> tuple[str, ...]:
    """What each item is about, in one text, for embedders that read prose."""
    return tuple(
        " ".join(" ".join((item.title, ", ".join(item.categories), item.creator, item.text))[:MOST_LETTERS].split())
        for item in catalog
    )


def _hashed(field: str, features: Sequence[Sequence[str]], width: int) -> F32:
    """Unit vectors of one field. A feature that occurs n times in an item counts 1 + ln n times its rarity."""
    from sklearn.feature_extraction import FeatureHasher

    frequency: Counter[str] = Counter()
    for one in features:
        frequency.update(set(one))
    rarity = {name: np.log((1 + len(features)) / (1 + n)) + 1 for name, n in frequency.items()}
    hasher = FeatureHasher(n_features=width, input_type="pair", dtype=np.float32)
    pairs: Iterable[list[tuple[str, float]]] = (
        [(f"{field}:{name}", rarity[name] * (1 + np.log(n))) for name, n in Counter(one).items()] for one in features
    )
    return unit(np.asarray(hasher.transform(pairs).toarray(), dtype=np.float32))
