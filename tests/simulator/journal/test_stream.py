"""A turn exists when its commit record does: torn, lost and damaged tails are left out, everything before them is
kept."""

from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.journal.stream import BlockStream, read_turns, remove_stream
from simulator.turn import Page

K = 4


def page_of(turn: int, n: int = 6) -> Page:
    rng = np.random.default_rng(turn)

    def place() -> np.ndarray:
        return rng.normal(size=(n, K)).astype(np.float32)

    def each() -> np.ndarray:
        return rng.normal(size=n).astype(np.float32)

    return Page(
        rows=np.arange(n, dtype=np.int32), session=np.full(n, turn, dtype=np.int32), page=np.zeros(n, dtype=np.int32),
        items=rng.integers(-1, 50, size=(n, K)).astype(np.int32), score=place(), propensity=place(),
        noticed=place() > 0,
        examined=place() > 0, clicked=place() > 0, dwell_s=place(), rating=place(), liked=place() > 0, want=place(),
        taste=np.where(place() > 0, place(), np.nan).astype(np.float32), action=np.zeros(n, dtype=np.int8),
        satisfaction=each(), fatigue=each(), mood=each(), left=each() > 0, leave_reason=np.zeros(n, dtype=np.int8),
        appraised_by=np.zeros(n, dtype=np.int8), return_gap_s=each(), sim_time=rng.normal(size=n),
        extra={"reason": np.array(["because", None, "no", None, "x", "y"][:n], dtype=object)},
    )  # fmt: skip


def same(a: Page, b: Page) -> bool:
    for name in vars(a):
        left, right = getattr(a, name), getattr(b, name)
        if name == "extra":
            if {k: v.tolist() for k, v in left.items()} != {k: v.tolist() for k, v in right.items()}:
                return False
        elif not np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
            return False
    return True


def written(base: Path, turns: range) -> None:
    with BlockStream(base, K) as stream:
        for turn in turns:
            stream.append(turn, page_of(turn))


def test_pages_come_back_bit_for_bit(tmp_path: Path) -> None:
    written(tmp_path / "a", range(5))
    turns = list(read_turns(tmp_path / "a", K))
    assert [turn for turn, _ in turns] == [0, 1, 2, 3, 4]
    assert all(same(page, page_of(turn)) for turn, page in turns)


def test_a_later_process_goes_on_where_the_first_stopped_in_a_file_of_its_own(tmp_path: Path) -> None:
    written(tmp_path / "a", range(3))
    first = {path: path.read_bytes() for path in tmp_path.iterdir()}
    written(tmp_path / "a", range(3, 5))
    assert all(path.read_bytes() == content for path, content in first.items())
    assert [turn for turn, _ in read_turns(tmp_path / "a", K)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("lost", [1, 100, 2500])
def test_a_stream_that_was_cut_loses_only_its_tail(tmp_path: Path, lost: int) -> None:
    written(tmp_path / "a", range(6))
    stream = tmp_path / "a.000.arrows"
    stream.write_bytes(stream.read_bytes()[:-lost])
    turns = list(read_turns(tmp_path / "a", K))
    assert 0 < len(turns) < 6
    assert all(same(page, page_of(turn)) for turn, page in turns)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_never_changes_a_page_that_is_read(tmp_path: Path, where: float, bit: int) -> None:
    base = tmp_path / uuid4().hex
    written(base, range(4))
    path = base.with_name(base.name + ".000.arrows")
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 1 << bit
    path.write_bytes(content)
    assert all(same(page, page_of(turn)) for turn, page in read_turns(base, K))


def test_a_turn_that_was_cut_is_lived_again(tmp_path: Path) -> None:
    written(tmp_path / "a", range(3))
    first = tmp_path / "a.000.arrows"
    first.write_bytes(first.read_bytes()[:-100])
    with BlockStream(tmp_path / "a", K) as stream:
        assert len(stream.committed) == 2
        stream.append(2, page_of(2))
        stream.append(3, page_of(3))
    turns = list(read_turns(tmp_path / "a", K))
    assert [turn for turn, _ in turns] == [0, 1, 2, 3]
    assert all(same(page, page_of(turn)) for turn, page in turns)


def test_removing_a_stream_leaves_its_neighbours(tmp_path: Path) -> None:
    written(tmp_path / "a", range(2))
    written(tmp_path / "b", range(2))
    remove_stream(tmp_path / "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.000.arrows"]


def test_a_stream_whose_removal_was_cut_short_can_be_written_again(tmp_path: Path) -> None:
    written(tmp_path / "a", range(2))
    written(tmp_path / "a", range(2, 4))
    (tmp_path / "a.000.arrows").unlink()
    written(tmp_path / "a", range(3))
    assert [turn for turn, _ in read_turns(tmp_path / "a", K)] == [0, 1, 2]
