"""What is wrong with a codebook that only the whole of it shows: columns used twice, scales that cannot be, …"""

from __future__ import annotations

from collections.abc import Iterator

from personas.survey.codebook import CONSTRUCTS, MOST_STEPS, Codebook, Question, Scale
from personas.survey.codes import code_of, number_of
from simulator.documents.fields import did_you_mean
from simulator.documents.yaml_tree import FieldPath

Fault = tuple[FieldPath, str]


def faults(book: Codebook) -> Iterator[Fault]:
    """Place and message of each fault, in the order of the file."""
    yield from _columns(book)
    for name, fact in book.identity.given():
        if fact.lowest is not None and fact.highest is not None and fact.lowest > fact.highest:
            yield ("identity", name, "lowest"), f"must not be above highest, {fact.highest:g}. Exchange the two"
        if name == "age" and (word := next((v for v in fact.values.values() if isinstance(v, str)), None)) is not None:
            yield ("identity", name, "values"), f"an age is a number of years, not {word[:40]!r}. Write a whole number"
    for name, scale in book.scales.items():
        yield from _scale(scale, ("scales", name))
    texts: dict[str, str] = {}
    retests: dict[str, str] = {}
    for name, question in book.questions.items():
        place: FieldPath = ("questions", name)
        yield from _answering(book, question, place)
        yield from _construct(question, place)
        if question.retest_of is not None:
            yield from _retest(book, name, question, retests)
        elif (first := texts.setdefault(" ".join(question.text.split()).casefold(), name)) != name:
            yield (
                (*place, "text"),
                f"the same question as {first} ({book.where('questions', first)}). "
                f"Remove one of the two, or write `retest_of: {first}` if it was asked again",
            )
    shown = [q for q in book.questions.values() if q.retest_of is None and not q.held_out]
    if not shown:
        yield ("questions",), "every question is held out, so nothing is known of anybody. Show some"


def _columns(book: Codebook) -> Iterator[Fault]:
    """Columns that two parts of the codebook claim."""
    claimed: list[tuple[str, FieldPath]] = []
    if book.id is not None:
        claimed.append((book.id.column, ("id",)))
    claimed += [(fact.column, ("identity", name)) for name, fact in book.identity.given()]
    claimed += [(book.column_of(name), ("questions", name)) for name in book.questions]
    first: dict[str, FieldPath] = {}
    for column, place in claimed:
        if (other := first.setdefault(column, place)) != place:
            yield (
                place,
                f"the column {column!r} is already {'.'.join(map(str, other))} ({book.where(*other)}). "
                "Remove one of the two, or correct the column",
            )


def _scale(scale: Scale, place: FieldPath) -> Iterator[Fault]:
    if not scale.lowest < scale.highest:
        yield (*place, "lowest"), f"must be below highest, {scale.highest:g}, but is {scale.lowest:g}. Change one"
        return
    for code in scale.labels:
        number = number_of(code)
        if number is None or not scale.lowest <= number <= scale.highest:
            told = f"{code[:40]!r} is no step of the scale {scale.lowest:g} to {scale.highest:g}. Correct it"
            yield (*place, "labels", code), told


def _answering(book: Codebook, question: Question, place: FieldPath) -> Iterator[Fault]:
    """Whether scale and options are those that the kind of a question needs."""
    if question.kind in ("likert", "number"):
        yield from _measured(book, question, place)
    elif question.scale is not None:
        yield (*place, "scale"), f"a {question.kind} question has no scale. Remove it, or write another kind"
    if question.kind == "choice":
        codes = [code_of(code) for code in question.options]
        if len(codes) < 2:
            yield (*place, "options"), "a choice needs two options at least, such as {1: yes, 2: no}. Add them"
        if len(set(codes)) < len(codes):
            yield (*place, "options"), "two options have the same code. Give each its own"
        missing = {code_of(code) for code in book.missing_of(question)}
        if both := sorted(missing & set(codes)):
            yield (
                (*place, "options"),
                f"{both[0]} is an option and a missing code. Write `missing: []` here if it counts",
            )
    elif question.options:
        yield (*place, "options"), f"a {question.kind} question has no options. Remove them, or write `kind: choice`"
    if question.kind == "text" and (question.held_out or question.retest_of is not None):
        field = "held_out" if question.held_out else "retest_of"
        yield (*place, field), "answers in free text cannot be judged. Remove the question to keep it from personas"


def _measured(book: Codebook, question: Question, place: FieldPath) -> Iterator[Fault]:
    scale = book.scale_of(question)
    if scale is None:
        if isinstance(question.scale, str):
            near = did_you_mean(question.scale, book.scales) or " Describe it under `scales`"
            yield (*place, "scale"), f"there is no scale {question.scale[:40]!r}.{near}"
        else:
            told = f"is missing. A {question.kind} question needs one, such as {{lowest: 1, highest: 5}}"
            yield (*place, "scale"), told
        return
    if not isinstance(question.scale, str):
        before = len(found := list(_scale(scale, (*place, "scale"))))
        yield from found
        if before:
            return
    if question.kind == "likert" and (
        scale.lowest % 1 or scale.highest % 1 or scale.highest - scale.lowest >= MOST_STEPS
    ):
        told = f"a Likert scale has whole steps, at most {MOST_STEPS}. Write `kind: number` for other scales"
        yield (*place, "scale"), told
    for code in book.missing_of(question):
        number = number_of(code_of(code))
        if number is not None and scale.lowest <= number <= scale.highest:
            yield (
                (*place, "scale"),
                f"the missing code {code} lies on the scale {scale.lowest:g} to {scale.highest:g}. "
                "Correct the scale, or write `missing: []` here if it counts",
            )


def _construct(question: Question, place: FieldPath) -> Iterator[Fault]:
    if question.measures is None:
        return
    place = (*place, "measures")
    if question.measures == "activity":
        yield place, "activity is in visits a day, which no scale of answers gives. Remove it"
    elif question.measures not in CONSTRUCTS:
        near = did_you_mean(question.measures, CONSTRUCTS) or f" Known: {', '.join(CONSTRUCTS)}"
        yield place, f"{question.measures[:40]!r} is not known.{near}"
    elif question.kind not in ("likert", "number"):
        yield (
            place,
            f"a {question.kind} question cannot measure a construct. Write it as Likert or number, or remove it",
        )


def _retest(book: Codebook, name: str, question: Question, retests: dict[str, str]) -> Iterator[Fault]:
    place, of = ("questions", name, "retest_of"), str(question.retest_of)
    asked = book.questions.get(of)
    if asked is None or of == name:
        near = did_you_mean(of, [one for one in book.questions if one != name]) or " Name the question asked first"
        yield place, f"{of[:40]!r} is no other question here.{near}"
        return
    if asked.retest_of is not None:
        yield place, f"{of} is a retest itself. Name {asked.retest_of}, which was asked first"
    elif (first := retests.setdefault(of, name)) != name:
        yield place, f"{of} is asked again by {first} already. Keep one of the two"
    if question.kind != asked.kind or _form(book, question) != _form(book, asked):
        yield place, f"is answered on another scale than {of} ({book.where('questions', of)}). Make the two alike"
    if question.measures is not None or question.held_out:
        field = "measures" if question.measures is not None else "held_out"
        yield ("questions", name, field), f"a retest goes into no persona. Remove it here and say it of {of}"


def _form(book: Codebook, question: Question) -> tuple[object, ...]:
    scale = book.scale_of(question)
    return (scale and (scale.lowest, scale.highest), [code_of(code) for code in question.options])
