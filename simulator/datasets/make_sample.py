"""Make the embedded sample: ``python -m simulator.datasets.make_sample [folder]``. Same seed, same bytes, for ever.

People choose and rate by one model. With taste t (person x film: latent factors, genres, creator), fame f and quality q
of a film, person p and film i:

    choice   the n_p largest of  2.2 t_pi + c_p f_i + 0.2 q_i + Gumbel      (selection: people see what they like)
    rating   thresholds_p on     0.8 t_pi + 0.55 q_i + 0.6 Normal           (ordered, 1 to 5)

so popularity, content and the company of others all tell something, and none of them everything. Histories are not
sampled from any recommender or mind of Understudy, and all constants are chosen by hand. All luck is keyed, and every
sum is elementwise, so that the result does not depend on a BLAS or on NumPy's generators.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.datasets import sample_words as words
from simulator.datasets.embedded import FILMS, FOLDER, HISTORIES
from simulator.randomness import Stream, mix

F64 = npt.NDArray[np.float64]

SEED = 1895
N_FILMS, N_PEOPLE, N_CREATORS, N_FACTORS = 600, 1000, 90, 4
FEWEST, MOST = 20, 120
"""Ratings a person."""
AGES = ("under 18", "18-24", "25-34", "35-44", "45-54", "55 and over")
AGE_SHARES = (0.06, 0.2, 0.28, 0.2, 0.14, 0.12)
OPENED, CLOSED = 1609459200, 1719792000
"""People join between 2021-01-01 and 2024-07-01 (seconds since 1970)."""


def _stream(purpose: str) -> Stream:
    return Stream.of(SEED, "population", f"sample/{purpose}")


def _keys(n: int) -> npt.NDArray[np.uint64]:
    return mix(np.arange(n, dtype=np.uint64))


def _normal(purpose: str, rows: int, columns: int) -> F64:
    return _stream(purpose).normal(_keys(rows), 0, _keys(columns))


def _uniform(purpose: str, n: int) -> F64:
    return _stream(purpose).uniform(_keys(n))


def _draw(purpose: str, n: int, weights: Sequence[float]) -> npt.NDArray[np.intp]:
    """`n` draws of an index with probability proportional to the weights."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(edges, _uniform(purpose, n)), len(weights) - 1)


@dataclass(frozen=True, eq=False)
class Films:
    """The numbers behind the films: rows of `GENRES`, creators, and what makes them wanted."""

    genres: list[tuple[int, ...]]
    creator: npt.NDArray[np.intp]
    year: npt.NDArray[np.int64]
    fame: F64
    quality: F64


def invent_films() -> Films:
    """A film has one to three genres, a creator who mostly works in the first of them, a year, fame and quality."""
    n_genres = len(words.GENRES)
    weights = [genre.weight for genre in words.GENRES]
    first, second, third = (_draw(f"genre {nth}", N_FILMS, weights) for nth in (1, 2, 3))
    more, most = _uniform("second genre", N_FILMS) < 0.65, _uniform("third genre", N_FILMS) < 0.15
    genres = [
        tuple(dict.fromkeys([a, *([b] if two else []), *([c] if two and three else [])]))
        for a, b, c, two, three in zip(
            first.tolist(), second.tolist(), third.tolist(), more.tolist(), most.tolist(), strict=True
        )
    ]
    at_home = _uniform("creator at home", N_FILMS) < 0.75
    rank = _uniform("creator", N_FILMS) ** 1.6
    of_genre = N_CREATORS // n_genres
    creator = np.where(
        at_home,
        first + n_genres * np.floor(rank * of_genre).astype(np.int64),
        np.floor(rank * N_CREATORS).astype(np.int64),
    )
    quality = _normal("quality", N_FILMS, 1)[:, 0]
    fame = 0.95 * _normal("fame", N_FILMS, 1)[:, 0] + 0.3 * quality
    year = 2025 - np.floor(70 * _uniform("year", N_FILMS) ** 1.7).astype(np.int64)
    return Films(genres, creator, year, fame, quality)


