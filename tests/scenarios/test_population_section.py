"""Who the people are, in a scenario file: the log's, personas, people who are drawn; and what strangers live first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from personas.files import library
from scenarios.loader import check, load_scenario
from scenarios.resolved import dump_resolved, resolved, scenario_hash
from scenarios.schema import Scenario
from simulator.experiment.crowd import DRAWN, fingerprint, origin_in_words, people_of
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import read_data, read_people
from simulator.listener import Silent
from simulator.population import Population
from simulator.records import UserInputError
from simulator.studies.planning import plan_of

ARMS = "arms: {control: popular, treatment: als}\n"


def loaded(place: Path, text: str, **options: Any) -> Scenario:
    path = place / "s.yaml"
    path.write_text(ARMS + text)
    return load_scenario(str(path), **options)


def refused(place: Path, text: str, **options: Any) -> str:
    with pytest.raises(UserInputError) as caught:
        loaded(place, text, **options)
    return str(caught.value).removeprefix(str(place / "s.yaml"))


def people(place: Path, text: str) -> tuple[Plan, Population]:
    scenario = loaded(place, text)
    plan = plan_of(scenario)
    _, split = read_data(plan, Silent(), scenario.where, None)
    return plan, people_of(plan, split)


DEFAULT_POLICY = {
    "recommender": "popular",
    "params": {},
    "explore": {"kind": "epsilon_greedy", "epsilon": 0.3, "temperature": None, "pool": None},
    "python": None,
    "timeout_s": 60.0,
    "fit_timeout_s": None,
    "retries": 0,
    "sessions": 5,
}


@pytest.mark.parametrize(
    ("population", "strangers"),
    [
        ("", False),
        ("population: {size: 10}\n", False),
        ("population: {from: history}\n", False),
        ("population: {from: history, personas: null}\n", False),
        ("population: {from: personas}\n", True),
        ("population: {from: personas, personas: library, size: 50}\n", True),
        ("population: {from: sample}\n", True),
        ("population: {personas: library}\n", True),
    ],
)
def test_strangers_warm_up_if_nothing_else_is_said_and_the_logs_people_never_do(
    tmp_path: Path, population: str, strangers: bool
) -> None:
    scenario = loaded(tmp_path, population)
    assert scenario.population.has_strangers == strangers
    assert resolved(scenario)["world"]["warmup"] == (DEFAULT_POLICY if strangers else None)
    off = loaded(tmp_path, f"{population}world: {{warmup: null}}\n")
    assert off.world.warmup is None and plan_of(off).warmup is None


def test_a_policy_may_be_one_word_or_set_in_full(tmp_path: Path) -> None:
    word = loaded(tmp_path, "population: {from: sample}\nworld: {turns: 3, warmup: random}\n")
    assert word.world.warmup is not None and word.world.warmup.recommender == "random" and word.world.turns == 3
    full = loaded(
        tmp_path,
        "population: {from: sample}\n"
        "world:\n  warmup: {sessions: 2, recommender: als, params: {factors: 4}, explore: null}\n",
    )
    plan = plan_of(full)
    assert plan.warmup is not None and plan.warmup.sessions == 2
    assert (plan.warmup.policy.recommender, plan.warmup.policy.params, plan.warmup.policy.explore) == (
        "als",
        {"factors": 4},
        None,
    )
    other = loaded(tmp_path, "population: {from: sample}\nworld: {warmup: {sessions: 2}}\n")
    assert other.world.warmup is not None and other.world.warmup.recommender == "popular"


REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a warm-up of nobody": (
        "world: {warmup: popular}\n",
        ":2: world.warmup: everybody is in the log",
        ("population.personas",),
    ),
    "a warm-up of the log's people": (
        "population: {size: 5}\nworld:\n  turns: 3\n  warmup: {sessions: 2}\n",
        ":5: world.warmup: everybody is in the log",
        (),
    ),
    "an unknown origin": ("population: {from: persona}\n", ":2: population.from: ", ("Did you mean personas?",)),
    "personas of the drawn": (
        "population: {from: sample, personas: library}\n",
        ":2: population: `personas` has no effect with from: sample",
        ("Remove it",),
    ),
    "marginals of the log": (
        "population: {marginals: m.yaml}\n",
        ":2: population: `marginals` has no effect with from: history",
        (),
    ),
    "marginals of personas": (
        "population: {from: personas, marginals: m.yaml}\n",
        ":2: population: `marginals` has no effect with from: personas",
        (),
    ),
    "an empty name": ('population: {personas: ""}\n', ":2: population.personas: must not be empty", ()),
    "nobody": ("population: {from: sample, size: 0}\n", ":2: population.size: must be at least 1", ()),
    "a misspelt field": ("population: {persona: library}\n", ":2: population.persona: unknown field", ("personas?",)),
    "no sessions": (
        "population: {from: sample}\nworld: {warmup: {sessions: 0}}\n",
        ":3: world.warmup.sessions: must be at least 1",
        (),
    ),
    "a misspelt part of the warm-up": (
        "population: {from: sample}\nworld: {warmup: {session: 3}}\n",
        ":3: world.warmup.session: unknown field",
        ("Did you mean sessions?",),
    ),
    "a policy that is no name": (
        "population: {from: sample}\nworld: {warmup: my policy}\n",
        ":3: world.warmup.recommender: ",
        ("module:Class",),
    ),
    "an exploration of another kind": (
        "population: {from: sample}\nworld: {warmup: {explore: {kind: epsilon_greedy, pool: 3}}}\n",
        ":3: world.warmup.explore: `pool` has no effect",
        (),
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_is_refused_with_its_place_and_the_cure(tmp_path: Path, fault: str) -> None:
    text, begins, holds = REFUSED[fault]
    said = refused(tmp_path, text)
    assert said.startswith(begins) and all(word in said for word in holds), said
    assert "\n" not in said


MISSING: dict[str, tuple[str, str]] = {
    "personas that are not there": ("population: {from: personas, personas: nobody.yaml}\n", "no such file"),
    "a persona that is nearly there": (
        "population: {from: personas, personas: night-shft-nurse}\n",
        "Did you mean night-shift-nurse?",
    ),
    "marginals that are not there": ("population: {from: sample, marginals: no.yaml}\n", "no.yaml"),
    "a persona that contradicts itself": (
        "population: {personas: bad.yaml}\n",
        "bad.yaml:2: vulnerabilities: grief stands there twice",
    ),
    "a persona with the id of somebody in the log": ("population: {personas: twin.yaml}\n", "the same id"),
}


@pytest.mark.parametrize("fault", MISSING)
def test_what_only_the_files_show_is_refused_with_the_place_in_the_scenario(tmp_path: Path, fault: str) -> None:
    text, holds = MISSING[fault]
    (tmp_path / "bad.yaml").write_text("id: bad\nvulnerabilities: [grief, grief]\n")
    plan, everyone = people(tmp_path, "")
    (tmp_path / "twin.yaml").write_text(f"id: '{everyone.user_ids[0]}'\n")
    scenario = loaded(tmp_path, text)
    _, split = read_data(plan, Silent(), scenario.where, None)
    with pytest.raises(UserInputError) as caught:
        read_people(plan_of(scenario), split, scenario.where)
    assert holds in str(caught.value) and str(caught.value).startswith(f"{tmp_path / 's.yaml'}:2: population")


def test_paths_count_from_the_file_and_the_library_goes_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "ann.yaml").write_text("id: ann\n")
    (tmp_path / "shares.yaml").write_text("gender: {female: 1.0}\n")
    own = loaded(tmp_path, "population: {from: personas, personas: mine}\n")
    assert plan_of(own).crowd.personas == str(tmp_path / "mine")
    assert resolved(own)["population"]["personas"] == str(tmp_path / "mine")
    drawn = loaded(tmp_path, "population: {from: sample, marginals: shares.yaml}\n")
    assert plan_of(drawn).crowd.marginals == tmp_path / "shares.yaml"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (elsewhere / "city.yaml").write_text("gender: {female: 1.0}\n")
    given = load_scenario("strangers", overrides=["population.marginals=city.yaml"])
    assert plan_of(given).crowd.marginals is not None and plan_of(given).crowd.marginals.samefile("city.yaml")
    for name in ("library", "night-shift-nurse"):
        shipped = loaded(tmp_path, f"population: {{from: personas, personas: {name}}}\n")
        assert resolved(shipped)["population"]["personas"] == name == plan_of(shipped).crowd.personas
    (tmp_path / "night-shift-nurse").mkdir()
    (tmp_path / "night-shift-nurse" / "me.yaml").write_text("id: me\n")
    mine = loaded(tmp_path, "population: {from: personas, personas: night-shift-nurse}\n")
    assert resolved(mine)["population"]["personas"] == str(tmp_path / "night-shift-nurse"), "a file comes first"
    for scenario in (own, drawn, mine):
        (tmp_path / "kept.yaml").write_text(dump_resolved(scenario))
        monkeypatch.chdir("/")
        again = load_scenario(str(tmp_path / "kept.yaml"))
        assert resolved(again) == resolved(scenario) and scenario_hash(again) == scenario_hash(scenario)


@pytest.mark.parametrize(
    "population",
    ["{size: 7}", "{from: personas, size: 7}", "{from: sample, size: 7}", "{size: 7, personas: library}"],
)
def test_a_resolved_scenario_loads_as_the_same(tmp_path: Path, population: str) -> None:
    for world in ("", "world: {warmup: null}\n"):
        scenario = loaded(tmp_path, f"population: {population}\n{world}")
        (tmp_path / "kept.yaml").write_text(dump_resolved(scenario))
        again = load_scenario(str(tmp_path / "kept.yaml"))
        assert resolved(again) == resolved(scenario)
        assert plan_of(again).crowd == plan_of(scenario).crowd and plan_of(again).warmup == plan_of(scenario).warmup


def test_whatever_decides_a_row_is_in_the_hash_and_where_a_file_lies_is_not(tmp_path: Path) -> None:
    hashes = {
        scenario_hash(loaded(tmp_path, text))
        for text in (
            "",
            "population: {from: personas}\n",
            "population: {from: sample}\n",
            "population: {from: sample, size: 9}\n",
            "population: {personas: library}\n",
            "population: {personas: library}\nworld: {warmup: null}\n",
            "population: {personas: library}\nworld: {warmup: {sessions: 4}}\n",
            "population: {personas: library}\nworld: {warmup: random}\n",
        )
    }
    assert len(hashes) == 8
    for place in ("one", "other"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "ann.yaml").write_text("id: ann\n")
    moved = {
        scenario_hash(loaded(tmp_path, f"population: {{from: personas, personas: {place}/ann.yaml}}\n"))
        for place in ("one", "other")
    }
    assert len(moved) == 1


def test_users_of_the_command_line_set_how_many_are_drawn_or_cloned(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, "population: {from: personas}\n", users=40)
    assert scenario.population.size == 40 and scenario.world.warmup is not None
    switched = loaded(tmp_path, "", overrides=["population.from=sample", "population.size=3"])
    assert switched.population.origin == "sample" and switched.world.warmup is not None
    assert "everybody is in the log" in refused(tmp_path, "", overrides=["world.warmup=popular"])


def test_everybody_who_is_meant_is_there(tmp_path: Path) -> None:
    (tmp_path / "two.jsonl").write_text('{"id": "ann"}\n{"id": "bob", "changes": [{"from_day": 2, "goals": ["x"]}]}\n')
    cases = {
        "population: {size: 20}\n": (20, 0, "people of the log"),
        "population: {from: personas}\n": (len(library()), len(library()), "the personas of library"),
        "population: {from: personas, personas: two.jsonl, size: 5}\n": (5, 5, "two.jsonl"),
        "population: {size: 20, personas: two.jsonl}\n": (22, 2, "two.jsonl beside them"),
        "population: {from: sample, size: 8}\n": (8, 8, "people who were drawn"),
    }
    for text, (n, strangers, words) in cases.items():
        plan, everyone = people(tmp_path, text)
        assert (len(everyone), int((everyone.source < 0).sum())) == (n, strangers), text
        assert words in origin_in_words(plan.crowd)
        assert (fingerprint(everyone) is None) == (strangers == 0)
    assert DRAWN == 1000


def test_the_fingerprint_of_personas_is_what_they_say_and_not_how_it_is_written(tmp_path: Path) -> None:
    def mark(name: str, text: str) -> str | None:
        (tmp_path / name).write_text(text)
        return fingerprint(people(tmp_path, f"population: {{from: personas, personas: {name}}}\n")[1])

    one = mark("a.yaml", "id: ann\nbehaviour: {patience: 0.5}\n")
    assert one == mark("b.yaml", "# hers\nbehaviour:\n  patience: 0.50\nid: 'ann'\n")
    assert one == mark("c.jsonl", '{"id": "ann", "behaviour": {"patience": 0.5, "pickiness": null}}\n')
    assert one != mark("d.yaml", "id: ann\nbehaviour: {patience: 0.51}\n")
    assert one != mark("e.yaml", "id: ann\nbehaviour: {patience: 0.5}\nbackstory: She is.\n")


def test_a_scenario_of_plain_values_is_checked_alike() -> None:
    scenario = check({"arms": {"a": "popular"}, "population": {"from": "sample"}}, file="t", base_dir=Path.cwd())
    assert scenario.world.warmup is not None
    with pytest.raises(UserInputError, match=r"world\.warmup"):
        check({"arms": {"a": "popular"}, "world": {"warmup": {}}}, file="t", base_dir=Path.cwd())
