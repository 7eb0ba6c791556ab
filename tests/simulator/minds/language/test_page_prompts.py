"""Prompts of pages: how much of them stays, what they cost, what they show, and in which order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_pages import elicitor_of, film_log, pages_for, scene_of

from simulator.llm.prompting import show
from simulator.llm.scripted import reply
from simulator.llm.tokens import estimated
from simulator.minds.language.elicit import page_prompt_id
from simulator.minds.language.ordering import asked_places
from simulator.minds.language.page_words import item_words
from simulator.minds.language.prompting import FOLDER, VERSIONS, prompt
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import Population, from_log
from simulator.randomness import keys_of
from simulator.records import Item, SplitLog
from simulator.turn import Recollection


@pytest.fixture(scope="module")
def log() -> SplitLog:
    return film_log()


@pytest.fixture(scope="module")
def folk(log: SplitLog) -> Population:
    return from_log(log, seed=7)


def remembered(log: SplitLog, items: np.ndarray) -> Recollection:
    """Five memories of 60-70 characters."""
    titles = [log.catalog[int(row)].title for row in items[:5]]
    texts = (f'{days} days ago: you rated "{title}" 2, duller than you thought' for days, title in enumerate(titles, 2))
    return Recollection(tuple(text[:70] for text in texts))


def shared(one: str, other: str) -> int:
    """Characters with which both begin."""
    return next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))


@pytest.mark.parametrize("notes", [False, True])
def test_a_page_of_ten_with_five_memories_takes_at_most_800_tokens_and_most_of_the_prompt_stays(
    log: SplitLog, folk: Population, notes: bool
) -> None:
    elicitor = elicitor_of(folk, log, notes=notes)
    tokens, shares, before = [], [], [""] * 10
    for turn in range(5):
        items = pages_for(10, 10, len(log.catalog), turn)
        memories = tuple(remembered(log, row[::-1]) for row in items)
        sheets = elicitor.sheets(scene_of(folk, items, turn=turn, page=turn, memories=memories))
        for nth, sheet in enumerate(sheets):
            assert sheet is not None
            text = "".join(message.content for message in sheet.call.messages)
            tokens.append(estimated(text) + estimated(reply(sheet.call.messages, sheet.call.schema)))
            if turn:
                shares.append(shared(before[nth], text) / len(text))
            before[nth] = text
    assert np.mean(tokens) <= 800
    assert min(shares) >= 0.6


def test_the_person_stands_in_the_first_message_and_nothing_else_changes_it(log: SplitLog, folk: Population) -> None:
    elicitor = elicitor_of(folk, log)
    one = elicitor.sheets(scene_of(folk, [[1, 2, 3]], rows=[4]))[0]
    other = elicitor.sheets(scene_of(folk, [[7, 8]], rows=[4], turn=9, page=3, fatigue=0.9))[0]
    assert one is not None and other is not None
    assert one.call.messages[0] == other.call.messages[0]
    assert "you are worn out" in other.call.messages[1].content


@given(
    noticed=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5),
    turn=st.integers(0, 50),
)
def test_the_order_is_a_permutation_of_the_noticed_places_that_company_and_rank_do_not_change(
    noticed: list[list[bool]], turn: int
) -> None:
    seen = np.array(noticed)
    n = len(seen)
    keys, item_keys = keys_of(f"u{i}" for i in range(n)), np.tile(keys_of("abcdef"), (n, 1))
    order = asked_places(3, keys, turn, item_keys, seen)
    for nth in range(n):
        assert sorted(order[nth].tolist()) == np.flatnonzero(seen[nth]).tolist()
        alone = asked_places(3, keys[[nth]], turn, item_keys[[nth]], seen[[nth]])[0]
        assert alone.tolist() == order[nth].tolist()
        turned = asked_places(3, keys[[nth]], turn, item_keys[[nth], ::-1], seen[[nth], ::-1])[0]
        assert (5 - turned).tolist() == order[nth].tolist()


def test_items_stand_in_another_order_for_another_person_or_turn() -> None:
    keys, item_keys = keys_of(["a", "b"]), np.tile(keys_of("abcdefgh"), (2, 1))
    seen = np.ones((2, 8), dtype=bool)
    first, second = asked_places(3, keys, 0, item_keys, seen)
    later = asked_places(3, keys, 1, item_keys, seen)[0]
    assert first.tolist() != second.tolist() and first.tolist() != later.tolist()


def test_a_list_shows_all_facts_and_a_grid_picture_and_title_only() -> None:
    item = Item(
        item_id="x",
        title="Heat",
        headline="Two men, one city",
        categories=("Crime", "Drama", "Action"),
        creator="Mann",
        image_caption="a man at night",
        year=1995,
        price=3.5,
        review_count=1200,
        review_mean=4.25,
    )
    for layout in ("list", "feed"):
        words = item_words(item, layout)
        for fact in ("Heat (1995)", "Crime/Drama", "by Mann", "Two men", "picture: a man", "3.50", "4.2/5 by 1,200"):
            assert fact in words
        assert "Action" not in words
    for layout in ("grid", "carousel"):
        assert item_words(item, layout) == "Heat; picture: a man at night"


@pytest.mark.parametrize("layout", ["list", "grid", "carousel", "feed"])
def test_items_without_a_title_go_by_what_there_is(layout: str) -> None:
    assert item_words(Item(item_id="7"), layout) == "item 7"
    assert item_words(Item(item_id="7", headline="News"), layout) == "News"
    assert item_words(Item(item_id="7", text="Long story"), layout) == "Long story"


def test_memory_and_evidence_are_shown_and_held_to_their_allowance(log: SplitLog, folk: Population) -> None:
    elicitor = elicitor_of(folk, log)
    plain = Recollection(("you loved noir",), {3: 'like "Fargo", which you rated 5'})
    much = Recollection(tuple("x" * 90 for _ in range(30)), dict.fromkeys(range(10), "y" * 60))
    texts = []
    for recollection in (plain, much):
        sheet = elicitor.sheets(scene_of(folk, [[3, 4]], memories=(recollection,)))[0]
        assert sheet is not None
        texts.append(sheet.call.messages[1].content)
    assert '- "you loved noir"' in texts[0]
    assert "to you: \"like 'Fargo', which you rated 5\"" in texts[0]
    assert texts[0].count("to you:") == 1
    assert len(texts[1]) < 700


def test_prompts_are_known_by_name_version_and_the_bytes_of_their_files() -> None:
    name, _, digest = page_prompt_id(LanguageMindSettings()).partition("+")
    assert name == "page.1" and len(digest) == 8 and int(digest, 16) >= 0
    ids = {
        page_prompt_id(replace(LanguageMindSettings(), deliberation=kind), notes=notes)
        for kind in ("none", "brief", "multi_round")
        for notes in (False, True)
    }
    assert len(ids) == 6
    assert {path.name.split(".")[0] for path in FOLDER.glob("*.j2")} == set(VERSIONS)
    assert prompt("page").id != prompt("reflection").id


def test_a_shown_prompt_holds_the_messages_of_the_call(log: SplitLog, folk: Population) -> None:
    sheet = elicitor_of(folk, log).sheets(scene_of(folk, [[3, 4]]))[0]
    assert sheet is not None
    assert all(message.content in show(sheet.call) for message in sheet.call.messages)


def test_the_arm_stands_in_no_prompt_and_no_identity(log: SplitLog, folk: Population) -> None:
    control, treatment = (
        elicitor_of(folk, log, arm=arm).sheets(scene_of(folk, [[3, 4]]))[0] for arm in ("control", "treatment")
    )
    assert control is not None and treatment is not None
    assert control.call.messages == treatment.call.messages and control.call.identity == treatment.call.identity
