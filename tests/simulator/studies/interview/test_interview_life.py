"""A life that was really lived is asked everything: reasons are its largest terms, acts are those of its pages."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median

import pytest

from simulator.studies.interview.numbers import NumbersInterview
from simulator.studies.interview.opening import open_interview
from simulator.studies.interview.reasons import OWN_ZERO, reasons
from simulator.studies.interview.titles import shown
from simulator.studies.solo.life import Life
from simulator.studies.solo.lived import Place
from simulator.studies.solo.setting import Setting

FILES = [
    Path(__file__).with_name(name)
    for name in ("paraphrases.tsv", "unrehearsed.tsv", "more.tsv", "later.tsv", "latest.tsv")
]
QUESTIONS = [line.partition("\t")[0] for path in FILES for line in path.read_text("utf-8").splitlines()]


def ask(life: Life, question: str) -> str:
    return "".join(open_interview(life).ask(question))


def test_the_named_reason_is_the_largest_term_that_there_is(met: Life) -> None:
    checked = 0
    for nth, lived in enumerate(met.turns):
        noticed = [p for one in met.turns[: nth + 1] for p in one.places if p.noticed and not math.isnan(p.want)]
        for place in lived.places:
            if not place.examined:
                continue
            found = reasons(met, place, before=nth)
            terms = {"taste": place.want - median(one.want for one in noticed)}
            for name, value in place.pulls.items():
                usual = 0.0 if name in OWN_ZERO else median(one.pulls[name] for one in noticed if name in one.pulls)
                terms[name] = value - usual
            largest = max(terms, key=lambda name: abs(terms[name]))
            if abs(terms[largest]) >= 0.1 and found:
                assert found[0].kind == largest and found[0].logits == pytest.approx(terms[largest], abs=1e-6)
                checked += 1
    assert checked >= 5


def test_past_choices_that_are_named_were_chosen_and_would_be_known_if_asked(met: Life) -> None:
    chosen, checked = set(met.chosen_before), 0
    assert set(met.history) <= chosen
    for place in met.turns[-1].places:
        for item, _ in met.account(place.item).taste.because:
            assert item in chosen
            title = shown(met.catalog[item])
            assert "Yes" in ask(met, f"have you seen “{title}”?"), title
            checked += 1
    assert checked


def test_what_is_told_of_each_thing_is_what_happened(met: Life) -> None:
    interview = NumbersInterview(met)
    number = len(met.turns)
    for position, place in enumerate(met.turns[-1].places, 1):
        said = "".join(interview.ask(f"did you notice number {position} on page {number}?"))
        assert said.startswith("Yes") == place.examined, (said, place)
        why = "".join(interview.ask(f"why did you skip number {position} on page {number}?"))
        assert ("But I did choose" in why) == place.clicked
        assert ("did not look closer" in why or "did not even notice" in why or "never got to" in why) == (
            not place.examined and not place.clicked
        )


def test_counts_are_those_of_the_pages(met: Life) -> None:
    places: list[Place] = [place for lived in met.turns for place in lived.places]
    clicked, looked = sum(p.clicked for p in places), sum(p.examined for p in places)
    assert f"I chose {clicked} of the {looked} that I looked at so far; {len(places)} were shown" in ask(
        met, "how many did you click?"
    )
    for place in [place for place in places if place.clicked][-5:]:
        assert f"“{place.title[:20]}" in ask(met, "what did you click?")


def test_the_reason_for_leaving_is_the_one_in_the_journal(met: Life) -> None:
    gone = [lived for lived in met.turns if lived.left]
    assert gone
    told = open_interview(met)
    said = "".join(told.ask("why did you leave?"))
    assert f"reason in the journal: {gone[-1].leave_reason}" in told.last.grounds
    assert "I left because" in said


def test_every_question_gets_an_answer_that_is_whole_and_changes_nothing(met: Life) -> None:
    before = (met.turns, met.now, met.steps)
    interview = NumbersInterview(met)
    for question in QUESTIONS[::5]:
        (said,) = interview.ask(question)
        assert said.strip() and "nan" not in said.split() and "None" not in said, (question, said)
        assert said == interview.last.text and said[-1] in ".!?)”…", (question, said)
    assert (met.turns, met.now, met.steps) == before


def test_somebody_who_has_just_sat_down_can_be_asked_everything(met_setting: Setting) -> None:
    life = met_setting.life(str(met_setting.everyone.user_ids[-1]))
    interview = NumbersInterview(life)
    for question in QUESTIONS[1::5]:
        (said,) = interview.ask(question)
        assert said.strip() and "nan" not in said.split(), (question, said)
    assert life.persona is not None and life.persona.name in "".join(interview.ask("who are you?"))
    assert "pages lived: 0" in (list(interview.ask("why did you skip the second one?")), interview.last.grounds)[1]
    life.close()
