"""What a run tells of itself while it goes on, and that it ends where the summary does."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from llm_runs import AfterTurn, Workshop, only_what_is_tested, talking
from openai_server import OpenAIServer
from small_runs import rows_of, small

from simulator.evaluation.running_sums import told_of
from simulator.evaluation.so_far import Setting, SoFar
from simulator.experiment import committed, watch
from simulator.experiment.committed import Committed
from simulator.journal.parts import PartKey
from simulator.listener import Effect, Silent, Standing
from simulator.llm.ledger import read_totals
from simulator.studies import ab

SCENARIO = small(
    population={"size": 100},
    arms={"plain": "popular", "clever": "ease", "chance": "random"},
    world={"turns": 8, "slate_size": 5, "sessions": {"turns_per_day": 2}},
)


class Hearing(Silent):
    def __init__(self) -> None:
        self.standings: list[Standing] = []

    def standing(self, standing: Standing) -> None:
        self.standings.append(standing)

    @property
    def last(self) -> Standing:
        return self.standings[-1]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "STANDING_S", 0.0)
    monkeypatch.setattr(watch, "EFFECT_S", 0.0)
    monkeypatch.setattr(watch, "_SPARE", 0)


def agrees(effects: Sequence[Effect], folder: Path, metric: str) -> None:
    """The running effects are those of summary.json."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    answers = {one["treatment"]: one for one in summary["comparisons"] if one["metric"] == metric}
    assert {effect.treatment for effect in effects} == set(answers)
    for effect in effects:
        answer = answers[effect.treatment]
        assert effect.metric == metric and effect.people == answer["n_users"]
        told = (effect.difference, effect.low, effect.high)
        assert told == pytest.approx((answer["difference"], *answer["ci"]), rel=1e-5, abs=1e-7)


