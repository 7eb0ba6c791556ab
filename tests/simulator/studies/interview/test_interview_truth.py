"""What is told is what was lived and what decided: on lives and pages that are drawn at random, every answer is held
to a reckoning of its own; and where a cause is taken away from a life that is lived again, the chance moves as was
said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pytest
from told_lives import CALM, CATALOG, ToldLife, account, page, place, unseen

from simulator.studies.interview.numbers import NumbersInterview
from simulator.studies.interview.reasons import reasons
from simulator.studies.solo.changes import SetBelief, SetMood, SetTrait
from simulator.studies.solo.lived import Place, Source
from simulator.studies.solo.setting import Setting
from simulator.studies.solo.steps import Changed, Shown

PULLS = {
    "boredom": "",
    "novelty": "novelty_seeking",
    "conformity": "conformity",
    "pickiness": "pickiness",
    "price": "price_sensitivity",
    "reviews": "trust_in_reviews",
    "popularity": "trust_in_popularity",
    "headline": "headline_susceptibility",
    "seen before": "",
}
SAID = {
    "taste": r"it (?:does not go|goes) with|it is (?:not )?(?:my kind|the sort)|it just|it is rather obscure|"
    r"it is something that most|it is what I|I wanted it less|it was (?:more|less) to my taste",
    "boredom": r"I had (?:already looked at .* like it|enough of that kind)",
    "seen before": r"I had seen it",
    "novelty": r"it was (?:something different|familiar ground|too much of what|too far from|just what|not what)",
    "pickiness": r"I am (?:picky|easily pleased)",
    "price": r"its price|.* (?:for it, where|good price|high price)|it was (?:cheaper|dearer)",
    "reviews": r"its reviews|what its reviews|good reviews|I mind poor reviews",
    "popularity": r".*(?:many|few|people) have reviewed it",
    "headline": r"its headline|a catchy headline|I mind a dull headline",
    "conformity": r".*(?:popular|go for it)",
}
"""How each term of a decision is told."""
FIRST = re.compile(
    r"(?:(?:”|and passed): (?!the chance|it was not much)|because |little was that |against it was that )(.*)"
)


def drawn(seed: int) -> ToldLife:
    """Somebody with traits, wants and pages that nobody thought of."""
    luck = np.random.default_rng(seed)
    wants = dict(enumerate(luck.normal(-1.5, 1.5, len(CATALOG))))
    turns = []
    for turn in range(3):
        places = [_place(luck, int(item), wants[int(item)]) for item in luck.permutation(len(CATALOG))[:6]]
        turns.append(page(places, turn=turn, page=turn))
    families = {item: _families(luck) for item in wants}
    return ToldLife(
        turns=tuple(turns),
        traits={name: float(luck.normal()) for name in PULLS.values() if name},
        accounts={item: account(item, want, families=families[item]) for item, want in wants.items()},
        user_id=f"u{seed}",
    )


def _families(luck: np.random.Generator) -> dict[str, float]:
    return dict(zip(("linear", "factor", "neighbour", "content", "popularity"), luck.normal(0, 1, 5), strict=True))


def _place(luck: np.random.Generator, item: int, want: float) -> Place:
    pulls = {name: float(luck.normal(0, luck.choice([0.05, 0.6]))) for name in PULLS}
    pulls |= {"boredom": -abs(pulls["boredom"]), "seen before": -abs(pulls["seen before"])}
    if (seen := luck.random()) < 0.2:
        return unseen(item, noticed=False)
    chance = float(1 / (1 + math.exp(-(want + 1.1 + sum(pulls.values())))))
    clicked = bool(luck.random() < 0.4) and seen > 0.35
    return replace(
        place(item, want=want, chance=chance, clicked=clicked, dwell_s=30.0 * clicked),
        pulls=pulls,
        liked=clicked,
        examined=seen > 0.35,
    )


def terms_of(life: ToldLife, turn: int, one: Place) -> dict[str, float]:
    """How far each term moved a decision from what is usual, by hand."""
    met = [p for lived in life.turns[: turn + 1] for p in lived.places if p.noticed and not math.isnan(p.want)]
    usual = {name: median(p.pulls[name] for p in met) if len(met) >= 3 else 0.0 for name in PULLS}
    usual |= {"boredom": 0.0, "pickiness": 0.0, "seen before": 0.0}
    about = median(p.want for p in met) if len(met) >= 3 else -2.0
    return {"taste": one.want - about, **{name: value - usual[name] for name, value in one.pulls.items()}}


def first_told(life: ToldLife, turn: int, at: int) -> tuple[str, str]:
    """The first reason that is named for what was done with a thing, and the whole answer."""
    did = "click" if life.turns[turn].places[at].clicked else "skip"
    (said,) = NumbersInterview(life).ask(f"why did you {did} number {at + 1} on page {turn + 1}?")
    found = FIRST.search(said)
    return ("" if found is None else re.sub(r"^“[^”]*”", "", found[1])), said


def examined(life: ToldLife) -> Iterator[tuple[int, int, Place]]:
    for turn, lived in enumerate(life.turns):
        yield from ((turn, at, one) for at, one in enumerate(lived.places) if one.examined)


def test_the_reason_that_is_named_first_is_the_largest_term_that_is_reckoned_by_hand() -> None:
    checked = 0
    for seed in range(30):
        life = drawn(seed)
        for turn, at, one in examined(life):
            terms = terms_of(life, turn, one)
            most = max(terms, key=lambda name: abs(terms[name]))
            sign = 1 if one.clicked else -1
            ways = {
                name: sign * value
                for name, value in terms.items()
                if sign * value >= 0.1 and (name != "pickiness" or name == most)
            }
            told, said = first_told(life, turn, at)
            if not ways:
                assert not told, said
                continue
            largest = max(ways, key=lambda name: ways[name])
            assert re.match(SAID[largest], told), (largest, terms, said)
            checked += 1
    assert checked >= 150


def test_what_was_not_noticed_and_nothing_else_is_said_not_to_have_been_seen() -> None:
    for seed in range(5):
        life = drawn(seed)
        for turn, lived in enumerate(life.turns):
            for at, one in enumerate(lived.places):
                (said,) = NumbersInterview(life).ask(f"did you see number {at + 1} on page {turn + 1}?")
                assert ("did not notice" in said) is (not one.noticed), (said, one)
                assert said.startswith("Yes") is one.examined, (said, one)
                (why,) = NumbersInterview(life).ask(f"why did you not click number {at + 1} on page {turn + 1}?")
                assert ("did not even notice" in why or "never got to" in why) is (not one.noticed), (why, one)
                assert ("not judged by what it is" in why) is (not one.examined), (why, one)


def test_the_counts_that_are_told_are_those_that_were_lived() -> None:
    for seed in range(20):
        life = drawn(seed)
        for where, places in (
            ("", [one for lived in life.turns for one in lived.places]),
            (" on page 2", list(life.turns[1].places)),
            (" on this page", list(life.turns[2].places)),
        ):
            looked, clicked = sum(p.examined for p in places), sum(p.clicked for p in places)
            asked = {
                "how many did you click": f"I chose {clicked} of the {looked} that I looked at",
                "how many did you look at": f"Of {len(places)} .* I noticed {sum(p.noticed for p in places)}, and "
                f"looked closer at {looked}",
                "how many did you skip": f"I looked at {looked} .* and passed over {looked - clicked} of them",
            }
            for question, says in asked.items():
                (said,) = NumbersInterview(life).ask(f"{question}{where}?")
                assert re.search(says, said), (question, where, said)


def test_what_is_said_against_several_holds_for_each_of_them() -> None:
    found = 0
    for seed in range(40):
        life = drawn(seed)
        (said,) = NumbersInterview(life).ask("why did you not click any of these?")
        for number, words in re.findall(r"What spoke against (\d+) of the \d+ that I looked at: ([^.]*)", said):
            passed = [one for one in life.turns[-1].places if one.examined and not one.clicked]
            told = [[reason.words for reason in reasons(life, one, before=2) if reason.logits < 0] for one in passed]
            for own in {own for some in told for own in some if own in words}:
                assert 1 < int(number) == sum(own in some for some in told), (said, told)
            found += 1
    assert found >= 10


@pytest.mark.parametrize("seed", range(8))
def test_the_page_is_said_to_lift_or_lower_the_mood_only_where_it_was_better_or_worse_than_usual(seed: int) -> None:
    luck = np.random.default_rng(seed)
    for _ in range(20):
        before, worth = luck.uniform(-1, 1, 2)
        mood = 0.5 * before + 0.5 * worth  # a page that is as good as usual is worth 0
        last = page([place(0)], before=replace(CALM, mood=before), after=replace(CALM, mood=mood))
        (said,) = NumbersInterview(ToldLife(turns=(last,), now=replace(CALM, mood=mood))).ask("how do you feel?")
        assert "there was more on it for me than" not in said or worth > 0, (before, worth, said)
        assert "there was less on it for me than" not in said or worth < 0, (before, worth, said)


def test_a_mood_that_was_set_by_hand_is_not_put_down_to_the_page() -> None:
    last = page([place(0)], after=replace(CALM, mood=0.4))
    steps = (Shown(items=(0,), source=last.source, layout="list"), Changed(change=SetMood(-0.9)))
    life = ToldLife(turns=(last,), now=replace(CALM, mood=-0.9))
    assert "The last page lifted it" in "".join(NumbersInterview(life).ask("how do you feel?"))
    assert "The last page" not in "".join(NumbersInterview(replace(life, steps=steps)).ask("how do you feel?"))


def one_page(one: Place, *others: Place, **given: Any) -> ToldLife:
    return ToldLife(turns=(page([one, *others]),), **given)


def test_a_cue_that_is_good_but_less_so_than_usual_is_not_called_bad() -> None:
    others = [place(nth, pulls={"reviews": 0.8}) for nth in range(1, 5)]
    life = one_page(place(0, pulls={"reviews": 0.2}), *others, traits={"trust_in_reviews": 1.0})
    said = "".join(NumbersInterview(life).ask("why did you skip the first one?"))
    assert "its reviews are not as good as those of most of what I saw" in said and "not so good" not in said
    less = replace(life, traits={"trust_in_reviews": -1.0})
    assert "spoke less for it than for most of what I saw" in "".join(NumbersInterview(less).ask("why not the first?"))


def test_a_habit_is_not_blamed_for_what_was_changed_since(met_setting: Setting) -> None:
    persona = next(p for n in range(len(met_setting.everyone)) if (p := met_setting.everyone.persona(n)) and p.routines)
    life = one_page(place(0, want=-4.0), persona=persona, accounts={0: account(0, -2.0)})
    assert "at that hour" in "".join(NumbersInterview(life).ask("why did you skip the first one?"))
    source = life.turns[0].source
    steps = (Shown(items=(0,), source=source, layout="list"), Changed(change=SetBelief("Crime", True)))
    said = "".join(NumbersInterview(replace(life, steps=steps)).ask("why did you skip the first one?"))
    assert "I have changed since" in said and "hour" not in said


def test_what_was_judged_once_is_not_said_to_have_been_missed_where_it_was_shown_again() -> None:
    first = page([place(0, pulls={"boredom": -0.9}), place(1)])
    again = page([place(2), unseen(0, noticed=False)], turn=1, page=1)
    interview = NumbersInterview(ToldLife(turns=(first, again)))
    assert "enough of that kind" in "".join(interview.ask("why did you skip Heat?"))
    assert "Yes, I looked at “Heat”" in "".join(interview.ask("did you notice Heat?"))
    for question in ("why did you skip the second one?", "why did you skip Heat on page 2?"):
        said = "".join(interview.ask(question))
        assert "“Heat”" in said and "not judged by what it is" in said, said


CUES = {"reviews": ("reviews",), "headline": ("headline",), "popularity": ("conformity", "popularity")}
"""The pulls that a question about a cue is answered by."""


def test_a_cause_that_is_taken_away_moves_the_chance_as_was_said(met_setting: Setting) -> None:
    """Lived again without the traits that a cue acts through, the page is chosen from with the chance that was told."""
    life = met_setting.life(str(met_setting.everyone.user_ids[2]))
    for pulls in CUES.values():
        for name in pulls:
            life.change(SetTrait(PULLS[name], 1.7))
    items = [one.item for one in life.recommend("popular")]
    for cue, pulls in CUES.items():
        lived = life.show(items, Source(kind="recommender"))
        at, one = max(
            ((at, one) for at, one in enumerate(lived.places) if one.noticed),
            key=lambda pair: abs(sum(pair[1].pulls[name] for name in pulls)),
        )
        interview = NumbersInterview(life)
        (said,) = interview.ask(f"did the {cue} matter for number {at + 1}?")
        (told,) = re.findall(r"without it (\d\.\d+)", " ".join(interview.last.grounds))
        life.back(1)
        for name in pulls:
            life.change(SetTrait(PULLS[name], 0.0))
        flipped = life.show(items, Source(kind="recommender")).places[at]
        assert float(told) == pytest.approx(flipped.chance, abs=6e-4) and flipped.want == one.want
        assert ("spoke for" in said) is (flipped.chance < one.chance), (said, one, flipped)
        life.relive(life.steps[: -1 - len(pulls)])
    life.close()
