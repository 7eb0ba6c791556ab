"""That `sasrec` serves what it learnt: NumPy's encoder is PyTorch's, results repeat, and order and company are kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from recommenders.builtin.attention import Encoder
from recommenders.builtin.popular import Popular
from recommenders.builtin.sasrec import SASRec, training_windows
from recommenders.contract import Request, RequestBatch
from simulator.randomness import Stream
from simulator.records import UserInputError

learns = pytest.mark.skipif(find_spec("torch") is None, reason="sasrec learns with PyTorch: the extra `torch`")
SMALL = {"factors": 16, "window": 8, "epochs": 12, "batch_size": 16, "learning_rate": 0.005}


def asked(*history: str) -> Request:
    return Request("somebody", history, frozenset(history))


def walks(n_people: int, length: int, seed: int) -> list[tuple[int, int]]:
    start = np.random.default_rng(seed).integers(40, size=n_people)
    return [(person, int(start[person] + step) % 40) for person in range(n_people) for step in range(length)]


def untrained(catalog, log, seed: int = 0, **params) -> SASRec:
    """One with random weights, for what does not depend on what they are."""
    model = SASRec(**{"factors": 12, "heads": 2, "window": 8} | params)
    rng = np.random.default_rng(seed)
    shapes = Encoder.shapes(model.factors, model.blocks, model.window)
    model.catalog = catalog
    model.popularity = np.asarray(log.matrix().sum(axis=0), dtype=np.float32).ravel()
    model.weights = rng.normal(size=sum(int(np.prod(s)) for s in shapes.values())).astype(np.float32)
    model.embedding = rng.normal(size=(len(catalog), model.factors)).astype(np.float32)
    model._restored()
    return model


def test_windows_end_where_sequences_end_and_share_one_choice(make_log) -> None:
    log = make_log([(0, item) for item in range(8)] + [(1, 20)] + [(2, 30), (2, 31)])
    assert training_windows(log, 3).tolist() == [[4, 5, 6, 7], [1, 2, 3, 4], [-1, -1, 0, 1], [-1, -1, 30, 31]]


def test_windows_are_of_people_with_times_if_there_are_any(make_log) -> None:
    log = make_log([(0, 1), (0, 2), (1, 3), (1, 4)], times=[0, 5, 6, 7])
    assert training_windows(log, 2).tolist() == [[-1, 3, 4]]


def test_the_encoder_is_the_formula_written_out() -> None:
    factors, length = 4, 3
    rng = np.random.default_rng(1)
    shapes = Encoder.shapes(factors, 1, 5)
    weights = rng.normal(size=sum(int(np.prod(s)) for s in shapes.values())).astype(np.float32)
    encoder = Encoder.of(weights, factors, 1, 1, 5)
    p = {name: value.astype(np.float64) for name, value in encoder.parameters.items()}
    embedded = rng.normal(size=(1, length, factors)).astype(np.float32)

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-8)
        return x * p[f"{name}_scale"] + p[f"{name}_shift"]

    def linear(x, name):
        return x @ p[name] + p[f"{name}_bias"]

    x = embedded[0].astype(np.float64) * 2 + p["position"][-length:]
    query = norm(x, "0.before")
    fit = linear(query, "0.query") @ linear(x, "0.key").T / 2
    share = np.where(np.tri(length, dtype=bool), np.exp(fit), 0)
    share /= share.sum(axis=1, keepdims=True)
    x = norm(query + linear(share @ linear(x, "0.value"), "0.out"), "0.between")
    x = norm(x + linear(np.maximum(linear(x, "0.inner"), 0), "0.outer"), "last")
    np.testing.assert_allclose(encoder.last(embedded)[0], x[-1], rtol=1e-4, atol=1e-5)


def test_a_result_does_not_depend_on_the_batch(catalog, log, make_batch) -> None:
    recommender = untrained(catalog, log)
    whole = recommender.recommend(make_batch(log), 9)
    rng = np.random.default_rng(2)
    for size in (1, 2, 7, 13, 40, 59):
        people = rng.permutation(60)[:size].tolist()
        part = recommender.recommend(make_batch(log, people), 9)
        assert part.items.tobytes() == whole.items[people].tobytes()
        assert part.scores.tobytes() == whole.scores[people].tobytes()


def test_a_kept_ranking_is_the_one_that_would_be_made_anew(catalog, log, make_batch) -> None:
    recommender = untrained(catalog, log)
    batch, rng = make_batch(log), np.random.default_rng(7)
    changed = 0
    before = recommender.recommend(batch, 4)
    for turn in range(5):
        rows = np.flatnonzero(rng.random(60) < 0.6).astype(np.int32)
        asking = RequestBatch(batch.view, rows, batch.page[rows], turn, Stream.of(0, "luck", "recommender"))
        kept = recommender.recommend(asking, 4)
        anew = recommender.recommend(list(asking), 4)
        assert kept.items.tobytes() == anew.items.tobytes() and kept.scores.tobytes() == anew.scores.tobytes()
        changed += int((kept.scores[:, 0] > before.scores[rows, 0]).sum())
        clicked = (rng.random(kept.items.shape) < 0.3) & (kept.items >= 0)
        batch.view.record(rows, kept.items, clicked)
    assert changed  # the best that is left has a higher score than before only where a choice changed the scores


def test_saved_and_loaded_it_serves_alike_and_without_pytorch(catalog, log, tmp_path: Path, monkeypatch) -> None:
    recommender = untrained(catalog, log)
    recommender.save(tmp_path / "model")
    monkeypatch.setitem(sys.modules, "torch", None)
    loaded = SASRec.load(tmp_path / "model")
    people = [asked("i2", "i4"), asked("i4", "i2"), asked(*(f"i{n}" for n in range(12))), asked("i39"), asked()]
    one, other = recommender.recommend(people, 60), loaded.recommend(people, 60)
    assert one.items.tobytes() == other.items.tobytes() and one.scores.tobytes() == other.scores.tobytes()
    assert (one.items >= 0).sum(axis=1).tolist() == [38, 38, 28, 39, 40]
    assert one.items[0].tolist() != one.items[1].tolist()
    popular = Popular()
    popular.fit(catalog, log)
    assert one[4].item_ids == popular.recommend(people[4:], 40)[0].item_ids


def test_without_pytorch_the_line_to_type_is_told(catalog, log, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserInputError, match=r'pip install "understudy\[torch\]".*download\.pytorch\.org/whl/cpu'):
        SASRec(**SMALL).fit(catalog, log)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"heads": 3}, "heads must divide factors (64) without a rest, and 3 does not"),
        ({"window": 1}, "window must be a whole number of at least 2, not 1"),
        ({"dropout": 1}, "dropout must be a number of at least 0 and at most 0.9, not 1"),
        ({"negatives": 0}, "negatives must be a whole number of at least 1, not 0"),
        ({"epochs": "many"}, "epochs must be a whole number of at least 1, not 'many'"),
    ],
)
def test_a_parameter_out_of_range_is_named(params, told) -> None:
    with pytest.raises(UserInputError) as caught:
        SASRec(**params)
    assert told in str(caught.value)


@contextmanager
def settings_kept() -> Iterator[None]:
    import torch

    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().numpy().copy()
    yield
    after = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().numpy()
    assert before[:2] == after[:2] and (before[2] == after[2]).all()


@learns
def test_what_learns_and_what_serves_are_one_function() -> None:
    import torch

    from recommenders.builtin.sasrec_training import _Network

    settings = SASRec(factors=12, heads=3, blocks=2, window=6, dropout=0).settings()
    torch.manual_seed(1)
    network = _Network(torch, 40, settings)
    with torch.no_grad():
        for tensor in network.parameters:
            tensor.add_(torch.randn(tensor.shape) * 0.3)
    weights, embedding = network.arrays()
    encoder = Encoder.of(weights, 12, 2, 3, 6)
    rng = np.random.default_rng(3)
    for length in (1, 4, 6):
        items = rng.integers(40, size=(5, length))
        padded = torch.from_numpy(np.pad(items, ((0, 0), (6 - length, 0))))
        known = torch.arange(6).repeat(5, 1) >= 6 - length
        with torch.no_grad():
            expected = network._encoded(padded, known)[:, -1].numpy()
        np.testing.assert_allclose(encoder.last(embedding[items]), expected, rtol=1e-4, atol=1e-4)


@learns
def test_the_loss_is_cross_entropy_over_the_catalogue() -> None:
    import torch

    from recommenders.builtin.sasrec_training import _Network

    whole = SASRec(factors=8, window=3, dropout=0).settings()
    torch.manual_seed(1)
    network = _Network(torch, 10, whole)
    with torch.no_grad():
        network.embedding.mul_(30)
        network.named["position"].zero_()  # the first choice of two stands elsewhere than the only one
    weights, embedding = network.arrays()
    encoder = Encoder.of(weights, 8, 2, 1, 3)
    logits = [encoder.last(embedding[[history]])[0] @ embedding.T for history in ([4], [4, 7])]
    each = [np.log(np.exp(x).sum()) - x[then] for x, then in zip(logits, (7, 2), strict=True)]
    batch, luck = np.array([[-1, 4, 7, 2]], dtype=np.int32), np.random.default_rng(0)
    assert network.loss(batch, luck).item() == pytest.approx(np.mean(each), rel=1e-4)
    network.settings = whole | {"negatives": 9}
    assert network.loss(batch, luck).item() <= np.mean(each) * (1 + 1e-4)


@learns
def test_training_repeats_under_a_seed_and_leaves_pytorch_as_it_was(catalog, make_log) -> None:
    log = make_log(walks(60, 8, seed=1))
    with settings_kept():
        one, again = (SASRec(**SMALL | {"epochs": 2, "seed": 3}) for _ in range(2))
        other = SASRec(**SMALL | {"epochs": 2, "seed": 4, "negatives": 20})
        for recommender in (one, again, other):
            recommender.fit(catalog, log)
    assert one.weights.tobytes() == again.weights.tobytes()
    assert one.embedding.tobytes() == again.embedding.tobytes()
    assert not np.allclose(one.embedding, other.embedding)


@learns
@pytest.mark.parametrize("negatives", [None, 30])
def test_it_learns_what_comes_next_where_popularity_knows_nothing(catalog, make_log, negatives) -> None:
    recommender, popular = SASRec(**SMALL | {"negatives": negatives, "epochs": 30}), Popular()
    for each in (recommender, popular):
        each.fit(catalog, make_log(walks(60, 8, seed=1)))
    truth = walks(60, 9, seed=2)
    paths = [[f"i{item}" for who, item in truth if who == person] for person in range(60)]

    def hits(each) -> int:
        slates = each.recommend([asked(*path[:8]) for path in paths], 3)
        return sum(path[8] in slate.item_ids for path, slate in zip(paths, slates, strict=True))

    assert hits(recommender) > 2 * hits(popular) and hits(recommender) > 45


@learns
def test_a_choice_of_the_run_changes_the_next_page(catalog, make_log, make_batch) -> None:
    log = make_log(walks(60, 8, seed=1))
    recommender = SASRec(**SMALL)
    recommender.fit(catalog, log)
    batch = make_batch(log, [4, 9])
    before = recommender.recommend(batch, 3)
    far = (before.items[0, 0] + 15) % 40
    batch.view.record(batch.rows[:1], np.array([[far]], dtype=np.int32), np.ones((1, 1), dtype=np.bool_))
    after = recommender.recommend(batch, 3)
    assert after.items[0].tolist() != before.items[0].tolist()
    assert after.items[1].tobytes() == before.items[1].tobytes()


@learns
def test_a_log_with_nothing_to_learn_from_is_learnt_and_served(catalog, make_log) -> None:
    recommender = SASRec(**SMALL)
    recommender.fit(catalog, make_log([(0, 7), (1, 9), (2, 9)]))
    assert recommender.recommend([asked()], 2)[0].item_ids == ["i9", "i7"]
    assert len(recommender.recommend([asked("i7")], 2)[0].item_ids) == 2


@learns
def test_training_that_diverges_says_what_to_lower(catalog, make_log) -> None:
    with pytest.raises(UserInputError, match=r"sasrec: .* with learning_rate 1e\+30\. Lower it"):
        SASRec(**SMALL | {"learning_rate": 1e30, "epochs": 3}).fit(catalog, make_log(walks(60, 8, seed=1)))
