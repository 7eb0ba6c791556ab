"""The trait audit finds what a model does with a trait, and claims nothing of a model that is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llm_traits
import numpy as np
import pytest
from language_pages import Stub
from persona_worlds import shop, with_items

from personas.files import library
from personas.traits import BEHAVIOURAL, BIG_FIVE
from simulator.llm.port import Call


@pytest.fixture
def cast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight personas, in a file; a cache of their own."""
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    people = [{"id": f"p{n}", "tastes": {"genres": {"liked": ["Drama"]}}} for n in range(8)]
    path = tmp_path / "people.jsonl"
    path.write_text("\n".join(map(json.dumps, people)))
    return path


def told(want: Any, **more: Any) -> llm_traits.Told:
    wants = np.asarray(want, dtype=np.float64)
    given = {"slot": np.tile(np.arange(wants.shape[1], dtype=np.float64), (len(wants), 1)),
             "opened": np.zeros(len(wants)), "leaves": np.zeros(len(wants))}  # fmt: skip
    return llm_traits.Told(want=wants, **(given | more))


def pages(**cues: Any) -> llm_traits.Pages:
    return llm_traits.Pages(
        np.zeros((1, 1), dtype=np.int32), {name: np.asarray(v, dtype=float) for name, v in cues.items()}
    )


def test_a_slope_is_that_of_each_page_and_what_is_unknown_is_left_out() -> None:
    price = [[-1.0, 0.0, 1.0, np.nan], [0.5, 0.5, 0.5, 0.5], [0.0, 1.0, 2.0, 3.0]]
    want = [[4.0, 2.0, 0.0, 9.0], [1.0, 5.0, 7.0, 2.0], [1.0, 1.5, np.nan, 2.5]]
    found = llm_traits.slope("price")(told(want), pages(price=price))
    np.testing.assert_allclose(found, [-2.0, np.nan, 0.5])


def test_every_trait_that_shows_on_a_page_has_a_measure_and_a_sign() -> None:
    assert set(llm_traits.MEASURES) == {trait.name for trait in BEHAVIOURAL} - {"activity"}
    flat = pages(**{name: [[0.0, 1.0]] for name in ("popularity", "own genres", "seen of late", "price", "reviews",
                                                    "review count", "headline", "picture")})  # fmt: skip
    for name, (_, sign, measure) in llm_traits.MEASURES.items():
        assert abs(sign) == 1 and np.isfinite(measure(told([[1.0, 2.0]]), flat)).all(), name


def test_the_two_ends_are_where_the_tests_of_behaviour_have_them() -> None:
    assert llm_traits.levels("patience") == (0.05, 0.95)
    low, high = llm_traits.levels("activity")
    assert low < 0.5 and high > 3
    for name in BIG_FIVE:
        low, high = llm_traits.levels(name)
        assert 0 <= low < 0.45 and 0.75 < high <= 1
    one = library()[0]
    changed = llm_traits.with_trait(one, "patience", 0.05)
    assert changed.behaviour.patience == 0.05 and changed.behaviour.pickiness == one.behaviour.pickiness
    assert changed.personality == one.personality and changed.changes == ()
    assert llm_traits.with_trait(one, "openness", 0.1).behaviour == one.behaviour


def test_an_interval_is_that_of_people_and_not_of_their_pages() -> None:
    luck = np.random.default_rng(1)
    person = luck.normal(size=30)
    whose = np.repeat(np.arange(30), 40)
    value, low, high = llm_traits.interval(person[whose] + 0.1 * luck.normal(size=1200), whose)
    assert value == pytest.approx(person.mean(), abs=0.02)
    assert high - low == pytest.approx(2 * 1.96 * person.std() / np.sqrt(30), rel=0.25)
    assert np.isnan(llm_traits.interval(np.array([1.0, np.nan]), np.array([0, 1]))).all()


