"""What somebody says that they did is checked against the journal; what the journal cannot know stands."""

from __future__ import annotations

import pytest
from told_lives import BLADE, ToldLife, usual_page

from simulator.studies.interview.claims import contradictions

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
