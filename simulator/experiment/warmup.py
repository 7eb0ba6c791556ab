"""The warm-up: people without a history meet the platform under a declared logging policy, before any arm is fitted.

A personalised recommender knows nothing of somebody who is in no log, and an A/B test on such people would compare ways
of treating strangers. So they first live a few sessions in front of one recommender, the same for all arms; what they
did is part of the log that every arm is fitted on, and of no metric. It is lived with the statistical mind (whatever
mind the run has, so that it costs nothing) and with luck of its own; tastes, traits and standing luck are the run's.
People are who they are on the first day: what changes, changes in the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from recommenders.host import Host
from recommenders.platform import PlatformView
from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.laws import Laws
from simulator.experiment.casting import fitted_host
from simulator.experiment.folder import RunFolder, whole_file
from simulator.experiment.plan import Plan
from simulator.listener import Listener
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.stated import Statements, stated
from simulator.population import Population
from simulator.randomness import key_of
from simulator.records import I32, InteractionLog, SplitLog
from simulator.state import PeopleState
from simulator.turn import Page
from simulator.world import Cast, World

LONGEST_D = 366
"""Simulated days after which nobody is waited for any more."""
BLOCK = 1024
NEVER = 2**31 - 2


def warm_up(
    plan: Plan, folder: RunFolder, split: SplitLog, everyone: Population, laws: Laws, listener: Listener
) -> tuple[InteractionLog, Population]:
    """The platform's log with what strangers did in the warm-up, and everyone with their rows in it.

    Lived once a run: `folder.warmup` keeps it. The minds must be fitted already.
    """
    strangers = np.flatnonzero(everyone.source < 0).astype(np.int32)
    if plan.warmup is None or not strangers.size:
        return split.platform, everyone
    if not folder.warmup.exists():
        listener.phase("warm-up", f"{strangers.size:,} people without a history, {plan.warmup.sessions} sessions each")
        shown = _lived(plan, folder.models, split, everyone.take(strangers), laws)
        whole_file(folder.warmup, lambda path: pq.write_table(shown, path, compression="zstd"))
    shown = pq.read_table(folder.warmup)
    visitor = np.full(len(everyone), -1, dtype=np.int32)
    visitor[strangers] = split.log.n_users + np.arange(strangers.size, dtype=np.int32)
    return _extended(split, everyone.take(strangers), shown), replace(everyone, visitor=visitor)


def facts(folder: RunFolder, plan: Plan) -> dict[str, Any] | None:
    """What the manifest says of it; None where there was none."""
    if plan.warmup is None or not folder.warmup.exists():
        return None
    shown = pq.read_table(folder.warmup, columns=["user_id", "clicked"])
    return {
        "sessions": plan.warmup.sessions,
        "policy": plan.warmup.policy.recommender,
        "explore": plan.warmup.policy.explore,
        "mind": NAMED,
        "impressions": len(shown),
        "choices": int(np.sum(shown["clicked"].to_numpy(zero_copy_only=False))),
    }


def _lived(plan: Plan, models: Path, split: SplitLog, people: Population, laws: Laws) -> pa.Table:
    assert plan.warmup is not None
    stack = TasteStack.load(models / "mind")
    host = fitted_host(plan, plan.warmup.policy, models / "warm-up", split.catalog, split.platform)
    try:
        parts = [
            _block(plan, stack, host, split, people.take(np.arange(start, min(start + BLOCK, len(people)))), laws)
            for start in range(0, len(people), BLOCK)
        ]
    finally:
        host.close()
    return pa.concat_tables(parts)


def _block(plan: Plan, stack: TasteStack, host: Host, split: SplitLog, people: Population, laws: Laws) -> pa.Table:
    assert plan.warmup is not None
    seed = key_of(f"{plan.seed}/warm-up") % 2**62
    own = stated(stack.block(people).mind(NAMED, plan.seed), Statements.of(people, split.catalog), seed)
    cast = Cast(
        people=people,
        state=PeopleState(people, split.catalog, laws, seed),
        view=PlatformView.of(split.platform, people.source, people.user_ids, people.keys),
        host=host,
        mind=own,
        behaviour=Calibrated(laws, seed, people, split.catalog),
        wait_for=drive,
    )
    diary = _Diary(people, split)
    world = World(cast, diary, seed=seed % 2**32, slate_size=plan.slate_size, layout=plan.layout)
    done = np.zeros(len(people), dtype=np.bool_)
    while not done.all() and world.turn < LONGEST_D * laws.returning.turns_per_day:
        world.step()
        state = cast.state
        done |= (state.session >= plan.warmup.sessions - 1) & ~state.in_session
        state.opens_at[done] = NEVER
        if not state.in_session.any():  # nobody is there until the next one comes
            world.turn = max(world.turn, int(state.opens_at.min()))
    world.close()
    return diary.table()


class _Diary:
    """Takes the pages of a world instead of a journal, and keeps what a platform sees of them."""

    committed: Sequence[tuple[int, Page]] = ()

    def __init__(self, people: Population, split: SplitLog) -> None:
        self._people, self._catalog = people, split.catalog
        self._pages: list[dict[str, npt.NDArray[Any]]] = []

    def append(self, turn: int, page: Page) -> None:
        """Note what was shown in a turn."""
        person, place = np.nonzero(page.shown)
        self._pages.append(
            {
                "user_id": self._people.user_ids[page.rows[person]],
                "item_id": self._catalog.item_ids[page.items[person, place]],
                "session": page.session[person],
                "page": page.page[person],
                "position": place.astype(np.int32),
                "clicked": page.clicked[person, place],
                "dwell_s": page.dwell_s[person, place],
                "rating": page.rating[person, place],
                "propensity": page.propensity[person, place],
                "sim_time": page.sim_time[person],
            }
        )

    def table(self) -> pa.Table:
        """All of it, people in order of their ids, each in order of time."""
        columns = {name: np.concatenate([page[name] for page in self._pages]) for name in self._pages[0]}
        order = np.lexsort((columns["position"], columns["sim_time"], columns["user_id"]))
        return pa.table({name: values[order] for name, values in columns.items()})


def _extended(split: SplitLog, strangers: Population, shown: pa.Table) -> InteractionLog:
    """The platform's log with the strangers as further people: what they chose, and, in a log that says so, what they
    passed over."""
    log = split.platform
    row = {user: log.n_users + nth for nth, user in enumerate(strangers.user_ids.tolist())}
    clicked = shown["clicked"].to_numpy(zero_copy_only=False)
    if log.clicked.all():
        shown = shown.filter(pa.array(clicked))
        clicked = np.ones(len(shown), dtype=np.bool_)
    latest = int(split.log.time.max(initial=0))
    seconds = shown["sim_time"].to_numpy().astype(np.int64)
    more: dict[str, npt.NDArray[Any]] = {
        "user": np.array([row[user] for user in shown["user_id"].to_pylist()], dtype=np.int32),
        "item": _rows(split, shown),
        "rating": shown["rating"].to_numpy(),
        "clicked": clicked,
        "time": np.where(latest > 0, latest + 1 + seconds, 0),
        "dwell_s": shown["dwell_s"].to_numpy(),
        "position": shown["position"].to_numpy(),
    }
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(log, name), values.astype(getattr(log, name).dtype)])
        for name, values in more.items()
    }
    unknown = np.full(len(strangers), "", dtype=np.str_)
    facts = {name: np.concatenate([values, unknown]) for name, values in log.demographics.items()}
    return replace(log, user_ids=np.concatenate([log.user_ids, strangers.user_ids]), demographics=facts, **columns)


def _rows(split: SplitLog, shown: pa.Table) -> I32:
    row_of = split.catalog.row_of
    return np.array([row_of[item] for item in shown["item_id"].to_pylist()], dtype=np.int32)
