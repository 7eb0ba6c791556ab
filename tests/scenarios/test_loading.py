"""Reading scenarios: defaults, short forms, overrides, and the way back to a file."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import Scenario, dump_resolved, load_scenario, scenario_hash
from scenarios.loader import check, shipped_scenarios
from scenarios.overrides import apply_override, parse_override
from simulator.records import UserInputError


def written(folder: Path, text: str, name: str = "mine.yaml") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_only_arms_are_needed_and_the_rest_has_its_default(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, "arms: {a: popular}"))
    assert (scenario.name, scenario.seeds, scenario.control) == ("mine", (7,), "a")
    assert (scenario.dataset.source, scenario.population.size) == ("sample", None)
    assert (scenario.world.turns, scenario.world.slate_size, scenario.world.layout) == (20, 10, "list")
    assert (scenario.evaluation.minds, scenario.evaluation.ensemble_size) == ("ensemble", 1000)


def test_short_form_means_the_same_as_the_long_one(tmp_path: Path) -> None:
    short = "arms: {a: {recommender: als, explore: epsilon_greedy}}\nmind: statistical\ndataset: sample\n"
    long = (
        "arms: {a: {recommender: als, explore: {kind: epsilon_greedy, epsilon: 0.1}}}\n"
        "mind: {kind: statistical}\ndataset: {source: sample}\n"
    )
    of_short, of_long = (load_scenario(written(tmp_path, text)) for text in (short, long))
    assert of_short.model_dump() == of_long.model_dump()


def test_arms_keep_their_order_and_the_first_is_the_control(tmp_path: Path) -> None:
    text = "arms: {zebra: popular, ant: als, bee: ease}"
    scenario = load_scenario(written(tmp_path, text))
    assert list(scenario.arms) == ["zebra", "ant", "bee"]
    again = load_scenario(written(tmp_path, dump_resolved(scenario)))
    assert list(again.arms) == ["zebra", "ant", "bee"] and again.control == "zebra"


def test_bom_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes("\ufeffname: Käse\r\narms: {a: popular}\r\n".encode())
    assert load_scenario(str(path)).name == "Käse"


def test_yaml_1_2_words_stay_words(tmp_path: Path) -> None:
    text = "arms: {on: popular, no: als}\nname: 2026-01-31\nmind: {kind: 'm:C', params: {a: yes, b: 0o17, c: 1_000}}"
    scenario = load_scenario(written(tmp_path, text))
    assert list(scenario.arms) == ["on", "no"] and scenario.name == "2026-01-31"
    assert scenario.mind.params == {"a": "yes", "b": 15, "c": "1_000"}


def test_overrides_set_fields_in_their_order() -> None:
    overrides = ["world.turns=3", "world.turns=4", "arms.third=ease", "arms.treatment.params.factors=8", "seed=[1, 2]"]
    scenario = load_scenario("quickstart", overrides=overrides)
    assert scenario.world.turns == 4
    assert scenario.arms["third"].recommender == "ease"
    assert scenario.arms["treatment"].params == {"factors": 8}
    assert scenario.seeds == (1, 2)


def test_override_below_a_short_form_unfolds_it() -> None:
    scenario = load_scenario("quickstart", overrides=["arms.control.params.recency=2", "mind.kind=statistical"])
    assert scenario.arms["control"].recommender == "popular"
    assert scenario.arms["control"].params == {"recency": 2}


def test_users_and_seed_win_over_overrides() -> None:
    scenario = load_scenario("quickstart", overrides=["seed=1", "population.size=5"], users=9, seed=2)
    assert (scenario.seeds, scenario.population.size) == ((2,), 9)


def test_shipped_name_wins_over_a_file_of_that_name_and_a_path_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "arms: {mine: popular}", "quickstart")
    assert "treatment" in load_scenario("quickstart").arms
    assert "mine" in load_scenario("./quickstart").arms


def test_where_names_file_and_line_of_a_field_or_of_what_holds_it(tmp_path: Path) -> None:
    file = written(tmp_path, "name: x\narms:\n  a: popular\n  b:\n    recommender: als\n")
    scenario = load_scenario(file, overrides=["world.turns=3"])
    assert scenario.where("arms", "b", "recommender") == f"{file}:5: arms.b.recommender"
    assert scenario.where("arms", "a", "recommender") == f"{file}:3: arms.a.recommender"
    assert scenario.where("world", "turns") == "--set world.turns=3: world.turns"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_resolved_scenario_loads_as_the_same(name: str, tmp_path: Path) -> None:
    scenario = load_scenario(name)
    text = dump_resolved(scenario)
    again = load_scenario(written(tmp_path, text))
    assert dump_resolved(again) == text
    assert scenario_hash(again) == scenario_hash(scenario)


def test_resolved_scenario_finds_plug_ins_and_data_from_another_folder(tmp_path: Path) -> None:
    text = (
        "dataset: {source: table, path: log.csv, items: {path: items.csv}}\n"
        "mind: minds/own.py:Own\narms: {a: plug.py:Mine, b: package.module:Mine}\n"
    )
    scenario = load_scenario(written(tmp_path / "here", text))
    again = load_scenario(written(tmp_path / "there", dump_resolved(scenario)))
    here = tmp_path / "here"
    assert again.arms["a"].recommender == f"{here / 'plug.py'}:Mine"
    assert again.arms["b"].recommender == "package.module:Mine"
    assert again.mind.kind == f"{here / 'minds/own.py'}:Own"
    assert again.dataset.path == str(here / "log.csv")
    assert again.dataset.items is not None and again.dataset.items.path == str(here / "items.csv")
    assert scenario_hash(again) == scenario_hash(scenario)


def test_resolved_scenario_finds_interpreters_and_leaves_their_links_alone(tmp_path: Path) -> None:
    (tmp_path / "here" / "venv").mkdir(parents=True)
    (tmp_path / "here" / "venv" / "python").symlink_to("/usr/bin/env")
    text = (
        "arms:\n  a: {recommender: 'm:C', python: venv/python}\n  b: {recommender: 'm:C', python: python3.11}\n"
        "  c: http://127.0.0.1:8000\n"
    )
    scenario = load_scenario(written(tmp_path / "here", text))
    again = load_scenario(written(tmp_path / "there", dump_resolved(scenario)))
    assert again.arms["a"].python == str(tmp_path / "here" / "venv" / "python")
    assert again.arms["b"].python == "python3.11"
    assert again.arms["c"].recommender == "http://127.0.0.1:8000"
    for override in ("arms.a.retries=3", "arms.a.fit_timeout_s=9", "arms.a.python=other/python"):
        changed = load_scenario(str(tmp_path / "here" / "mine.yaml"), overrides=[override])
        assert scenario_hash(changed) == scenario_hash(scenario), override


def test_hash_sees_what_decides_the_rows_and_only_that(tmp_path: Path) -> None:
    plain = load_scenario(written(tmp_path, "arms: {a: popular, b: als}"))
    spelt_out = load_scenario(
        written(
            tmp_path, "name: other\ndescription: words\nseed: 7\nevaluation: {control: a}\narms: {a: popular, b: als}"
        )
    )
    assert scenario_hash(plain) == scenario_hash(spelt_out)
    for override in ("seed=8", "world.turns=3", "arms.b.params.factors=3", "evaluation.control=b", "arms.c=ease"):
        changed = load_scenario(str(tmp_path / "mine.yaml"), overrides=[override])
        assert scenario_hash(changed) != scenario_hash(plain), override


def test_scenario_survives_pickling_with_its_folder(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, "arms: {a: popular}"))
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario and again.base_dir == tmp_path


def test_scenario_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_scenario("quickstart").world.turns = 3  # type: ignore[misc]


def test_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("arms: {a: popular}")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UserInputError, match="cannot be read"):
        load_scenario(str(path))


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@given(params=st.dictionaries(_texts, _values, max_size=4), name=_texts.filter(bool))
def test_any_params_come_back_from_the_resolved_file(
    params: dict[str, Any], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = {"name": name, "arms": {"a": {"recommender": "als", "params": params}}}
    scenario = check(data, file="x", base_dir=Path("/"))
    path = tmp_path_factory.mktemp("any") / "mine.yaml"
    path.write_text(dump_resolved(scenario), encoding="utf-8")
    again = load_scenario(str(path))
    assert again.arms["a"].params == params and again.name == name


@given(
    path=st.lists(st.text("abcxyz_", min_size=1, max_size=5), min_size=1, max_size=5),
    value=st.integers(-(10**9), 10**9),
)
def test_override_sets_exactly_its_field(path: list[str], value: int) -> None:
    tree: dict[str, Any] = {"other": {"kept": 1}}
    where, parsed = parse_override(f"{'.'.join(path)}={value}")
    apply_override(tree, where, parsed)
    assert tree.pop("other") == {"kept": 1}
    for step in path[:-1]:
        assert list(tree) == [step]
        tree = tree[step]
    assert tree == {path[-1]: value}


def test_model_can_be_used_without_a_file() -> None:
    scenario = Scenario.model_validate({"arms": {"a": "popular"}})
    assert scenario.control == "a" and scenario.where("seed") == "scenario: seed"
