"""Embeddings: deterministic unit vectors whose likeness is exact, whoever else is in the batch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.memory.embedding import (
    STEPS,
    EndpointEmbedder,
    HashingEmbedder,
    cosine,
    item_vectors,
    pack,
)
from simulator.records import SplitLog, UserInputError

EMBED = HashingEmbedder()
texts = st.lists(st.text(max_size=40), min_size=1, max_size=6)


@settings(deadline=None)
@given(texts)
def test_vectors_have_unit_length_and_do_not_depend_on_company(some: list[str]) -> None:
    together = EMBED(some)
    assert together.shape == (len(some), EMBED.width) and together.dtype == np.float32
    length = np.linalg.norm(together, axis=1)
    assert (np.isclose(length, 1, atol=1e-5) | (length == 0)).all()
    assert all(np.array_equal(HashingEmbedder()([one])[0], row) for one, row in zip(some, together, strict=True))


def test_texts_about_the_same_thing_are_more_alike() -> None:
    one, near, far = EMBED(["a detective story at sea", "two detectives sail the sea", "romantic comedy in Paris"])
    assert one @ near > 0.4 > 0.2 > abs(one @ far)


def test_case_and_empty_words_say_nothing() -> None:
    assert np.array_equal(EMBED(["The SEA and you"]), EMBED(["sea"]))
    assert not EMBED(["the and of", ""]).any()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 400), st.integers(2, 1600))
def test_likeness_is_the_same_in_any_order_of_addition(seed: int, width: int) -> None:
    luck = np.random.default_rng(seed)
    vectors = luck.normal(size=(3, 5, width)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    packed, query = pack(vectors), pack(vectors[:, 0])
    exact = (packed.astype(np.int64) * query[:, None, :].astype(np.int64)).sum(axis=2) / STEPS**2
    got = cosine(packed, query)
    assert np.array_equal(got, np.clip(exact.astype(np.float32), -1, 1))
    assert np.array_equal(got[1:2], cosine(packed[1:2], query[1:2]))
    shuffled = luck.permutation(width)
    assert np.array_equal(got, cosine(packed[..., shuffled], query[..., shuffled]))


def test_packing_moves_a_cosine_by_little() -> None:
    vectors = EMBED([f"film number {n} of the sea and of war {n % 7}" for n in range(200)])
    packed = pack(vectors)
    off = cosine(np.tile(packed, (1, 1, 1)), packed[:1])[0] - vectors @ vectors[0]
    assert np.abs(off).max() < 0.02 and off.std() < 0.004


def test_items_are_embedded_once_and_shared(sample: SplitLog) -> None:
    asked: list[str] = []

    class Counting(HashingEmbedder):
        def __call__(self, some: Any) -> Any:
            asked.extend(some)
            return super().__call__(some)

    counting = Counting()
    vectors = item_vectors(sample.catalog, counting)
    first = vectors(np.array([[3, 4], [4, 3]]))
    assert np.array_equal(item_vectors(sample.catalog, counting)(np.array([3, 4])), first[0])
    assert len(asked) == 2 and first.shape == (2, 2, counting.width)


def test_an_endpoint_is_asked_in_batches_and_its_vectors_are_made_unit() -> None:
    sizes: list[int] = []

    def ask(some: list[str]) -> list[list[float]]:
        sizes.append(len(some))
        return [[3.0, 4.0] for _ in some]

    vectors = EndpointEmbedder("tiny", 2, ask)(["text"] * 600)
    assert sizes == [256, 256, 88] and np.allclose(vectors, [0.6, 0.8])


@pytest.mark.parametrize("answer", [[[1.0]], [[1.0, float("nan")]], [[1.0, 2.0], [1.0, 2.0]]])
def test_an_endpoint_that_answers_something_else_is_named(answer: Any) -> None:
    with pytest.raises(UserInputError, match="tiny"):
        EndpointEmbedder("tiny", 2, lambda some: answer)(["text"])