def taste(films: Films, age: npt.NDArray[np.intp]) -> F64:
    """How much each person likes each film, fame and quality aside; about standard normal. (n_people, n_films)."""
    n_genres = len(words.GENRES)
    shares = np.zeros((N_FILMS, n_genres))
    for row, genres in enumerate(films.genres):
        shares[row, list(genres)] = 1 / np.sqrt(len(genres))
    total = np.zeros((N_PEOPLE, N_FILMS))
    liking = _normal("genre liking", N_PEOPLE, n_genres)
    for genre in range(n_genres):
        total += 0.6 * liking[:, genre, None] * shares[:, genre]
    person = _normal("person factors", N_PEOPLE, N_FACTORS)
    film = (
        _normal("film factors", N_FILMS, N_FACTORS)
        + 0.8 * _normal("creator factors", N_CREATORS, N_FACTORS)[films.creator]
    )
    for factor in range(N_FACTORS):
        total += 0.75 / np.sqrt(N_FACTORS) * person[:, factor, None] * film[:, factor]
    # The older the person, the less a film's age counts against it.
    total -= (films.year < 1995) * (0.45 - 0.15 * age[:, None])
    return total


@dataclass(frozen=True, eq=False)
class Histories:
    """Who rated what, when, and how. The lists hold one array a person, in order of time."""

    films: list[npt.NDArray[np.intp]]
    ratings: list[npt.NDArray[np.int64]]
    minutes: list[npt.NDArray[np.int64]]


def live(films: Films, liking: F64) -> Histories:
    """Let everybody choose, watch and rate."""
    people, things = _keys(N_PEOPLE), _keys(N_FILMS)
    length = np.exp(3.75 + 0.55 * _normal("history length", N_PEOPLE, 1)[:, 0])
    length = np.clip(length.astype(np.int64), FEWEST, MOST)
    conformity = np.clip(1.5 + 0.4 * _normal("conformity", N_PEOPLE, 1), 0.1, None)
    wish = 2.2 * liking + conformity * films.fame + 0.2 * films.quality + _stream("choice").gumbel(people, 0, things)
    ranked = np.argsort(-wish, axis=1, kind="stable")

    felt = 0.8 * liking + 0.55 * films.quality + 0.6 * _stream("rating").normal(people, 0, things)
    mildness, width = _normal("mildness", N_PEOPLE, 1), np.exp(0.2 * _normal("width", N_PEOPLE, 1))
    thresholds = width * np.array([-1.35, -0.55, 0.35, 1.35]) + 0.7 - 0.45 * mildness
    rating = 1 + (felt[:, :, None] > thresholds[:, None, :]).sum(axis=2)

    order = _stream("order").uniform(people, 0, things)
    gap = _stream("gap").uniform(people, 0, _keys(MOST))
    same_evening = _stream("evening").uniform(people, 0, _keys(MOST)) < 0.45
    joined = OPENED + np.floor(_uniform("joined", N_PEOPLE) * (CLOSED - OPENED)).astype(np.int64)
    # An evening's next film after one to three and a half hours, else after six days on average.
    minutes = np.where(same_evening, 60 + 150 * gap, 600 - 8640 * np.log(gap)).astype(np.int64)
    minutes[:, 0] = joined // 60

    histories = Histories([], [], [])
    for row, n in enumerate(length.tolist()):
        chosen = ranked[row, :n]
        chosen = chosen[np.argsort(order[row, chosen], kind="stable")]
        histories.films.append(chosen)
        histories.ratings.append(rating[row, chosen])
        histories.minutes.append(minutes[row, :n])
    return histories


class _Pen:
    """Draws words for one film; the same film and purpose always draw the same."""

    def __init__(self, film: int, attempt: int) -> None:
        self._film = mix(np.array([film], dtype=np.uint64))
        self._attempt = attempt

    def pick(self, purpose: str, options: Sequence[str]) -> str:
        return options[int(_stream(f"words/{purpose}").bits(self._film, self._attempt)[0] % len(options))]


def describe(films: Films) -> list[dict[str, Any]]:
    """The films in words, every title and every plot but once."""
    titles: set[str] = set()
    plots: set[str] = set()
    described = []
    for row in range(N_FILMS):
        attempt = 0
        told = _tell(films, row, attempt)
        while told["title"] in titles or told["text"] in plots:
            attempt += 1
            told = _tell(films, row, attempt)
        titles.add(told["title"])
        plots.add(told["text"])
        described.append(told)
    return described


