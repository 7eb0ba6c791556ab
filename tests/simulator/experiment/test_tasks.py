"""However a run is cut, every unit is lived once, and minds beside the named one only by the ensemble's people."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from simulator.experiment.tasks import cut

ARMS = ("a", "b", "c", "d")


@given(
    seeds=st.integers(1, 3),
    minds=st.integers(1, 8),
    blocks=st.integers(1, 9),
    workers=st.integers(1, 6),
    learning=st.sets(st.sampled_from(ARMS)),
    alone=st.sets(st.sampled_from(ARMS)),
)
def test_every_unit_is_in_one_task(
    seeds: int, minds: int, blocks: int, workers: int, learning: set[str], alone: set[str]
) -> None:
    names = tuple(f"m{nth}" for nth in range(minds))
    tasks = cut(
        arms=ARMS,
        seeds=range(seeds),
        minds=names,
        blocks=lambda crowd: blocks if crowd == "everyone" else 1,
        learns=learning.__contains__,
        alone=alone.__contains__,
        workers=workers,
    )
    units = Counter(
        (task.crowd, block, task.seed, arm, mind)
        for task in tasks
        for block in task.blocks
        for arm in task.arms
        for mind in task.minds
    )
    everyone = {("everyone", b, s, a, "m0") for b in range(blocks) for s in range(seeds) for a in ARMS}
    ensemble = {("ensemble", 0, s, a, m) for s in range(seeds) for a in ARMS for m in names[1:]}
    assert set(units) == everyone | ensemble
    assert set(units.values()) == {1}
    for task in tasks:
        assert task.together == bool(set(task.arms) & learning)
        if set(task.arms) & alone:
            assert len(task.arms) == 1
        if task.together:
            assert len(task.arms) == len(task.minds) == 1
