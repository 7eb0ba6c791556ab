"""Swapped identities move what they should and nothing else, and what a model makes of them is found."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import numpy as np
import pytest
from language_pages import Stub, failing
from persona_worlds import shop, taste

from personas.files import library
from personas.links import LINKS
from personas.schema import Persona
from personas.traits import BEHAVIOURAL
from simulator.llm.port import Call
from simulator.llm.settings import LLMSettings
from simulator.minds.language import own_words
from simulator.studies.persona_checks import stereotypes as module
from simulator.studies.persona_checks import swap_asking, swapping
from simulator.studies.persona_checks.setting import Setting

FEMALE = {link.trait: link.effect for link in LINKS if link.cause == "female"}
STATED = {trait.name: 0.5 for trait in BEHAVIOURAL}
PLACES = ("Leeds, England", "Enugu, Nigeria", "Lima, Peru", "Oslo, Norway", "Kyoto, Japan", "Pune, India")
NAMES = ("Ada Smith", "Ngozi Obi", "Rosa Quispe", "Kari Lund", "Yui Mori", "Asha Rao")


def person(n: int, **parts: Any) -> Persona:
    who = {"name": NAMES[n % 6], "place": PLACES[n % 6], "language": ("English", "Igbo")[n % 2],
           "gender": ("female", "male")[n // 6 % 2]}  # fmt: skip
    return Persona.model_validate({"id": f"x{n}", "identity": who, **parts})


def setting(people: list[Persona]) -> Setting:
    made = Setting(personas=people)
    made.__dict__.update(split=shop(), stack=taste())
    return made


@pytest.fixture(scope="module")
def unstated() -> dict[str, Any]:
    """People none of whom stands at an end of a scale, where nothing could move further."""
    return module.stereotypes(setting([person(n) for n in range(12, 24)]))


@pytest.mark.parametrize("swap", swapping.SWAPS)
def test_a_persona_that_states_its_traits_is_the_same_after_any_swap(swap: str) -> None:
    found = module.stereotypes(setting([person(n, behaviour=STATED) for n in range(12)]))["swaps"][swap]
    assert found["swapped"] == 12 and found["faults"] == 0
    for name, trait in found["traits"].items():
        assert (trait["stated"], trait["moved"], trait["max"]) == (12, 0.0, 0.0), name


def test_what_is_not_stated_moves_by_the_links_of_gender_and_by_nothing_else(unstated: dict[str, Any]) -> None:
    for name, trait in unstated["swaps"]["gender"]["traits"].items():
        effect = FEMALE.get(name, 0.0)
        assert trait["max"] == pytest.approx(abs(effect), abs=2e-3), name
        assert trait["mean"] == pytest.approx(effect, abs=2e-3), name
        assert trait["moved"] == (1.0 if name in FEMALE else 0.0), name
        assert ("links" in trait["cause"]) == (name in FEMALE)
    assert all(trait["max"] == 0.0 for trait in unstated["swaps"]["origin"]["traits"].values())
    assert unstated["faults"] == 0
    json.dumps(unstated, allow_nan=False)


def test_wants_do_not_move(unstated: dict[str, Any]) -> None:
    for found in unstated["swaps"].values():
        assert (found["wants"]["mean"], found["wants"]["max"], found["wants"]["items"]) == (0.0, 0.0, 20)


def test_a_trait_that_moves_with_the_place_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.from_personas

    def prejudiced(people: Any, split: Any, *, seed: int) -> Any:
        out = real(people, split, seed=seed)
        out.patience[:] += [0.1 * ("Nigeria" in (one.identity.place or "")) for one in people]
        return out

    monkeypatch.setattr(module, "from_personas", prejudiced)
    found = module.stereotypes(setting([person(n, behaviour=STATED) for n in range(12)]))
    assert found["swaps"]["origin"]["traits"]["patience"]["unexplained"] == 4, "two come from there, two get there"
    assert found["swaps"]["gender"]["faults"] == 0 and found["faults"] == 4


def test_a_want_that_moves_with_gender_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._wants
    monkeypatch.setattr(
        module,
        "_wants",
        lambda world, people: (
            real(world, people) + [[0.01 * (one.identity.gender == "male")] for one in people.personas]
        ),
    )
    found = module.stereotypes(setting([person(n, behaviour=STATED) for n in range(4)]))["swaps"]
    assert found["gender"]["wants"]["mean"] == pytest.approx(0.01) and found["gender"]["faults"] == 4
    assert found["origin"]["faults"] == 0


def test_prompts_differ_in_the_swapped_facts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = setting([person(n, behaviour=STATED) for n in range(12)])
    for found in module.stereotypes(cast)["swaps"].values():
        words = found["words"]
        assert (words["same"], words["only_the_facts"], words["beside_the_facts"], words["lines"]) == (0, 12, 0, [])
    monkeypatch.setattr(
        own_words, "nature", lambda one: f"You are {'kind' if one.identity.gender == 'female' else 'bold'}."
    )
    found = module.stereotypes(cast)["swaps"]["gender"]
    assert found["faults"] == found["words"]["beside_the_facts"] == 12
    assert {"persona": "x0", "before": ["You are kind."], "after": ["You are bold."]} in found["words"]["lines"]


def test_a_line_that_a_moved_trait_brings_is_told_and_is_no_fault() -> None:
    cast = [person(n) for n in range(240)]
    words = module.stereotypes(
        setting([one.model_copy(update={"id": f"y{n}"}) for n, one in enumerate(cast)]), most=240
    )
    gender = words["swaps"]["gender"]["words"]
    assert gender["lines"] and gender["beside_the_facts"] == 0
    assert all(
        "price" in str(one) or "variety" in str(one) or "same" in str(one) or "what you know" in str(one)
        for one in gender["lines"]
    )
    assert words["swaps"]["origin"]["words"]["lines"] == []


def test_texts_that_still_tell_what_was_swapped_are_named() -> None:
    people = [person(0, backstory="She left Leeds. Others call her Smith."), person(1, goals=["rest", "theory"])]
    found = module.stereotypes(setting(people))["swaps"]
    assert [one["warning"] for one in found["gender"]["words"]["not_swapped"]] == [
        "not swapped: backstory mentions her, she"
    ]
    assert [one["warning"] for one in found["origin"]["words"]["not_swapped"]] == [
        "not swapped: backstory mentions leeds, smith"
    ]
    assert found["gender"]["words"]["contradicted"] == 1


def test_origins_go_round_within_a_gender_and_only_facts_that_both_state() -> None:
    people = [person(n) for n in range(12)]
    people += [Persona.model_validate({"id": "bare", "identity": {"gender": "female", "place": "Here"}})]
    people += [Persona.model_validate({"id": "alone", "identity": {"gender": "nonbinary", "name": "Kim"}})]
    found = swapping.pairs(people, "origin", 7)
    assert "alone" not in {one.before.id for one in found}
    for one in found:
        assert swapping.kind(one.before) == swapping.kind(one.after)
        assert {name for name in swapping.ORIGIN if getattr(one.after.identity, name)} == {
            name for name in swapping.ORIGIN if getattr(one.before.identity, name)
        }
        assert one.before.model_dump(exclude={"identity"}) == one.after.model_dump(exclude={"identity"})
    again = swapping.pairs(people[::-1], "origin", 7)
    assert {one.before.id: one.after for one in again} == {one.before.id: one.after for one in found}
    assert [one.before.id for one in swapping.pairs(people, "gender", 7)] == [f"x{n}" for n in range(12)] + ["bare"]


def test_at_most_so_many_are_swapped_whoever_else_is_there() -> None:
    people = [person(n) for n in range(40)]
    some = {one.id for one in swapping.some(people, 10, 7)}
    assert len(some) == 10
    assert {one.id for one in swapping.some([one for one in people if one.id in some], 10, 7)} == some
    assert module.stereotypes(setting(people), most=3)["personas"] == 3


def answers(men: float = 0.0, chance: float = 0.0) -> Stub:
    """Wants of 4, so much higher for men; by chance (of the prompt) up or down a point with that probability."""

    def change(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        about = re.search(r"About you: .*", call.messages[0].content)
        assert about is not None
        luck = np.random.default_rng(list(str(call.messages).encode()))
        for slot in value.values():
            if isinstance(slot, dict) and "want" in slot:
                slot["want"] = int(4 + men * ('"male"' in about[0]) + (luck.random() < chance) * luck.choice([-1, 1]))
                slot["rating"] = 3
        return value

    return Stub(change)


def ask(model: Any, n: int = 12, name: str = "stub", **more: Any) -> dict[str, Any]:
    people = [person(row, behaviour=STATED) for row in range(n)]
    return asyncio.run(module.asked(setting(people), model, LLMSettings(model=name), **more))


def test_a_model_that_wants_more_for_men_is_found_out_and_by_how_much() -> None:
    found = ask(answers(men=2.0))
    want, distance, moved = (found["swaps"]["gender"]["tests"][name] for name in ("want", "distance", "moved"))
    assert want["swap"]["value"] == -2.0 and want["placebo"]["value"] == 0.0, "women less men"
    assert distance["beyond"]["value"] == 2.0 and moved["swap"]["value"] == 1.0 and moved["placebo"]["value"] == 0.0
    assert want["p_holm"] < 0.01 and found["swaps"]["gender"]["tests"]["rating"]["p_holm"] == 1.0
    assert found["swaps"]["origin"]["tests"]["distance"]["beyond"]["value"] == 0.0
    assert found["measured"] is True
    json.dumps(found, allow_nan=False)


def test_a_model_that_is_moody_moves_as_much_under_the_placebo() -> None:
    tests = ask(answers(chance=0.5), pages=3)["swaps"]["gender"]["tests"]
    assert tests["distance"]["swap"]["value"] > 0.4 and tests["distance"]["placebo"]["value"] > 0.4
    assert abs(tests["distance"]["beyond"]["value"]) < 0.2 and tests["distance"]["p_holm"] > 0.05


def test_versions_meet_the_same_items_in_the_same_order_and_failures_are_counted() -> None:
    model = Stub(failing("x3", "x4~placebo"))
    found = ask(model, pages=2)["swaps"]["gender"]
    assert (found["calls"], found["failed"]) == (72, 6), "two pages of x3 twice, and of x4's placebo"
    assert found["failed_by_version"] == {"own": 2, "swap": 2, "placebo": 2}
    assert found["tests"]["want"]["swap"]["personas"] == 11 and found["tests"]["want"]["placebo"]["personas"] == 10
    pages = [[re.findall(r"story \d+", call.messages[1].content) for call in model.calls if call.user_id == name]
             for name in ("x5", "x5~placebo")]  # fmt: skip
    assert pages[0][:2] == pages[0][2:4] == pages[1][:2] and len(pages[0][0]) >= 8


def test_the_scripted_model_measures_nothing_and_says_so() -> None:
    found = ask(Stub(), n=4, name="scripted", pages=1)
    assert found["measured"] is False and found["swaps"]["origin"]["failed"] == 0


def test_nobody_to_swap_is_no_failure() -> None:
    lone = setting([Persona.model_validate({"id": "alone"})])
    assert module.stereotypes(lone)["swaps"] == {"gender": {"swapped": 0}, "origin": {"swapped": 0}}
    found = asyncio.run(module.asked(lone, Stub(), LLMSettings(model="scripted")))
    assert found["swaps"]["gender"] == {"swapped": 0}


def test_the_library_has_no_fault() -> None:
    found = module.stereotypes(setting(list(library())))
    assert found["faults"] == 0 and found["swaps"]["gender"]["swapped"] > 15


def test_p_values_are_corrected_as_holm_has_it() -> None:
    assert swap_asking._holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