def test_the_scripted_model_measures_nothing_and_says_so(cast: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert llm_traits.main(["--personas", str(cast), "--pages", "1", "--items", "5"]) == 0
    said = capsys.readouterr().out
    assert "no language model: nothing is measured here" in said
    assert "as named" not in said and "mean |Δ|" not in said and len(said.splitlines()) == 2


def hears(monkeypatch: pytest.MonkeyPatch, change: Callable[[Call, dict[str, Any]], dict[str, Any]]) -> Stub:
    """The audit asks a made model, which it takes for a real one."""
    model = Stub(change)

    class Stack:
        async def ask(self, call: Call) -> Any:
            return await model.ask(call)

        async def close(self) -> None:
            await model.close()

    monkeypatch.setattr(llm_traits, "chat_model", lambda *_, **__: Stack())
    return model


def thrifty(call: Call, value: dict[str, Any]) -> dict[str, Any]:
    """Wants 5 of everything, and where the price is minded, more of the cheap."""
    minds = "You mind the price." in call.messages[0].content
    for slot, line in re.findall(r"^(i\d+) (.*)$", call.messages[1].content, re.MULTILINE):
        price = float(re.search(r"price ([\d.,]+)", line)[1].replace(",", ""))  # type: ignore[index]
        value[slot]["want"] = round(float(np.clip(5 - 3 * minds * np.log(price / 10), 0, 10)))
    return value


def test_a_model_that_heeds_a_trait_is_found_out_and_its_other_traits_are_not_claimed(
    cast: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = hears(monkeypatch, thrifty)
    names = "price_sensitivity,trust_in_reviews,activity,openness"
    asked = ["--model", "made", "--base-url", "http://127.0.0.1:9/v1", "--traits", names, "--personas", str(cast)]
    assert llm_traits.main(asked) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[2:]}
    assert rows["price_sensitivity"].endswith("as named") and "-1." in rows["price_sensitivity"]
    assert not rows["trust_in_reviews"].endswith(("as named", "turned"))
    assert "shows on no page" in rows["activity"] and "names nothing" in rows["openness"]
    assert len(model.calls) == 4 * 3 * 8 * 2
    turned = hears(monkeypatch, lambda call, value: {
        key: {**said, "want": 10 - thrifty(call, value)[key]["want"]} if isinstance(said, dict) else said
        for key, said in json.loads(json.dumps(value)).items()
    })  # fmt: skip
    assert llm_traits.main([*asked[:5], "price_sensitivity", *asked[6:]]) == 0
    assert turned.calls and capsys.readouterr().out.splitlines()[-1].endswith("turned")


def test_both_ends_meet_the_same_items_in_the_same_order_and_differ_in_one_line(
    cast: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = hears(monkeypatch, lambda call, value: value)
    for trait in ("impulsivity", "pickiness", "neuroticism"):
        model.calls.clear()
        llm_traits.main(["--model", "made", "--base-url", "http://127.0.0.1:9/v1", "--traits", trait,
                         "--personas", str(cast), "--pages", "1"])  # fmt: skip
        ends: dict[str, list[Call]] = {}
        for call in model.calls:
            ends.setdefault(call.user_id, []).append(call)
        for low, high, again in ends.values():
            assert low.messages == again.messages and low.identity != again.identity
            assert low.messages[1] == high.messages[1]
            lines = [call.messages[0].content.splitlines() for call in (low, high)]
            assert sum(one != other for one, other in zip(*lines, strict=True)) == 1


def test_what_is_no_trait_and_what_asks_no_model_is_refused(capsys: pytest.CaptureFixture[str], cast: Path) -> None:
    for arguments, what in (
        (["--traits", "charm"], "'charm' is no trait"),
        (["--pages", "0"], "one page of two items"),
        (["--scenario", "quickstart"], "asks no language model"),
        (["--personas", str(cast.parent / "none.yaml")], "no such file"),
    ):
        with pytest.raises(SystemExit) as ended:
            llm_traits.main(arguments)
        assert ended.value.code == 2 and what in capsys.readouterr().err


def test_prices_are_made_up_only_where_there_are_none() -> None:
    priced = llm_traits.priced(shop().catalog, 7)
    assert [item.price for item in priced] == [item.price for item in shop().catalog]
    made = llm_traits.priced(with_items(price=None).catalog, 7)
    prices = np.array([item.price for item in made], dtype=float)
    assert (prices > 0).all() and 7 < np.median(prices) < 14 and len(set(prices.tolist())) > 100
    again = llm_traits.priced(with_items(price=None).catalog, 7)
    assert [item.price for item in again] == [item.price for item in made]
