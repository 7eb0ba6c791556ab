"""What somebody says that they did is checked against the journal; what the journal cannot know stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from told_lives import ALIEN, BLADE, CASABLANCA, HEAT, ToldLife, page, place, usual_page

from simulator.studies.interview.claims import contradictions
from simulator.studies.interview.numbers import NumbersInterview
from simulator.studies.interview.reading import read
from simulator.studies.solo.life import Life

QUESTIONS = [
    line.partition("\t")[0]
    for path in sorted(Path(__file__).parent.glob("*.tsv"))
    for line in path.read_text("utf-8").splitlines()
]
LIFE = ToldLife(turns=(usual_page(),), history=(BLADE,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I clicked Alien.", "I looked at “Alien” (number 3 of 8 on page 1) and passed"),
        ("I clicked on Heat and Alien because I like crime.", "It was said that I chose “Alien”"),
        ("I watched “Alien” yesterday and loved it.", "and passed"),
        ("Well, I picked Casablanca, of course.", "I did not notice “Casablanca”"),
        ("I skipped Heat.", "I chose “Heat” (number 1 of 8 on page 1) and liked it"),
        ("Heat I skipped, it bored me.", "I chose “Heat”"),
        ("I never clicked Heat.", "It was said that I did not choose “Heat”"),
        ("I didn't choose Heat", "I chose “Heat”"),
        ("I gave Heat 2 stars.", "I gave “Heat” 4"),
        ("I gave Heat two stars.", "I gave “Heat” 4"),
        ("I rated Alien 5.", "I did not rate “Alien”"),
        ("I saw Casablanca right away.", "I did not notice “Casablanca”"),
        ("I did not notice Alien.", "I looked at “Alien”"),
        ("I opened The Godfather: Part II first.", "was on none of my pages"),
        ("I clicked “Zardoz” because it looked fun.", "nothing of that name was shown to me"),
        ("I **clicked** *Alien*.", "and passed"),
        ("Of course I clicked number 4.", "I looked at “Pulp Fiction” (number 4 of 8 on page 1) and passed"),
        ("I clicked the fourth one at once.", "I looked at “Pulp Fiction”"),
        ("I spent two hours with Heat.", "I spent two minutes with “Heat”"),
    ],
)
def test_a_false_claim_is_told_with_what_is_so(text: str, told: str) -> None:
    found = contradictions(text, LIFE)
    assert len(found) == 1 and told in found[0], found


@pytest.mark.parametrize(
    "text",
    [
        "I clicked Heat.",
        "I chose “Heat” and passed on Alien.",
        "I clicked Heat but skipped Alien.",
        "I gave Heat a 4.",
        "I gave Heat four stars, it was great.",
        "I would click Alien if I were not so tired.",
        "Maybe I might watch Casablanca tomorrow.",
        "I did not click Alien.",
        "I never saw Casablanca.",
        "I did not notice Casablanca.",
        "I loved Heat.",
        "I watched Blade Runner years ago.",
        "Did I click Alien?",
        "My mood is good.",
        "I like crime, and I saw nothing else that I wanted.",
        "It was the speed of the page that I liked.",
        "I clicked it because it looked good.",
        "I picked Heat over Alien.",
        "I clicked Heat, not Alien.",
        "I chose neither Alien nor Pulp Fiction.",
        "Instead of Alien I clicked Heat.",
        "I clicked the first one and passed on number 3.",
        "I spent a minute or two on Heat.",
        "",
    ],
)
def test_a_true_claim_and_what_the_journal_cannot_know_stand(text: str) -> None:
    assert contradictions(text, LIFE) == ()


def test_what_was_preferred_to_another_is_claimed_both_ways() -> None:
    assert len(contradictions("I picked Alien over Heat.", LIFE)) == 2


def test_each_false_claim_of_a_text_is_told_once() -> None:
    text = "I clicked Alien. I skipped Heat. I clicked Alien! And I rated Toy Story 5."
    assert len(contradictions(text, LIFE)) == 3


def test_a_long_text_is_checked_in_no_time() -> None:
    assert contradictions("I clicked Alien and " * 2_000, LIFE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I looked at Alien. I clicked it right away.", "It was said that I chose “Alien”"),
        ("Alien was number 3. It looked scary, so I opened it.", "It was said that I chose “Alien”"),
        ("Alien caught my eye; I watched that one.", "It was said that I chose “Alien”"),
        ("I looked at Heat, but I skipped it.", "I chose “Heat”"),
        ("Heat was fun. I gave it a 2.", "I gave “Heat” 4"),
        ("Heat was long. I spent two hours on it.", "I spent two minutes with “Heat”"),
        ("Heat? I never clicked it.", "It was said that I did not choose “Heat”"),
        ("Casablanca was there. I saw it first.", "I did not notice “Casablanca”"),
        ("I found Alien. It was good and I loved the end. I clicked it.", "It was said that I chose “Alien”"),
        ("I saw Heat and Alien, and I clicked both.", "It was said that I chose “Alien”"),
        ("I clicked the second and passed on the third.", "It was said that I chose “Toy Story”"),
        ("I skipped Alien, and Toy Story I clicked.", "It was said that I chose “Toy Story”"),
        ("I looked at Pulp Fiction and clicked it because it goes with Heat.", "I chose “Pulp Fiction”"),
    ],
)
def test_a_pronoun_or_a_place_is_followed_where_only_one_can_be_meant(text: str, told: str) -> None:
    found = contradictions(text, LIFE)
    assert len(found) == 1 and told in found[0], found


@pytest.mark.parametrize(
    "text",
    [
        "I saw Heat and Alien. I clicked it.",
        "I saw Heat and Alien. I clicked the first one.",
        "I looked at Alien. There was a banner. I clicked it.",
        "Heat was on page 1. I clicked the second one there.",
        "I looked at Alien and gave it a miss.",
        "I looked at Alien. I liked it here.",
        "I took it that Alien was not for me.",
        "I gave Heat one chance.",
        "I clicked Heat because Alien was too scary.",
        "I clicked Heat after seeing Alien.",
        "I clicked Heat, which reminded me of Alien.",
        "I chose Heat first, Alien I left alone.",
        "Between Heat and Alien, I picked Heat.",
        "I skipped Alien rather than click it.",
        "I watched the trailer of Alien.",
        "My friend watched Alien and loved it.",
        "I wouldn't click Alien, and I nearly clicked Toy Story.",
        "I usually skip Heat.",
        "I watched Alien as a kid.",
        "I spent a minute with Heat and ten seconds on Alien.",
        "Alien does not go with what I chose before.",
        "Of the 4 that I looked at, Casablanca was none; the last one that I looked at was number 4.",
        "I looked at Toy Story, Alien and Pulp Fiction and skipped them.",
        "I saw Toy Story and Alien but clicked neither.",
        "Heat got my click, Toy Story got a shrug.",
        "I thought I had clicked Pulp Fiction, but I hadn't.",
        "I clicked nothing except Heat.",
        "Out of Toy Story, Alien and Pulp Fiction I took none.",
    ],
)
def test_what_may_mean_another_or_nothing_that_happened_is_not_called_false(text: str) -> None:
    assert contradictions(text, LIFE) == ()


def test_a_pronoun_may_stand_for_what_the_question_named() -> None:
    assert contradictions("I clicked it at once.", LIFE) == ()
    assert "chose “Alien”" in contradictions("I clicked it at once.", LIFE, about=[ALIEN])[0]
    assert contradictions("I clicked it at once.", LIFE, about=[ALIEN, HEAT]) == ()


def test_places_are_those_of_the_page_that_the_question_names_and_meetings_are_kept_apart() -> None:
    other = page([place(ALIEN), place(CASABLANCA, clicked=True, chance=0.5)], turn=1, page=1)
    life = ToldLife(turns=(*LIFE.turns, other))
    assert contradictions("I clicked the second one.", life) == ()
    assert "“Toy Story”" in contradictions("I clicked the second one.", life, page=life.turns[0])[0]
    assert contradictions("I did not notice Casablanca.", life) == (), "not on the first page"


def test_what_the_person_answers_from_its_own_numbers_is_never_called_false(met: Life) -> None:
    interview = NumbersInterview(met)
    for question in QUESTIONS[::16]:
        (said,) = interview.ask(question)
        asked = [one.referred for one in read(question, met, ())]
        named = [mention for one in asked for mention in one.items]
        pages = [*(one.page for one in asked), *(one.lived for one in named if one.lived is not None)]
        told = contradictions(said, met, about=[one.item for one in named], page=pages[-1] if pages else None)
        assert told == (), (question, said)