METRICS = (
    "want", "click_rate", "clicks_per_session", "dwell_per_session", "satisfaction", "session_length", "return_rate",
    "harm", "novelty",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A run of two seeds that was heard, with every metric summed."""

    folder: Path
    hearing: Hearing
    so_far: SoFar


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, learnt_once: Path) -> Told:
    kept: list[SoFar] = []

    def so_far(setting: Setting) -> SoFar:
        kept.append(SoFar(setting))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        only_what_is_tested(learnt_once, patch)
        for name, value in (("STANDING_S", 0), ("EFFECT_S", 0), ("_SPARE", 0), ("SoFar", so_far)):
            patch.setattr(watch, name, value)
        patch.setattr(watch, "told_of", lambda *_, **__: METRICS)
        patch.setattr(committed, "NEAREST", None)  # nothing is left out
        hearing = Hearing()
        folder = Workshop(tmp_path_factory.mktemp("told"), patch).done(SCENARIO | {"seed": [7, 8]}, listener=hearing)
    return Told(folder, hearing, kept[0])


@pytest.mark.parametrize("metric", METRICS)
def test_the_last_effect_is_that_of_the_summary(told: Told, metric: str) -> None:
    agrees([told.so_far._effect(arm, metric) for arm in ("clever", "chance")], told.folder, metric)


def test_the_last_that_is_told_is_the_primary_metric(told: Told) -> None:
    assert all(effect.primary for effect in told.hearing.last.effects)
    agrees(told.hearing.last.effects, told.folder, "want")


@pytest.mark.parametrize(
    ("primary", "log_has_clicks", "metrics"),
    [
        ("auto", False, ("want", "click_rate")),
        ("auto", True, ("click_rate",)),
        ("harm", False, ("harm", "click_rate")),
        ("coverage", False, ("click_rate",)),
        ("diversity", True, ("click_rate",)),
    ],
)
def test_a_metric_that_only_the_end_knows_is_stood_in_for(
    primary: str, log_has_clicks: bool, metrics: tuple[str, ...]
) -> None:
    assert told_of(primary, log_has_clicks=log_has_clicks) == metrics


def test_arms_are_told_turn_by_turn_and_end_done(told: Told) -> None:
    hearing = told.hearing
    first, last = hearing.standings[0], hearing.last
    assert [arm.done for arm in first.arms] == [0, 0, 0]
    assert [arm.ahead for arm in first.arms] == [32, 40, 48], "arms of one block are lived one after another"
    assert all(arm.done == arm.total == 16 and arm.ahead == arm.open_sessions == 0 for arm in last.arms)
    assert any(arm.open_sessions > 0 for one in hearing.standings for arm in one.arms)
    assert first.effects[0].people == 0 and first.effects[0].difference is None
    people = [one.effects[0].people for one in hearing.standings]
    assert people == sorted(people) and people[-1] > 50
    numbers = [
        number
        for one in hearing.standings
        for effect in one.effects
        for number in (effect.difference, effect.low, effect.high)
    ]
    assert all(number is None or math.isfinite(number) for number in numbers)
    assert {arm.arm: arm.clicks for arm in last.arms} == clicks(told.folder)


def clicks(folder: Path) -> dict[str, int]:
    """By arm, of the journal."""
    rows = rows_of(folder)
    return {str(arm): int(number) for arm, number in rows.groupby("arm")["clicked"].sum().items()}


def test_workers_and_a_resumed_run_tell_the_same(workshop: Workshop) -> None:
    class Cut(Hearing):
        def progress(self, *, arm: str, turn: int, **_: Any) -> None:
            if (arm, turn) == ("clever", 4):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workshop.run(SCENARIO, listener=Cut())
    hearing = Hearing()
    outcome = ab.resume(workshop.root / "run", workers=2, listener=hearing)
    assert outcome.status == ab.DONE
    agrees(hearing.last.effects, outcome.folder, "want")
    assert {arm.arm: arm.clicks for arm in hearing.last.arms} == clicks(outcome.folder)


def test_what_a_model_took_is_what_its_ledger_says_and_budgets_stand_beside_it(
    workshop: Workshop, server: OpenAIServer
) -> None:
    server.options = replace(server.options, rate=0.2, kinds=("refusal",))
    scenario = talking(
        server.base_url,
        llm={"price": {"input": 2.0, "output": 8.0}, "budget": {"usd": 9.0}},
        arms={"plain": "popular", "clever": "ease"},
    )
    stop = AfterTurn(1, lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        workshop.run(scenario, listener=stop)
    before = read_totals(workshop.root / "run" / "llm" / "ledger.jsonl")
    assert before["calls"] > 0
    hearing = Hearing()
    outcome = ab.resume(workshop.root / "run", listener=hearing)
    assert outcome.status == ab.DONE
    model, totals = hearing.last.model, read_totals(outcome.folder / "llm" / "ledger.jsonl")
    assert model is not None and totals["calls"] > before["calls"]
    assert (model.calls, model.cached, model.tokens_in, model.tokens_out) == tuple(
        totals[name] for name in ("calls", "cached", "tokens_in", "tokens_out")
    )
    assert model.failed == totals["by_kind"] and model.failed["refused"] > 0
    assert model.usd is not None and model.usd == pytest.approx(totals["usd"]) and model.usd > 0
    assert (model.budget_usd, model.budget_tokens) == (9.0, None)
    agrees(hearing.last.effects, outcome.folder, hearing.last.effects[0].metric)


def test_a_listener_of_before_there_were_standings_is_told_the_rest() -> None:
    heard: list[int] = []

    class Old:
        def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
            heard.append(turn)

    assert watch._hears(Old()) is None  # type: ignore[arg-type]
    assert watch._hears(Silent()) is None, "who is deaf costs nothing"
    key = PartKey(run="r", arm="a", seed=7, mind="m", block=0)
    watch.told(Old())(Committed(key=key, turn=4, user_turns=9))  # type: ignore[arg-type]
    assert heard == [4]
