"""Persona records and their files: what may be said of somebody, what contradicts itself and where, and that whatever
is read can be written and read again."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from personas.files import Collection, library, load, load_one, of_mapping, plain, to_yaml, write_jsonl, write_yaml
from personas.schema import Behaviour, Change, Persona, known_path
from personas.traits import BEHAVIOURAL
from simulator.documents import yaml_tree
from simulator.records import UserInputError

ROUTINE = "routines:\n  - when: late\n    then: it ends\n"

# What the file holds, and how the one line of the message begins after the file's name, and what else it says.
FAULTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # fields
    "no id": ("identity: {name: Ann}\n", ":1: id: is missing", ("Add it",)),
    "an id with a space": ("id: a b\n", ":1: id: must be 1 to 80 letters", ("'a b'", "Change it")),
    "an id that is a path": ("id: ../../etc\n", ":1: id: must be 1 to 80 letters", ()),
    "an id too long": (f"id: {'a' * 81}\n", ":1: id: must be 1 to 80 letters", ()),
    "a misspelt section": ("id: a\nbehavior: {activity: 1}\n", ":2: behavior: unknown field", ("mean behaviour?",)),
    "a misspelt trait": (
        "id: a\nbehaviour:\n  novelty: 0.1\n",
        ":3: behaviour.novelty: unknown field",
        ("mean novelty_seeking?",),
    ),
    "a field of another section": (
        "id: a\nopenness: 0.1\n",
        ":2: openness: unknown field",
        ("mean personality.openness?",),
    ),
    "a misspelt part of a routine": (
        f"id: a\n{ROUTINE}    actoin: {{leave: true}}\n",
        ":5: routines.0.actoin: unknown field",
        ("mean action?",),
    ),
    "a percentile as a percentage": (
        "id: a\nbehaviour: {patience: 60}\n",
        ":2: behaviour.patience: must be at most 1",
        (),
    ),
    "a number in quotes": (
        'id: a\nbehaviour: {patience: "0.5"}\n',
        ":2: behaviour.patience: must be a number",
        ("quotes",),
    ),
    "yes for a number": ("id: a\nbehaviour: {patience: true}\n", ":2: behaviour.patience: must be a number", ()),
    "no visits at all": ("id: a\nbehaviour: {activity: 0}\n", ":2: behaviour.activity: must be above 0", ()),
    "an age of a half": ("id: a\nidentity: {age: 30.5}\n", ":2: identity.age: must be a whole number", ()),
    "an age of nobody": ("id: a\nidentity: {age: 200}\n", ":2: identity.age: must be at most 115", ()),
    "a type that is none": (
        "id: a\npersonality: {mbti: XXXX}\n",
        ":2: personality.mbti: must be one of the sixteen",
        (),
    ),
    "an unknown vulnerability": (
        "id: a\nvulnerabilities: [greif]\n",
        ":2: vulnerabilities.0: must be one of",
        ("mean grief?",),
    ),
    "a story too long": (f"id: a\nbackstory: {'x' * 4001}\n", ":2: backstory: must have at most 4000", ("Shorten",)),
    "very many liked": (
        f"id: a\ntastes: {{genres: {{liked: {[f'g{n}' for n in range(101)]}}}}}\n",
        ":2: tastes.genres.liked: must hold at most 100",
        (),
    ),
    # contradictions
    "shares that do not add up": (
        "id: a\nratings:\n  shares: [0.1, 0.1, 0.1, 0.1, 0.1]\n",
        ":3: ratings.shares: the five shares add up to 0.50",
        ("must add up to 1",),
    ),
    "a mean that is not that of the shares": (
        "id: a\nratings:\n  shares: [0, 0, 0, 0, 1]\n  mean: 3\n",
        ":4: ratings.mean: is 3, but the shares have a mean of 5.00",
        (),
    ),
    "a spread too wide for its mean": (
        "id: a\nratings:\n  mean: 4.9\n  spread: 2\n",
        ":4: ratings.spread: is 2, but levels 1-5 with mean 4.9 spread by 0.30 to 0.62",
        (),
    ),
    "a spread too narrow for its mean": (
        "id: a\nratings: {mean: 3.5, spread: 0.1}\n",
        ":2: ratings.spread: is 0.1, but levels 1-5 with mean 3.5 spread by 0.50 to",
        (),
    ),
    "liked and disliked": (
        "id: a\ntastes:\n  themes: {liked: [war]}\n  genres:\n    liked: [Film Noir]\n    disliked: [ film  noir]\n",
        ":4: tastes.genres: 'Film Noir' is both liked and disliked",
        ("Remove one",),
    ),
    "liked twice": (
        "id: a\ntastes:\n  genres:\n    disliked: [Crime]\n    liked: [Horror, HORROR]\n",
        ":5: tastes.genres.liked: 'HORROR' stands there twice",
        (),
    ),
    "a grown-up minor": (
        "id: a\nidentity: {age: 30}\nvulnerabilities: [minor]\n",
        ":3: vulnerabilities: minor, but the age is 30",
        (),
    ),
    "retired at twenty": (
        "id: a\nidentity:\n  age: 20\n  occupation: Retired clerk\n",
        ":4: identity.occupation: retired at 20",
        (),
    ),
    "a vulnerability twice": (
        "id: a\nvulnerabilities: [grief, grief]\n",
        ":2: vulnerabilities: grief stands there twice",
        (),
    ),
    "a routine against itself": (
        f"id: a\n{ROUTINE}    action: {{look_for: [War], avoid: [war]}}\n",
        ":5: routines.0.action: looks for and avoids 'War'",
        (),
    ),
    "hours of nothing": (
        f"id: a\n{ROUTINE}    context:\n      hours: [5, 5]\n",
        ":6: routines.0.context.hours: must be [from, to)",
        ("[22, 4]",),
    ),
    "hours beyond the day": (
        f"id: a\n{ROUTINE}    context:\n      hours: [5, 25]\n",
        ":6: routines.0.context.hours: must be [from, to)",
        (),
    ),
    "two routines that say the opposite": (
        "id: a\nroutines:\n  - {when: x, then: y, action: {look_for: [War]}}\n"
        "  - {when: x, then: z, action: {avoid: [War]}}\n",
        ":4: routines.1: in the same context another routine says the opposite of 'War'",
        ("Change one",),
    ),
    "an instruction against itself": (
        "id: a\ninstructions:\n  - {text: x, look_for: [War], avoid: [War]}\n",
        ":3: instructions.0: asks for 'War' and rules it out",
        (),
    ),
    "an instruction against a taste": (
        "id: a\ntastes: {genres: {liked: [Horror]}}\ninstructions:\n  - text: never horror\n    avoid: [horror]\n",
        ":5: instructions.0.avoid: rules out 'horror', which tastes.genres likes",
        (),
    ),
    "a type against the scores": (
        "id: a\npersonality:\n  extraversion: 0.99\n  mbti: ISFJ\n",
        ":4: personality.mbti: ISFJ says introvert",
        ("Change one of the two",),
    ),
    "changes out of order": (
        "id: a\nchanges:\n  - {from_day: 5, goals: [x]}\n  - from_day: 5\n    goals: [y]\n",
        ":4: changes.1.from_day: day 5 is not after day 5",
        ("Put them in order",),
    ),
    "a change of nothing": (
        "id: a\nchanges:\n  - {from_day: 5, because: rain}\n",
        ":3: changes.0: changes nothing",
        ("identity, behaviour",),
    ),
    "a change before the run": (
        "id: a\nchanges:\n  - {from_day: 0, goals: [x]}\n",
        ":3: changes.0.from_day: must be at least 1",
        (),
    ),
    "a change to liked and disliked": (
        "id: a\nchanges:\n  - from_day: 5\n    tastes:\n      genres: {liked: [War], disliked: [War]}\n",
        ":5: changes.0.tastes.genres: 'War' is both",
        (),
    ),
    "shares of a change that do not add up": (
        "id: a\nchanges:\n  - from_day: 5\n    ratings: {shares: [1, 1, 0, 0, 0]}\n",
        ":3: changes.0: from day 5 on ratings.shares the five shares add up to 2.00",
        (),
    ),
    "a later taste that a standing instruction rules out": (
        "id: a\ninstructions: [{text: no war, avoid: [War]}]\nchanges:\n"
        "  - {from_day: 3, tastes: {genres: {liked: [War]}}}\n",
        ":4: changes.0: from day 3 on instructions.0.avoid rules out 'War'",
        (),
    ),
    "an origin of nothing": (
        "id: a\norigins:\n  identity: sampled\n  behaviour.activty: sampled\n",
        ":4: origins.behaviour.activty: this names no part of a persona",
        ("behaviour.activity",),
    ),
    "an origin of a part of a list by name": (
        "id: a\norigins: {routines.first.when: sampled}\n",
        ":2: origins.routines.first.when: this names no part",
        (),
    ),
    "confidence in what is stated": (
        "id: a\norigins:\n  ratings: sampled\n  behaviour.activity: {how: stated, confidence: 0.5}\n",
        ":4: origins.behaviour.activity: what is stated has no confidence",
        ("how: inferred",),
    ),
    "an origin of a guess": (
        "id: a\norigins: {behaviour: guessed}\n",
        ":2: origins.behaviour.how: must be one of stated",
        (),
    ),
    # files
    "nothing": ("", ":1: a persona is a map of fields", ("personas show",)),
    "a list": ("- id: a\n", ":1: a persona is a map of fields", ("a list",)),
    "a tab": ("id: a\nidentity:\n\tage: 30\n", ":3: a tab where spaces belong", ("spaces",)),
    "a bomb": ("id: &a [x, x]\ngoals: [*a, *a, *a]\n", ":1: id: anchors (&) and aliases (*)", ()),
    "a tag": ("id: a\nbackstory: !!python/object:os.system ls\n", ":2: backstory: the tag", ("not allowed",)),
    "two people in one file": ("id: a\n---\nid: b\n", ":2: a second document begins here", ()),
    "a field twice": ("id: a\ngoals: [x]\nid: b\n", ":3: id: given twice, first on line 1", ()),
    "a deep nest": (f"id: a\ngoals: {'[' * 3000}", ":2: goals", ("nested",)),
    "a huge file": ("#" * 300_000, ": larger than 256 KiB", ("NAME.jsonl",)),
}
LINES: dict[str, tuple[bytes, str, tuple[str, ...]]] = {
    "a misspelt trait": (
        b'{"id": "a"}\n\n{"id": "b", "behaviour": {"activty": 1}}\n',
        ":3: behaviour.activty: unknown field",
        ("mean activity?",),
    ),
    "half a line": (b'{"id": "a"}\n{"id": "b"\n', ":2: this line is no JSON", ()),
    "a list": (b'{"id": "a"}\n["b"]\n', ":2: a persona is a map of fields", ("a list",)),
    "an id twice": (b'{"id": "a"}\n{"id": "b"}\n{"id": "a"}\n', ":3: id: 'a' is there twice, first in", ("jsonl:1",)),
    "a field twice": (b'{"id": "a"}\n{"id": "b", "goals": ["x"], "id": "c"}\n', ":2: id: given twice", ()),
    "no number": (b'{"id": "a", "behaviour": {"patience": NaN}}\n', ":1: behaviour.patience: must be a finite", ()),
    "a number beyond all": (
        b'{"id": "a", "identity": {"age": ' + b"9" * 5000 + b"}}\n",
        ":1: this line is no JSON",
        (),
    ),
    "half a surrogate pair": (b'{"id": "a", "identity": {"name": "\\ud800"}}\n', ":1: identity.name: holds half", ()),
    "a deep nest": (b"[" * 200_000, ":1: this line is no JSON", ()),
    "another encoding": ('{"id": "a"}\n'.encode("utf-16"), ":1: this line is no JSON", ()),
    "a line without an end": (b'{"id": "a", "backstory": "' + b"x" * 400_000, ":1: longer than 256 KiB", ()),
    "a contradiction": (
        b'{"id": "a"}\n{"id": "b", "changes": [{"from_day": 3}]}\n',
        ":2: changes.0: changes nothing",
        (),
    ),
    "nobody": (b"\n\n", ": holds no persona", ("personas show",)),
}


def refused(path: Path) -> str:
    with pytest.raises(UserInputError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_meant_is_refused_with_file_line_field_and_cure(tmp_path: Path, fault: str) -> None:
    text, begins, holds = FAULTS[fault]
    path = tmp_path / "person.yaml"
    path.write_text(text)
    said = refused(path)
    assert said.startswith(f"{path}{begins}"), said
    assert all(word in said for word in holds), said
    assert "\n" not in said and "pydantic" not in said and "Input should" not in said


@pytest.mark.parametrize("fault", LINES)
def test_what_is_wrong_in_a_crowd_is_told_with_its_line(tmp_path: Path, fault: str) -> None:
    raw, begins, holds = LINES[fault]
    path = tmp_path / "people.jsonl"
    path.write_bytes(raw)
    said = refused(path)
    assert said.startswith(f"{path}{begins}"), said
    assert all(word in said for word in holds), said


@pytest.mark.parametrize("raw", [bytes(range(256)), b"\xff\xfe\0i\0d", b"id: caf\xe9\n", b"id: a\nbackstory: a\x07b\n"])
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "person.yaml"
    path.write_bytes(raw)
    assert refused(path).count("\n") == 0


def test_every_problem_of_a_file_is_told_up_to_five(tmp_path: Path) -> None:
    path = tmp_path / "person.yaml"
    path.write_text(
        "id: a\nbehaviour:\n" + "".join(f"  {trait.name}: -{n}\n" for n, trait in enumerate(BEHAVIOURAL, 1))
    )
    told = refused(path).splitlines()
    assert [line.split(":")[1] for line in told[:5]] == ["3", "4", "5", "6", "7"]
    assert told[5] == f"… and {len(BEHAVIOURAL) - 5} more"


def test_a_folder_holds_a_crowd_in_which_an_id_is_there_once(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.yaml").write_text("id: b\n")
    (tmp_path / "deep" / "more.jsonl").write_text('{"id": "c"}\n{"id": "a"}\n')
    (tmp_path / "notes.txt").write_text("id: nobody\n")
    found = load(tmp_path)
    assert [one.id for one in found] == ["b", "c", "a"] and found.named("c").id == "c"
    assert load_one(f"{tmp_path}#a").id == "a"
    (tmp_path / "z.yaml").write_text("id: a\n")
    said = refused(tmp_path)
    assert said.startswith(f"{tmp_path / 'z.yaml'}: id: 'a' is there twice, first in {tmp_path / 'deep'}")


def test_a_pipe_in_a_folder_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "a.yaml").write_text("id: a\n")
    assert len(load(tmp_path)) == 1
    with pytest.raises(UserInputError, match="no such file"):
        load(tmp_path / "pipe.yaml")


def test_places_that_hold_nobody_are_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "two.jsonl").write_text('{"id": "ann"}\n{"id": "bob"}\n')
    for place, holds in {
        "night-shft-nurse": "Did you mean night-shift-nurse?",
        str(tmp_path / "missing.yaml"): "no such file",
        f"{tmp_path}/two.jsonl#anne": "Did you mean ann?",
        f"{tmp_path}/two.jsonl": f"Say which one: {tmp_path}/two.jsonl#ann",
        "x" * 5000: "cannot be read",
    }.items():
        with pytest.raises(UserInputError) as caught:
            load_one(place)
        assert holds in str(caught.value) and len(str(caught.value)) < 600


def test_every_persona_of_the_library_reads_back_as_it_was_written(tmp_path: Path) -> None:
    crowd = library()
    write_jsonl(crowd, tmp_path / "all.jsonl")
    assert tuple(load(tmp_path / "all.jsonl")) == tuple(crowd)
    for one in crowd:
        path = tmp_path / f"{one.id}.yaml"
        write_yaml(one, path)
        again = load_one(str(path))
        assert again == one and plain(again) == plain(one)
        assert to_yaml(again) == path.read_text(encoding="utf-8"), "written again it is the same text"
        assert of_mapping(json.loads(json.dumps(plain(one))), "memory") == one
        assert pickle.loads(pickle.dumps(one)) == one, "workers get personas pickled"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    one = library()[0]
    write_yaml(one, tmp_path / "one.yaml")
    for write in (lambda path: write_yaml(one, path), lambda path: write_jsonl([one], path)):
        with pytest.raises(UserInputError, match="already such a file"):
            write(tmp_path / "one.yaml")
    with pytest.raises(UserInputError, match="cannot be written"):
        write_yaml(one, tmp_path / "no folder" / "one.yaml")


def test_texts_that_yaml_could_misread_come_back_as_they_were() -> None:
    odd = ["no", "2026-01-31", "1e3", "- a: b", "#x", "null", "a: b\n\n  c", " 'q' \"q\" ", "ü漢\U0001f600", "&a", "*a"]
    data = {"id": "a", "goals": [text[:120] for text in odd], "backstory": "\n".join(odd), "speaking_style": "yes"}
    one = of_mapping(data, "memory")
    tree = yaml_tree.parse(to_yaml(one))
    assert of_mapping(tree.value, "memory") == one


def test_a_field_comes_from_where_the_longest_path_says_and_is_stated_where_none_does() -> None:
    one = of_mapping(
        {
            "id": "a",
            "origins": {
                "behaviour": "sampled",
                "behaviour.activity": {"how": "inferred", "confidence": 0.9, "evidence": "31 visits"},
            },
        },
        "memory",
    )
    assert one.origin("behaviour.patience").how == "sampled"
    assert (one.origin("behaviour.activity").how, one.origin("behaviour.activity").confidence) == ("inferred", 0.9)
    assert one.origin("tastes.genres.liked").how == "stated" and one.origin("ratings").how == "stated"
    assert known_path("routines.0.context.hours") and not known_path("behaviour.activity.x") and not known_path("")


def test_a_change_replaces_what_it_names_and_nothing_else_from_its_day_on() -> None:
    one = of_mapping(
        {
            "id": "a",
            "identity": {"name": "Ann", "age": 41, "occupation": "nurse"},
            "behaviour": {"patience": 0.2, "activity": 3.0},
            "ratings": {"mean": 3.0, "spread": 1.2},
            "tastes": {"genres": {"liked": ["Drama"], "disliked": ["War"]}, "themes": {"liked": ["sea"]}},
            "goals": ["rest"],
            "changes": [
                {"from_day": 4, "behaviour": {"patience": 0.9}, "tastes": {"genres": {"liked": ["War"]}}},
                {"from_day": 9, "identity": {"occupation": "clerk"}, "ratings": {"shares": [0, 0, 0, 0, 1]}},
                {"from_day": 12, "ratings": {"mean": 2.0}, "goals": []},
            ],
        },
        "memory",
    )
    day3, day4, day9, day12 = (one.as_of(day) for day in (3.9, 4, 9, 400))
    assert day3.behaviour == one.behaviour and [c.from_day for c in day3.changes] == [4, 9, 12]
    assert day4.behaviour == Behaviour(patience=0.9, activity=3.0) and day4.identity == one.identity
    assert day4.tastes.genres.liked == ("War",) and day4.tastes.genres.disliked == ()
    assert day4.tastes.themes == one.tastes.themes, "a taste that is not named stays"
    assert day9.identity.occupation == "clerk" and day9.identity.name == "Ann" and day9.behaviour.patience == 0.9
    assert (day9.ratings.mean, day9.ratings.spread) == (None, None), "an old mean would contradict the new shares"
    assert (day12.ratings.shares, day12.ratings.mean) == (None, 2.0) and day12.goals == () and day12.changes == ()
    assert one.goals == ("rest",), "the persona itself is what it was"


def test_nothing_of_a_persona_can_be_changed_in_place() -> None:
    one = library()[0]
    with pytest.raises(ValidationError):
        one.id = "other"
    with pytest.raises(ValidationError):
        one.behaviour.patience = 0.5


def test_minors_are_known_by_age_or_by_flag() -> None:
    young, flagged, grown, unknown = (
        of_mapping({"id": "a"} | more, "memory")
        for more in ({"identity": {"age": 17}}, {"vulnerabilities": ["minor"]}, {"identity": {"age": 18}}, {})
    )
    assert young.is_minor and flagged.is_minor and not grown.is_minor and not unknown.is_minor
    assert unknown.name == "a"


def test_a_crowd_is_a_sequence_and_the_library_is_read_once() -> None:
    crowd = library()
    assert isinstance(crowd, Collection) and crowd is library() and len(crowd) == len(crowd.by_id) >= 20
    assert crowd[0] is crowd.people[0] and crowd[1:3] == crowd.people[1:3] and list(crowd) == list(crowd.people)
    assert all(isinstance(one, Persona) and isinstance(change, Change) for one in crowd for change in one.changes)