def _tell(films: Films, row: int, attempt: int) -> dict[str, Any]:
    pen = _Pen(row, attempt)
    first = words.GENRES[films.genres[row][0]]
    last = words.GENRES[films.genres[row][-1]]
    role, other_role = pen.pick("role", first.roles), pen.pick("other role", last.roles)
    thing = pen.pick("thing", first.things)
    name = pen.pick("name", words.NAMES)
    other = pen.pick("other", [other for other in words.NAMES if other != name])
    said = {
        "place": pen.pick("place", words.PLACES), "name": name, "other": other,
        "genre": first.name.lower(), "a_genre": _with_article(first.name.lower()),
        "incident": pen.pick("incident", first.incidents), "look": pen.pick("look", first.looks),
        "a_role": _with_article(role), "A_role": _capital(_with_article(role)), "a_thing": _with_article(thing.lower()),
    }  # fmt: skip
    in_title = {
        "role": _title_case(role), "place": said["place"], "name": name, "thing": thing, "things": _plural(thing),
        "A_thing": _capital(_with_article(thing)), "adjective": pen.pick("adjective", words.ADJECTIVES),
        "number": pen.pick("number", words.NUMBERS),
    }  # fmt: skip
    plot = [
        pen.pick("opening", words.OPENINGS).format(**said),
        pen.pick("companion", words.COMPANIONS).format(**{**said, "a_role": _with_article(other_role)}),
        pen.pick("twist", last.twists),
    ]
    quality = float(films.quality[row])
    noise = float(_normal("review noise", N_FILMS, 1)[row, 0])
    title = pen.pick("title", words.TITLES).format(**in_title)
    minutes = first.minutes + 9 * float(_normal("minutes", N_FILMS, 1)[row, 0])
    return {
        "item_id": f"f{row + 1:03d}",
        "title": title,
        "text": " ".join(plot),
        "categories": [words.GENRES[genre].name for genre in films.genres[row]],
        "creator": _creator(int(films.creator[row])),
        "headline": pen.pick("headline", words.HEADLINES).format(**said),
        "image_caption": pen.pick("caption", words.CAPTIONS).format(**said),
        "year": int(films.year[row]),
        "duration_s": 60.0 * max(62, round(minutes)),
        "review_count": max(3, round(float(np.exp(4.6 + 1.35 * films.fame[row])))),
        "review_mean": round(min(4.9, max(1.4, 3.4 + 0.5 * quality + 0.15 * noise)), 2),
        "reviews": _reviews(pen, quality, said),
    }


def _reviews(pen: _Pen, quality: float, said: dict[str, str]) -> list[str]:
    """Two or three voices, the kinder the better the film is."""
    moods = [words.PRAISE, words.SHRUGS, words.SCORN]
    usual = 0 if quality > 0.6 else 2 if quality < -0.8 else 1
    texts = [pen.pick("review 1", moods[usual]), pen.pick("review 2", moods[usual]), pen.pick("review 3", moods[1])]
    return list(dict.fromkeys(text.format(**said) for text in texts))


def _creator(number: int) -> str:
    """A name for each creator, all different: 30 first names times 18 surnames, stepped through by coprime strides."""
    first = words.NAMES[number * 7 % len(words.NAMES)]
    return f"{first} {words.SURNAMES[(number * 5 + number // 30) % len(words.SURNAMES)]}"


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _capital(phrase: str) -> str:
    return phrase[0].upper() + phrase[1:]


def _title_case(role: str) -> str:
    small = {"of", "the", "with", "a"}
    return " ".join(word if word in small else word[0].upper() + word[1:] for word in role.split())


def _plural(thing: str) -> str:
    if thing == "Goose":
        return "Geese"
    if thing.endswith("y") and thing[-2] not in "aeiou":
        return thing[:-1] + "ies"
    return thing + ("es" if thing.endswith(("s", "x", "z", "ch", "sh")) else "s")


def make(folder: Path) -> None:
    """Write both files of the sample into `folder`."""
    age = _draw("age", N_PEOPLE, AGE_SHARES)
    gender = _draw("gender", N_PEOPLE, (0.49, 0.49, 0.02))
    job = _draw("occupation", N_PEOPLE, [1.0] * len(words.OCCUPATIONS))
    films = invent_films()
    histories = live(films, taste(films, age))
    people = [
        {
            "user_id": f"p{row + 1:04d}",
            "gender": ("female", "male", "other")[gender[row]],
            "age": AGES[age[row]],
            "occupation": words.OCCUPATIONS[job[row]],
            "films": (histories.films[row] + 1).tolist(),
            "ratings": "".join(map(str, histories.ratings[row].tolist())),
            "minutes": histories.minutes[row].tolist(),
        }
        for row in range(N_PEOPLE)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in ((FILMS, describe(films)), (HISTORIES, people)):
        lines = (json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n" for record in records)
        (folder / name).write_text("".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
