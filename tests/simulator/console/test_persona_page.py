"""The page about one person, the list of people, and what differs between two, as a terminal shows them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from personas.differences import differences
from personas.schema import Persona
from simulator.console.bars import ASCII, BLOCKS, bar, columns, marks
from simulator.console.persona_page import print_persona
from simulator.console.persona_tables import list_entry, print_differences, print_list
from simulator.console.persona_traits import drawn, telling
from simulator.console.persona_words import chance

HOSTILE = "[red]x[/red]\x1b[31m\u202eyx\x00\x9b1m"


class Ascii(io.StringIO):
    encoding = "ascii"


def persona(**fields: Any) -> Persona:
    return Persona.model_validate({"id": "ada", **fields})


def whole() -> Persona:
    return persona(
        identity={"name": "Ada Ro", "age": 41, "occupation": "baker", "place": "Turin"},
        personality={"openness": 0.95, "neuroticism": 0.52},
        behaviour={"activity": 0.5, "pickiness": 0.9, "patience": 0.1, "conformity": 0.5},
        ratings={"mean": 3.0, "spread": 1.2, "shares": [0.1, 0.2, 0.4, 0.2, 0.1]},
        tastes={"genres": {"liked": ["Drama", "Comedy"], "disliked": ["Horror"]}},
        routines=[
            {
                "when": "after the last oven",
                "context": {"days": "weekday", "hours": [22, 4], "energy": "tired", "mood": "low"},
                "then": "looks for something short.",
                "action": {"look_for": ["Comedy"], "leave": True},
                "probability": 0.7,
            }
        ],
        instructions=[{"text": "No horror.", "avoid": ["Horror"]}],
        goals=["sleep", "laugh once"],
        backstory="One line\nand its rest.\n\nAnother paragraph.",
        speaking_style="dry",
        vulnerabilities=["sleep_loss"],
        changes=[
            {
                "from_day": 3,
                "because": "sold the shop",
                "identity": {"occupation": "none"},
                "behaviour": {"activity": 2},
            },
            {"from_day": 20, "goals": ["find work"]},
        ],
        origins={
            "behaviour": "sampled",
            "behaviour.pickiness": {"how": "inferred", "confidence": 0.93, "evidence": "212 interactions"},
            "ratings": {"how": "inferred", "confidence": 0.5},
            "tastes.genres": "sampled",
        },
    )


def page(one: Persona, width: int = 80, out: io.StringIO | None = None, **options: Any) -> str:
    stream = out or io.StringIO()
    print_persona(one, Console(file=stream, width=width, highlight=False), **options)
    return stream.getvalue()


def line(text: str, start: str) -> str:
    return next(each for each in text.splitlines() if each.strip().startswith(start))


def test_bars_grow_from_the_middle_to_both_sides() -> None:
    assert bar(0.5, 13, BLOCKS) == "······│······"
    assert bar(1.0, 13, BLOCKS) == "······│██████"
    assert bar(0.0, 13, BLOCKS) == "██████│······"
    assert bar(0.5 + 1.5 / 12, 13, BLOCKS) == "······│█▌····"
    assert bar(0.5 - 1.5 / 12, 13, BLOCKS) == "····▐█│······"
    assert bar(0.25, 13, ASCII) == "...###|......"
    assert {len(bar(nth / 40, 13, letters)) for nth in range(41) for letters in (BLOCKS, ASCII)} == {13}


def test_marks_stand_at_their_places_and_share_one() -> None:
    assert marks([0.0, 1.0], "AB", 11, BLOCKS) == "A····│····B"
    assert marks([0.3, 0.3], "AB", 11, ASCII) == "...=.|....."
    assert marks([None, 0.5], "AB", 11, ASCII) == ".....B....."


def test_histogram_gives_the_largest_share_full_height_and_no_share_nothing() -> None:
    drawn = columns([0.0, 0.001, 0.25, 0.5, 0.249], height=4, using=BLOCKS)
    assert drawn == [" " * 15 + "███", " " * 15 + "███", " " * 10 + "███  ███  ███", "     ▁▁▁  ███  ███  ███"]
    assert columns([0.0, 0.0, 0.0, 0.0, 1.0], height=2, using=ASCII) == [" " * 20 + "###"] * 2


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "always"), (0.7, "7 in 10"), (0.35, "35 in 100"), (0.01, "1 in 100"), (0.001, "hardly ever")],
)
def test_chances_are_told_as_people_tell_them(probability: float, words: str) -> None:
    assert chance(probability) == words


def test_page_tells_who_somebody_is() -> None:
    told = page(whole())
    assert told.startswith("Ada Ro, 41  ada\nbaker · Turin\n")
    for part in (
        "  One line and its rest.",
        "  Another paragraph.",
        "speaks         Dry",
        "comes for      sleep; laugh once",
        "vulnerable to  sleep loss",
        "genres  likes     Drama, Comedy (sampled)",
        "        dislikes  Horror (sampled)",
        "After the last oven: looks for something short (7 in 10).",
        "on weekdays between 22:00 and 4:00, when tired, in a low mood → wants",
        '"No horror."\n    avoids Horror',
        "How they rate  mean 3.00, spread 1.20 · inferred, reliability 0.50",
    ):
        assert part in "\n".join(each.rstrip() for each in told.splitlines()), part


def test_stories_are_wrapped_anew_and_interviews_keep_their_lines() -> None:
    told = page(persona(backstory="She is\nold.\n\nQ: Where from?\nA: From\nfar.\nAsked “Pets?”, says “a cat”."))
    lines = [each.strip() for each in told.splitlines()]
    assert lines[2:6] == ["She is old.", "Q: Where from?", "A: From far.", "Asked “Pets?”, says “a cat”."]


def test_every_trait_has_its_bar_number_words_and_origin() -> None:
    told = page(whole())
    assert line(told, "openness").split() == [
        "openness",
        "······│█████·",
        "0.95",
        "curious",
        "and",
        "full",
        "of",
        "ideas",
    ]
    assert "███│" in line(told, "activity") and " 0.5 * " in line(told, "activity")
    assert line(told, "activity").rstrip().endswith("comes by a few times a week")
    assert "······│█████·" in line(told, "pickiness") and "0.90 ≈0.93 hard to please" in line(told, "pickiness")
    assert "gives up quickly" in line(told, "patience") and "0.10 *" in line(told, "patience")
    assert "······│······ 0.50 *     about like others" in line(told, "conformity")
    assert " † " in line(told, "novelty seeking")  # follows from openness
    assert "≈ inferred, with its reliability · * sampled · † what is expected" in told
    assert "pickiness: 212 interactions" in told


def test_traits_that_nothing_tells_of_are_named_and_not_made_up() -> None:
    bare = persona(behaviour={"patience": 0.5})
    assert "activity" in drawn(bare) and "patience" not in drawn(bare)
    told = page(bare)
    assert "Not known, drawn by lot: activity, pickiness," in told and "Personality" not in told
    assert len([each for each in told.splitlines() if "│" in each]) == 1


def test_wide_page_tells_both_ends_of_every_trait() -> None:
    told = line(page(whole(), width=120), "patience")
    assert told.index("gives up quickly") < told.index("███│") < told.index("takes their time") < told.index("0.10")


@pytest.mark.parametrize("width", [40, 60, 80, 118, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(cell_len(each) for each in page(whole(), width=width).splitlines()) <= width


def test_changes_are_a_timeline_with_what_was_before() -> None:
    told = page(whole())
    assert "day  3 ○ Sold the shop" in told
    assert "occupation: baker → none" in told and "activity: 0.5 visits a day → 2 visits a day" in told
    assert "day 20 ○ comes for: find work" in told


def test_page_as_of_a_day_shows_the_person_then_and_marks_what_has_happened() -> None:
    told = page(whole(), day=3)
    assert told.startswith("Ada Ro, 41  ada\nnone · Turin\nAs of day 3.")
    assert "day  3 ● Sold the shop" in told and "day 20 ○" in told
    assert " 2 * " in line(told, "activity")
    assert "occupation: baker → none" in told


def test_type_fills_the_big_five_and_never_comes_without_its_caveat() -> None:
    told = page(persona(personality={"mbti": "ENFP", "openness": 0.9}))
    assert "MBTI" not in line(told, "openness") and "MBTI" in line(told, "extraversion")
    assert "MBTI ENFP. An MBTI type is a coarse guess" in told and "MBTI what the type stands for" in " ".join(
        told.split()
    )


def test_terminal_without_blocks_gets_ascii() -> None:
    told = page(whole(), out=Ascii())
    assert told.isascii() and "....|####" in told and "baker - Turin" in told and "->" in told and "~0.93" in told
    assert "###" in told


def test_page_is_told_without_colour() -> None:
    assert "\x1b" not in page(whole())
    stream = io.StringIO()
    print_persona(whole(), Console(file=stream, width=80, force_terminal=True, no_color=True, highlight=False))
    assert "\x1b[36m" not in stream.getvalue() and "██" in stream.getvalue()


def hostile() -> Persona:
    return persona(
        identity=dict.fromkeys(("name", "gender", "occupation", "place", "language"), HOSTILE),
        personality={"mbti": "INFP"},
        behaviour={"patience": 0.9},
        tastes={kind: {"liked": [HOSTILE]} for kind in ("genres", "themes", "creators", "examples")},
        routines=[{"when": HOSTILE, "then": HOSTILE, "action": {"look_for": [HOSTILE]}}],
        instructions=[{"text": HOSTILE, "look_for": [HOSTILE]}],
        goals=[HOSTILE],
        backstory=HOSTILE,
        speaking_style=HOSTILE,
        changes=[
            {
                "from_day": 1,
                "because": HOSTILE,
                "identity": {"place": HOSTILE + "!"},
                "tastes": {"genres": {"disliked": [HOSTILE]}},
                "goals": [HOSTILE],
            }
        ],
        origins={
            "behaviour": {"how": "inferred", "evidence": HOSTILE},
            "tastes.genres": {"how": "inferred", "evidence": HOSTILE},
            "backstory": {"how": "inferred", "evidence": HOSTILE},
        },
    )


@pytest.mark.parametrize("width", [80, 130])
def test_hostile_text_is_shown_and_never_obeyed(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    print_persona(hostile(), console)
    print_list([list_entry(hostile())], console, place=HOSTILE, count=2)
    print_differences(differences(hostile(), persona()), console, names=(HOSTILE, HOSTILE))
    told = out.getvalue()
    assert not set(told) & set("\x1b\u202e\x00\x9b")
    assert told.count("[red]x[/red]") >= 40


def test_the_telling_line_names_what_is_most_unlike_others() -> None:
    assert telling(whole()) == "comes by a few times a week; curious and full of ideas"
    assert telling(persona(behaviour={"patience": 0.55}, backstory="Was born. Lives.")) == "Was born"
    assert telling(persona(behaviour={"patience": 0.55})) == ""


def listed(width: int, count: int = 1) -> str:
    out = io.StringIO()
    print_list([list_entry(whole())], Console(file=out, width=width, highlight=False), place="p.jsonl", count=count)
    return out.getvalue()


def test_list_is_two_lines_where_narrow_and_one_where_wide() -> None:
    narrow, wide = listed(80).splitlines(), listed(130).splitlines()
    assert [each.strip() for each in narrow[:2]] == [
        "ada  Ada Ro, 41, baker, Turin",
        "comes by a few times a week; curious and full of ideas",
    ]
    assert wide[0].split("  ")[:3] == ["ada", "Ada Ro, 41", "baker, Turin"] and "curious" in wide[0]


def test_list_of_a_crowd_says_how_many_were_left_out() -> None:
    assert "1 of 2,500 in p.jsonl. More: -n 2500" in listed(80, count=2500)


def compared(a: Persona, b: Persona, width: int = 80) -> str:
    out = io.StringIO()
    print_differences(differences(a, b), Console(file=out, width=width, highlight=False), names=(a.name, b.name))
    return out.getvalue()


def test_differences_stand_side_by_side_the_largest_first() -> None:
    other = whole().model_copy(update={"id": "bo"})
    assert "They do not differ, but for the id." in compared(whole(), other)
    told = compared(
        whole(),
        persona(
            identity={"name": "Bo", "age": 41, "place": "Turin"},
            behaviour={"patience": 0.9, "pickiness": 0.95, "conformity": 0.5},
            tastes={"genres": {"liked": ["comedy", "Western"]}},
            instructions=[{"text": "Hello."}],
        ),
    )
    assert "A  Ada Ro (ada)" in told and "B  Bo (ada)" in told
    assert told.index("  patience") < told.index("  pickiness")
    assert line(told, "patience").split() == ["patience", "··A·······│·······B··", "0.10", "0.90", "+2.56"]
    assert "The same: conformity." in told and "occupation  baker" in told and "not said" in told
    shown = [each.split() for each in told.splitlines()]
    assert ["genres", "A", "likes", "Drama"] in shown and ["B", "likes", "Western"] in shown  # comedy is Comedy
    assert "After the last oven: looks for something short. (7 in 10); on weekdays" in told
    assert '"No horror."; avoids Horror' in told and '"Hello."' in told
    assert "from day 3, sold the shop:" in told
