"""Questions as product managers, researchers and teenagers ask them: what they ask, and of which items they speak."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from told_lives import (
    ALIEN,
    ALIENS,
    CASABLANCA,
    HEAT,
    IT,
    PULP,
    SPEED,
    SUSPECTS,
    TOYS,
    ToldLife,
    page,
    place,
    usual_page,
)

from simulator.records import Catalog, Item
from simulator.studies.interview.examples import Examples, examples, read_examples
from simulator.studies.interview.grammar import Topic, known_words
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.mentions import referred
from simulator.studies.interview.reading import NEAR, read
from simulator.studies.interview.spelling import mended

HERE = Path(__file__).parent
LIFE = ToldLife(turns=(usual_page(),))
FOCUS = (Mention(item=HEAT, lived=LIFE.turns[0], position=0),)


def rows(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [(question, topic) for question, _, topic in (line.partition("\t") for line in lines)]


def topics_of(question: str) -> list[str]:
    return [str(one.topic) for one in read(question, LIFE, FOCUS)]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("paraphrases.tsv", 1.0),
        ("unrehearsed.tsv", 0.98),
        ("more.tsv", 0.95),
        ("later.tsv", 0.95),
        ("latest.tsv", 0.93),
    ],
)
def test_questions_are_understood_as_they_are_meant(name: str, least: float) -> None:
    asked = rows(name)
    heard = [(question, topic, topics_of(question)) for question, topic in asked]
    wrong = [one for one in heard if one[1] not in one[2]]
    assert len(asked) >= 60
    assert 1 - len(wrong) / len(asked) >= least, wrong


def test_every_topic_has_an_example_and_every_example_is_read_as_what_it_is() -> None:
    known = read_examples()
    assert {str(topic) for topic in Topic} - {str(topic) for topic in known.values()} == set()
    assert all(examples().exactly(text) is topic for text, topic in known.items())


def test_a_question_that_is_like_an_example_is_taken_for_it_with_a_caution() -> None:
    known = list(read_examples().items())
    others = Examples(dict(pair for nth, pair in enumerate(known) if nth % 5))
    near = [(topic, others.nearest(text)) for text, topic in known[::5]]
    taken = [(topic, found.topic) for topic, found in near if found is not None and found.likeness >= NEAR]
    assert len(taken) >= 40 and sum(topic is found for topic, found in taken) / len(taken) >= 0.55


def items(question: str, life: ToldLife = LIFE, focus: tuple[Mention, ...] = FOCUS) -> list[int]:
    return [one.item for one in referred(question, life, focus).items]


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("why did you skip the second one?", [TOYS]),
        ("why not number 3", [ALIEN]),
        ("why not #4?", [PULP]),
        ("and the last one?", [SPEED]),
        ("the second to last", [IT]),
        ("what about 2 and 3?", [TOYS, ALIEN]),
        ("why did you pass on items 2 to 4", [TOYS, ALIEN, PULP]),
        ("the first three", [HEAT, TOYS, ALIEN]),
        ("why not the 5th?", [SUSPECTS]),
        ("did you see the one at the bottom?", [SPEED]),
        ("did you like the top result", [HEAT]),
        ("why did you skip Pulp Fiction", [PULP]),
        ("why did you skip pulp?", [PULP]),
        ("The Usual Suspects, why not?", [SUSPECTS]),
        ("why not usual suspects", [SUSPECTS]),
        ("would you watch “It”?", [IT]),
        ("why did you like it?", [HEAT]),
        ("what about the animation one", [TOYS]),
        ("the one you clicked", [HEAT]),
        ("the first one you skipped", [TOYS]),
        ("did you see pulp ficton", [PULP]),
        ("would you watch Aliens", [ALIENS]),
        ("would you watch ALIEN", [ALIEN]),
        ("why only 3 stars?", []),
        ("would you pay $5 for Casablanca", [CASABLANCA]),
        ("from 1 to 5, how happy are you?", []),
        ("what did you notice first?", []),
        ("Toy Story or the third one?", [TOYS, ALIEN]),
    ],
)
def test_items_are_found_by_place_title_deed_and_pronoun(question: str, meant: list[int]) -> None:
    assert sorted(items(question)) == sorted(meant)


@pytest.mark.parametrize(
    ("question", "topic", "meant"),
    [
        ("wich one did you liek best", "best", []),
        ("why did you skipp the seccond one", "why_not", [TOYS]),
        ("waht did you click", "list_clicked", []),
        ("did you recieve what you wanted from the thrid one", None, [ALIEN]),
    ],
)
def test_slips_of_the_pen_are_mended(question: str, topic: str | None, meant: list[int]) -> None:
    assert items(question, focus=()) == meant
    assert topic is None or topics_of(question) == [topic]


def test_words_that_are_no_slips_stay() -> None:
    known = known_words(())
    for word in ("sleep", "stock", "heist", "thought", "zardoz", "train"):
        assert mended(word, known) == word


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("and the one above it?", [TOYS]),
        ("and the one below?", [PULP]),
        ("what about the next one", [PULP]),
        ("why not the one after number 4", [SUSPECTS]),
        ("why did you not click anything below number 6", [IT, SPEED]),
        ("did you see anything above the third one", [HEAT, TOYS]),
    ],
)
def test_things_are_found_by_what_they_stand_beside(question: str, meant: list[int]) -> None:
    at_three = (Mention(item=ALIEN, lived=LIFE.turns[0], position=2),)
    assert items(question, focus=at_three) == meant


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        ("How old are you and where do you live?", ["age", "place"]),
        ("what's your name, and why did you click the first one?", ["name", "why_click"]),
        ("why did you skip 2 and 3?", ["why_not"]),
        ("ok but why tho", ["why"]),
        ("really?", ["sure"]),
    ],
)
def test_questions_are_told_apart_and_fillers_dropped(question: str, topics: list[str]) -> None:
    assert topics_of(question) == topics


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("why not the cheapest one?", [CASABLANCA]),
        ("did you see the most expensive film?", [ALIEN]),
        ("what about the best rated one?", [CASABLANCA]),
        ("why did you skip the worst rated?", [IT]),
        ("which of your memories is the oldest?", []),
        ("how much do ratings of others matter to you?", []),
        ("what was your second choice?", []),
        ("and if it had been at the very top?", [HEAT]),
        ("what's 2 plus 2?", []),
        ("good morning", []),
    ],
)
def test_what_sets_a_thing_apart_points_to_it_and_what_names_none_to_none(question: str, meant: list[int]) -> None:
    vietnam = replace(LIFE.catalog[8], title="Good Morning, Vietnam")
    life = replace(LIFE, catalog=Catalog((*LIFE.catalog.items[:8], vietnam, *LIFE.catalog.items[9:])))
    assert items(question, life) == meant


def test_them_is_several_that_were_spoken_of_and_else_the_page() -> None:
    two = tuple(Mention(item=item, lived=LIFE.turns[0], position=at) for at, item in ((1, TOYS), (2, ALIEN)))
    assert items("would you watch any of them?", focus=two) == [TOYS, ALIEN]
    assert len(items("would you watch any of them?")) == 8
    assert items("why did you skip those?", focus=two) == [TOYS, ALIEN]


def test_things_that_are_only_named_go_with_what_is_asked_of_them_next() -> None:
    (one,) = read("the second, the third... why not?", LIFE, ())
    assert one.topic is Topic.WHY


def test_a_number_that_is_not_there_is_told_with_what_there_is() -> None:
    told = referred("why not number 12?", LIFE, ())
    assert told.items == () and "no number 12" in told.trouble and "8 things" in told.trouble


def test_a_title_that_several_have_is_asked_back_unless_one_has_it_whole() -> None:
    titles = (
        "Star Wars: A New Hope",
        "Star Wars: The Empire",
        "Godfather, The (1972)",
        "Godfather: Part II, The (1974)",
    )
    catalog = Catalog(tuple(Item(item_id=f"s{nth}", title=title) for nth, title in enumerate(titles)))
    shelf = page([replace(place(nth), title=title) for nth, title in enumerate(titles)])
    life = ToldLife(catalog=catalog, turns=(shelf,), history=())
    unsure = referred("why did you skip Star Wars?", life, ())
    assert unsure.items == () and [one.item for one in unsure.choices] == [0, 1]
    assert "Star Wars: A New Hope" in unsure.trouble and "Which one?" in unsure.trouble
    assert items("why did you skip the empire?", life, ()) == [1]
    assert items("why did you skip the Godfather?", life, ()) == [2]


def test_an_earlier_page_can_be_named() -> None:
    first, second = usual_page(), page([place(SPEED), place(IT)], turn=1, page=1)
    life = ToldLife(turns=(first, second))
    assert items("why not the second one", life) == [IT]
    assert items("why not the second one on the first page", life) == [TOYS]
    assert items("why not the second one on page 1", life) == [TOYS]
    assert items("why not the third one on the previous page", life) == [ALIEN]
    assert "only 2 pages" in referred("what about the first one on page 7", life, ()).trouble


def test_a_title_is_looked_for_on_the_page_before_the_catalogue() -> None:
    life = ToldLife(turns=(page([place(ALIENS)]),))
    assert items("why not alien?", life) != [ALIENS]
    assert items("why not aliens?", life) == [ALIENS]


def test_what_was_done_but_is_none_is_told() -> None:
    life = ToldLife(turns=(page([place(TOYS)]),))
    assert "none that I clicked" in referred("why the one you clicked?", life, ()).trouble


def test_a_greeting_before_a_question_is_none_and_two_questions_are_two() -> None:
    assert [one.topic for one in read("Hi! Why did you skip Alien?", LIFE, ())] == [Topic.WHY_NOT]
    assert [one.topic for one in read("How do you feel? Why did you leave?", LIFE, ())] == [
        Topic.FEELING,
        Topic.WHY_LEFT,
    ]
