"""Prices: by model and endpoint, the user's own before ours, and unknown rather than nothing."""

from pathlib import Path

import pytest
from asking import page_call
from hypothesis import given
from hypothesis import strategies as st

from simulator.llm.port import Message, Usage
from simulator.llm.prices import FREE, SHIPPED, Price, cost, price_of
from simulator.llm.settings import LLMSettings
from simulator.llm.tokens import estimated, estimated_in, most, most_in
from simulator.records import UserInputError

MILLION = Usage(1_000_000, 1_000_000, 1)


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def test_a_known_model_has_its_price_its_day_and_its_source() -> None:
    price = price_of(LLMSettings(model="gpt-5-mini"))
    assert price is not None and price.as_of is not None and price.source
    assert price_of(LLMSettings(model="gpt-5-mini-2025-08-07")) == price
    assert price.usd(MILLION) == price.usd_in + price.usd_out


def test_every_shipped_price_says_where_it_is_from() -> None:
    for line in SHIPPED.read_text("utf-8").splitlines():
        if line.lstrip().startswith("-"):
            assert all(field in line for field in ("host:", "in:", "out:", "cached_in:", "as_of:", "source:")), line


@pytest.mark.parametrize("model", ["gpt-5-mini-of-our-own", "gpt-5.1", "llama3", ""])
def test_a_model_that_no_entry_means_has_no_price(model: str) -> None:
    assert price_of(LLMSettings(model=model)) is None


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000/v1", "http://localhost/v1", "https://openrouter.ai/api/v1"]
)
def test_elsewhere_the_price_is_unknown_and_a_local_server_is_not_free(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert price_of(LLMSettings(model="gpt-5-mini", base_url=base_url)) is None
    monkeypatch.setenv("OPENAI_BASE_URL", base_url)
    assert price_of(LLMSettings(model="gpt-5-mini")) is None


def test_the_settings_price_comes_first_then_the_users_table_then_ours(tmp_path: Path) -> None:
    table = tmp_path / "prices.yaml"
    table.write_text("prices:\n  - {models: [gpt-5-*, my-*], in: 3, out: 4.5}\n")
    own = price_of(LLMSettings(model="gpt-5-mini", prices=table))
    assert own is not None and (own.usd_in, own.usd_out) == (3, 4.5)
    assert price_of(LLMSettings(model="my-7b", prices=table, base_url="http://localhost:1/v1")) == own
    assert price_of(LLMSettings(model="gpt-4o", prices=table)) == price_of(LLMSettings(model="gpt-4o"))
    given_price = price_of(LLMSettings(model="gpt-5-mini", prices=table, price=(1.0, 2.0)))
    assert given_price is not None and (given_price.usd_in, given_price.usd_out) == (1, 2)


def test_the_scripted_models_cost_nothing() -> None:
    assert price_of(LLMSettings(model="scripted", base_url="http://localhost:1/v1")) is FREE
    assert FREE.usd(MILLION) == 0


def test_an_unknown_price_makes_a_cost_unknown_unless_nothing_was_used() -> None:
    assert cost(MILLION, None) is None and cost(Usage(requests=3), None) == 0.0


def test_input_that_the_endpoint_has_cached_costs_its_own_price() -> None:
    price = Price(usd_in=2.0, usd_out=8.0, usd_cached_in=0.5)
    assert price.usd(Usage(1_000_000, 0, 1), cached_in=600_000) == pytest.approx(0.4 * 2 + 0.6 * 0.5)
    assert Price(usd_in=2.0, usd_out=8.0).usd(Usage(1_000_000, 0, 1), cached_in=600_000) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("prices: [{models: [a], in: -1, out: 2}]", "prices.0.in"),
        ("prices: [{models: [a], in: 1}]", "prices.0.out"),
        ("prices: [{models: [a], in: 1, out: .nan}]", "prices.0.out"),
        ("prices: [{models: [], in: 1, out: 2}]", "prices.0.models"),
        ("prices: [{models: [a], in: 1, out: 2, per: k}]", "prices.0.per"),
        ("- a", "the whole"),
        ("prices: [", "line"),
        ("", "the whole"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_what_is_wrong(text: str, wrong: str, tmp_path: Path) -> None:
    table = tmp_path / "mine.yaml"
    table.write_text(text)
    with pytest.raises(UserInputError, match=rf"llm\.prices: .*mine\.yaml .*{wrong}"):
        price_of(LLMSettings(model="a", prices=table))


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match=r"llm\.prices: .*none\.yaml cannot be read"):
        price_of(LLMSettings(model="a", prices=tmp_path / "none.yaml"))


@given(st.text(max_size=300))
def test_the_bound_of_a_text_is_never_below_its_estimate(text: str) -> None:
    assert estimated(text) <= most(text) and estimated(text) == (len(text) + 3) // 4


def test_messages_and_the_schema_are_counted_too() -> None:
    call = page_call()
    assert most_in(call) > estimated_in(call.messages) > sum(estimated(message.content) for message in call.messages)
    pictured = page_call(messages=(Message("user", "what is it?", ("data:,",)),))
    assert most_in(pictured) > 2000
