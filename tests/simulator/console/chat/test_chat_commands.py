"""Every command of a session, by what it does to a real life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.console.chat.commands import COMMANDS
from simulator.console.chat.completion import complete, hint
from simulator.console.chat.events import (
    Answered,
    Asked,
    Event,
    Greeting,
    Listed,
    Mistake,
    Over,
    PageLived,
    Piece,
    Refresh,
    Table,
    Told,
)
from simulator.console.chat.session import Session
from simulator.console.chat.words import ending, gap

Do = Callable[[str], list[Event]]


def mistake_in(events: list[Event]) -> str:
    (only,) = (event.text for event in events if isinstance(event, Mistake))
    return only


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_every_command_works(name: str, session: Session, do: Do) -> None:
    prepared = {
        "show": "/search a",
        "set": "/search a",
        "back": "/next 2",
        "branch": "/back",
        "undo": "/next",
        "why": "How do you feel?",
        "replay": "/save journal session.json",
    }
    assert not of(Mistake, do(prepared.get(name, "/page")))
    if name == "redo":
        do("/next")
        do("/undo")
    assert not of(Mistake, do(COMMANDS[name].example)), COMMANDS[name].example


def test_help_tells_every_command_and_one_alone_with_an_example(do: Do) -> None:
    told = {row[0] for table in of(Table, do("?")) for row in table.rows}
    assert {command.usage for command in COMMANDS.values()} <= told
    (alone,) = of(Table, do("/help show"))
    assert ("for example", COMMANDS["show"].example) in alone.rows and len(alone.rows) == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/shwo 1", "Did you mean /show?"),
        ("/zzz", "? lists them"),
        ("/b", "Did you mean /believe or /back or /branch?"),
        ("/show 99", "no number 99"),
        ("/show 1", "Take another item"),
        ("/show the", "items are meant"),
        ("/show Qwertyuiop of Asdf", "/search WORDS"),
        ("/search", "needs words"),
        ("/search qqqqqqqq", "nothing is found"),
        ("/recommend alz", "als"),
        ("/recommend als popular", "one recommender at a time"),
        ("/next 0", "from 1 to"),
        ("/next many", "not “many”"),
        ("/layout gird", "grid"),
        ("/layout", "list, grid, carousel, feed"),
        ("/set 1", "a field (price"),
        ("/set 1 pric 3", "Did you mean price?"),
        ("/set 1 price", "is missing"),
        ("/set 1 price cheap", "“cheap” is not a number"),
        ("/set 1 price -3", "outside"),
        ("/set 1-2 price 3", "one item at a time"),
        ("/trait patiense 1", "patience"),
        ("/trait patience", "needs a value"),
        ("/trait patience much", "“much” is not a number"),
        ("/trait patience 9", "outside"),
        ("/mood", "a number is missing"),
        ("/mood nan", "“nan” is not a number"),
        ("/mood 2", "outside"),
        ("/tired 1", "outside"),
        ("/believe horror", "begin with likes or dislikes"),
        ("/believe likes", "name a category"),
        ("/back 2", "from 1 to 1"),
        ("/branch", "There are main"),
        ("/branch main", "is the present branch"),
        ("/branch two words", "one word"),
        ("/undo", "nothing to take back"),
        ("/redo", "nothing was taken back"),
        ("/page 7", "from 1 to 1"),
        ("/memories 0", "from 1 to"),
        ("/save", "journal, scenario, persona"),
        ("/save persna x", "Did you mean persona?"),
        ("/save persona", "and a path"),
        ("/replay", "needs the file"),
        ("/replay nowhere.json", "no such file"),
        ("/new zzzzzz", "nobody is called so"),
        ("/who zzzzzz", "nobody of the library"),
        ("/help zzz", "there is no command /zzz"),
        ("77", "no number 77"),
    ],
)
def test_a_mistake_is_one_line_with_the_cure_and_changes_nothing(line: str, says: str, steady: Session) -> None:
    here, screen = steady.moment, steady.on_screen()
    told = mistake_in(list(steady.run(line)))
    assert says in told and "\n" not in told and len(told) < 500
    assert steady.moment == here and steady.on_screen() == screen and not steady.over and not steady.done


def test_the_greeting_shows_a_lived_page_and_questions_that_are_understood(meet: Callable[..., Session]) -> None:
    session = meet()
    events = list(session.begin())
    (page,), (greeting,) = of(PageLived, events), of(Greeting, events)
    assert page.lived is session.life.turns[0] and "Ngozi Okafor" in greeting.introduction
    assert len(greeting.questions) == 3
    for letter, question in zip("abc", greeting.questions, strict=True):
        events = list(session.run(letter))
        assert of(Asked, events)[0].question == question
        (answered,) = of(Answered, events)
        assert answered.answer.understood and "".join(piece.text for piece in of(Piece, events)) == answered.answer.text


def test_a_number_asks_about_that_item_of_the_page_and_of_a_list(session: Session, do: Do) -> None:
    page = session.life.turns[-1]
    for number, place in enumerate(page.places[:3], start=1):
        asked = of(Asked, do(f"{number}"))[0].question
        assert place.title in asked and ("choose" in asked) == place.clicked
    do("/search a")
    (asked,) = of(Asked, do("2"))
    assert session.title(session.on_screen()[1]) in asked.question and "Would you" in asked.question


def test_why_tells_the_facts_of_the_last_answer(session: Session, do: Do) -> None:
    assert "nothing has been asked yet" in mistake_in(do("/why"))
    do("1")
    (table,) = of(Table, do("/why"))
    assert [row[1] for row in table.rows if row[0] == "fact"] == list(session.interview.last.grounds)


def test_items_are_picked_by_number_range_title_and_quotes(session: Session, do: Do) -> None:
    (listed,) = of(Listed, do("/list popular"))
    candidates = listed.listing.candidates
    assert len(session.life.turns) == 1, "a list is seen by nobody"
    (page,) = of(PageLived, do("/show 3 5-4"))
    assert [place.item for place in page.lived.places] == [candidates[2].item, candidates[4].item, candidates[3].item]
    assert page.lived.source.kind == "hand"
    titles = [candidates[0].title, candidates[5].title]
    (page,) = of(PageLived, do('/show "{}" "{}"'.format(*titles)))
    assert [place.title for place in page.lived.places] == titles
    (page,) = of(PageLived, do(f"/show {candidates[6].title.upper()}"))
    assert [place.title for place in page.lived.places] == [candidates[6].title]


def test_a_list_is_shown_as_it_is_and_without_one_the_next_page_is(session: Session, do: Do) -> None:
    do("/search a")
    wanted = session.on_screen()[: session.life.slate_size]
    (page,) = of(PageLived, do("/show"))
    assert tuple(place.item for place in page.lived.places) == wanted
    assert (page.lived.source.kind, page.lived.source.name) == ("search", "a")
    (page,) = of(PageLived, do("/show"))
    assert page.lived.source.kind == "recommender"


def test_a_recommender_that_was_named_stays_the_present_one(session: Session, do: Do) -> None:
    for line in ("/recommend als", "/next"):
        (page,) = of(PageLived, do(line))
        assert page.lived.source.name == "als"


def test_what_is_changed_shows_in_the_person_and_on_the_platform(session: Session, do: Do) -> None:
    do("/search a")
    item = session.on_screen()[1]
    for line in ("/set 2 price 3,50", "/set 2 headline Nobody saw it coming", "/set 2 reviews 1200"):
        assert of(Told, do(line)), line
    found = session.life.catalog[item]
    assert (found.price, found.headline, found.review_count) == (3.5, "Nobody saw it coming", 1200)
    do("/trait patience = 1.5")
    refreshed = of(Refresh, do("/mood -.5"))[-1].portrait
    assert refreshed.traits["patience"] == pytest.approx(1.5)
    assert refreshed.first_traits["patience"] == pytest.approx(session.meeting.traits["patience"])
    assert refreshed.now.mood == pytest.approx(-0.5)
    do("/tired .8")
    assert session.life.now.fatigue == pytest.approx(0.8)
    do("/layout grid")
    (page,) = of(PageLived, do("/next"))
    assert page.lived.layout == "grid"
    assert "Drama" in session.life.persona.tastes.genres.liked
    do("/believe dislikes drama")
    assert "drama" in [name.casefold() for name in session.life.persona.tastes.genres.disliked]


def test_undo_takes_back_any_step_and_redo_brings_the_same_page(session: Session, do: Do) -> None:
    steps = [session.life.steps]
    for line in ("/trait patience 1", "/next", "/back", "/branch main"):
        do(line)
        steps.append(session.life.steps)
    lived = session.life.turns
    for want in reversed(steps[:-1]):
        do("/undo")
        assert session.life.steps == want
    assert session.branch == "main" and not session.branches
    for want in steps[1:]:
        do("/redo")
        assert session.life.steps == want
    assert session.life.turns == lived


def test_back_keeps_what_came_after_as_a_branch_that_is_compared_and_returned_to(session: Session, do: Do) -> None:
    do("/next 2")
    there = session.life.turns
    do("/back 1")
    assert session.life.turns == there[: len(session.life.turns)] and session.branch == "if-1"
    do("/layout feed")
    do("/next")
    (table,) = of(Table, do("/branches"))
    rows = {row[-1]: row for row in table.rows}
    assert set(rows) == {"if-1: the present one", f"main: parts after page {len(there) - 1}"}
    assert {row[0] for row in table.rows} == {f"{len(there)}"}
    do("/branch main")
    assert session.life.turns == there
    do("/branch other")
    assert session.branch == "other" and set(session.branches) == {"if-1", "main"}


def test_history_and_earlier_pages_are_looked_at_without_living(session: Session, do: Do) -> None:
    do("/mood 0.2")
    do("/next")
    (table,) = of(Table, do("/history"))
    assert [row[0] for row in table.rows] == ["1", "", "2"] and "mood" in table.rows[1][-1]
    (page,) = of(PageLived, do("/page 1"))
    assert page.lived is session.life.turns[0] and not page.new and len(session.life.turns) == 2
    assert session.on_screen() == tuple(place.item for place in session.life.turns[0].places)


def test_person_and_memories_tell_what_the_life_holds(session: Session, do: Do) -> None:
    (table,) = of(Table, do("/person"))
    rows = dict(table.rows)
    assert rows["mood"].startswith(f"{session.life.now.mood:+.2f}") and "patience" in rows
    (table,) = of(Table, do("/memories 3"))
    assert [row[1] for row in table.rows] == [text for text, _ in session.life.strongest_memories(3)]


def test_a_saved_session_is_lived_again_page_for_page_with_its_branches(
    session: Session, do: Do, tmp_path: Path
) -> None:
    do("/mood 0.4")
    do("/next 2")
    do("/back")
    do("/recommend als")
    turns = session.life.turns
    kept = session.kept
    assert kept is not None and kept.is_file()
    assert not of(Mistake, do(f"/save journal {tmp_path / 'run'}"))
    for file in (tmp_path / "run", kept):
        do("/new bored-millionaire")
        assert session.life.name != "Ngozi Okafor" and session.branch == "main" and not session.branches
        events = do(f"/replay {file}")
        assert any("lived again" in each.text for each in of(Told, events)), events
        assert [[(p.item, p.clicked) for p in t.places] for t in session.life.turns] == [
            [(p.item, p.clicked) for p in t.places] for t in turns
        ]
        assert session.branch == "if-1" and set(session.branches) == {"main"}


def test_a_person_and_a_scenario_are_saved_and_nothing_is_overwritten(session: Session, do: Do, tmp_path: Path) -> None:
    do("/trait patience 1.5")
    assert of(Told, do(f'/save persona "{tmp_path / "them.yaml"}"'))
    assert "already" in mistake_in(do(f"/save persona {tmp_path / 'them.yaml'}"))
    assert of(Told, do(f"/save scenario {tmp_path / 'it.yaml'}"))
    do(f"/new {tmp_path / 'them.yaml'}")
    assert session.life.name == "Ngozi Okafor" and session.life.traits["patience"] == pytest.approx(1.5, abs=0.01)


def test_somebody_new_is_told_in_a_sentence_and_undo_returns_to_the_one_before(session: Session, do: Do) -> None:
    before = session.meeting
    events = do("/new a tired teacher of 50 who loves horror")
    assert any("nderstood" in each.text for each in of(Told, events))
    assert session.meeting is not before and session.life.turns
    do("/undo")
    assert session.meeting is before


def test_lines_are_completed_from_the_table_the_catalogue_and_the_recommenders(session: Session, do: Do) -> None:
    assert complete(session, "/reco") == ["/recommend "] and complete(session, "why") == []
    assert "/recommend als" in complete(session, "/recommend a")
    title = session.title(session.on_screen()[0])
    assert f"/show {title}" in complete(session, f"/show {title[:-2].lower()}")
    assert complete(session, f'/show "Nowhere" "{title[:-2]}')[0] == f'/show "Nowhere" "{title}"'
    assert complete(session, "/layout g") == ["/layout grid"]
    assert complete(session, "/set 2 p") == ["/set 2 price"]
    assert complete(session, "/trait pat") == ["/trait patience "]
    assert complete(session, "/believe likes horr")[0] == "/believe likes Horror"
    assert complete(session, "/new night") == ["/new night-shift-nurse"]
    session.listing = None
    assert complete(session, "/show ")[:2] == ["/show 1", "/show 2"]
    assert complete(session, "/show 2 ")[:2] == ["/show 2 1", "/show 2 3"]
    assert hint("/show 2 1", session) == f"2 {session.title(session.on_screen()[1])}; 1 {title}"
    assert "numbers, ranges" in hint("/show 2 99", session)
    assert hint("/tired 0.") == f"{COMMANDS['tired'].usage}: {COMMANDS['tired'].help}"


def test_quit_ends_the_session(session: Session, do: Do) -> None:
    assert of(Over, do("/quit")) and session.over


def test_a_very_long_question_is_cut_and_said_to_be(do: Do) -> None:
    events = do("ש" * 10_000)
    assert "4,000 of 10,000" in of(Told, events)[0].text and of(Answered, events) and not of(Asked, events)


def test_the_manual_tells_every_command_as_the_table_does() -> None:
    manual = (Path(__file__).parents[4] / "docs" / "chat.md").read_text(encoding="utf-8")
    for command in COMMANDS.values():
        usage = command.usage.replace("|", "\\|")
        assert f"| `{usage}` | {command.help} |" in manual, command.usage


def test_a_disk_that_fills_up_is_told_once_and_the_session_goes_on(
    session: Session, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.kept is not None and session.meeting.autosave is not None
    monkeypatch.setattr(session.meeting.autosave, "_file", open("/dev/full", "wb", buffering=0))  # noqa: SIM115
    assert "No space left on device. /save keeps it elsewhere" in mistake_in(do("/next"))
    assert not of(Mistake, do("/next")) and len(session.life.turns) == 3 and session.kept is None


def test_somebody_new_is_met_each_time_who_has_chosen_something(session: Session, do: Do) -> None:
    met = [session.life.user_id]
    for _ in range(2):
        do("/new")
        met.append(session.life.user_id)
        assert session.life.turns[0].clicked and any("by lot" in each for each in session.meeting.told)
    assert len(set(met)) == 3


def test_why_somebody_left_is_told_as_strongly_as_it_was(session: Session) -> None:
    gone = {"left": True, "leave_reason": "tired", "action": "leave", "argument": None}
    left = replace(session.life.turns[-1], drives={"tired": 0.24}, **gone)
    assert ending(left).startswith("leaves (the visit was simply over; tiredness was the strongest of weak reasons)")
    assert ending(replace(left, drives={"tired": 1.2})).startswith("leaves (too tired to go on)")
    assert ending(replace(left, drives={"tired": 0.0})).startswith("leaves (the visit was simply over)")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("next", "begin with a slash: /next"),
        ("show 1 2", "begin with a slash: /show 1 2"),
        ("Recommend als", "begin with a slash: /recommend als"),
        ("/undo 2", "/undo stands alone"),
        ("/why did you skip 2?", "A question is written without a slash"),
        ("/set 1 reviews 12.5", "not a whole number"),
    ],
)
def test_what_cannot_be_meant_as_it_is_written_is_told_with_the_cure(line: str, says: str, steady: Session) -> None:
    here = steady.moment
    assert says in mistake_in(list(steady.run(line))) and steady.moment == here


@pytest.mark.parametrize("line", ["why?", "who are you", "tired?", "show me something with horror in it"])
def test_words_that_begin_like_a_command_are_asked_all_the_same(line: str, steady: Session) -> None:
    assert of(Answered, list(steady.run(line)))


def test_who_knows_no_slash_yet_is_told_of_it_and_can_always_leave(do: Do) -> None:
    for line, name in (("recommend something for my cat", "recommend"), ("show me horror", "show")):
        assert COMMANDS[name].example in of(Told, do(line))[-1].text
    assert not of(Told, do("qwertz uiop"))
    assert len(of(Table, do("help"))) > 3
    assert of(Over, do("exit"))


def test_only_the_branch_one_is_on_is_called_so_and_a_copy_the_same(session: Session, do: Do) -> None:
    do("/branch other")
    (table,) = of(Table, do("/branches"))
    assert [row[-1] for row in table.rows] == ["other: the present one", "main: the same pages"]


def test_one_hour_is_an_hour() -> None:
    assert [gap(seconds) for seconds in (3600, 7200, 48 * 3600)] == ["1 hour", "2 hours", "2.0 days"]


def test_what_was_understood_of_a_sentence_is_one_line(do: Do) -> None:
    told = [each.text for each in of(Told, do("/new a tired teacher of 50 who loves horror"))]
    assert sum("nderstood" in each for each in told) == 1
