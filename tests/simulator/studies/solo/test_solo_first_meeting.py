"""Who is met where nobody is named."""

from __future__ import annotations

import pytest

from personas.files import library
from simulator.records import UserInputError
from simulator.studies.solo.first_meeting import somebody
from simulator.studies.solo.life import Life
from simulator.studies.solo.lived import Source
from simulator.studies.solo.people import by_lot, sit_down
from simulator.studies.solo.setting import Setting


def test_somebody_is_met_whose_first_page_leads_to_a_choice_and_it_is_said_how(setting: Setting) -> None:
    met = somebody(setting, "popular")
    life = sit_down(setting, met)
    page = life.show([one.item for one in life.recommend("popular")], Source(kind="recommender", name="popular"))
    life.close()
    assert page.clicked and "by lot" in met.notices[-1] and met.persona is not None
    assert somebody(setting, "popular").persona == met.persona
    other = somebody(setting, "popular", met={met.persona.id})
    assert other.persona is not None and other.persona.id != met.persona.id


def test_the_lot_begins_with_people_whom_it_is_easy_to_meet_and_holds_all(setting: Setting) -> None:
    lots = by_lot(setting)
    first = lots[0].persona
    assert first is not None and first.backstory and not first.is_minor
    assert sorted(one.persona.id for one in lots if one.persona) == sorted(library().by_id)


def test_a_recommender_that_fails_keeps_nobody_from_being_met(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fails(life: Life, name: str) -> None:
        asked.append(name)
        raise UserInputError("it broke")

    monkeypatch.setattr(Life, "recommend", fails)
    assert somebody(setting, "broken").label == by_lot(setting)[0].label and len(asked) == 1
