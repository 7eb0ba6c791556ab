"""MovieLens 1M, 100K and latest-small, in the layouts that GroupLens publishes.

F. Maxwell Harper and Joseph A. Konstan, "The MovieLens Datasets: History and Context", ACM TiiS 5(4), 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from simulator.datasets.assemble import Audit, assemble, notes_on, rated
from simulator.datasets.bundle import Bundle
from simulator.datasets.dataset import Dataset, ReadReport
from simulator.datasets.texttable import Dialect, TextTable, encode, numbers, read_text
from simulator.datasets.titles import split_year, spoken
from simulator.records import Item

OCCUPATIONS_1M = (
    "other", "academic or educator", "artist", "clerical or admin", "college or grad student", "customer service",
    "doctor or health care", "executive or managerial", "farmer", "homemaker", "K-12 student", "lawyer", "programmer",
    "retired", "sales or marketing", "scientist", "self-employed", "technician or engineer", "tradesman or craftsman",
    "unemployed", "writer",
)  # fmt: skip
"""By code 0-20: the table of ml-1m's README."""

AGES_1M = {
    "1": "under 18", "18": "18-24", "25": "25-34", "35": "35-44", "45": "45-49", "50": "50-55", "56": "56 and over",
}  # fmt: skip
"""By code: the table of ml-1m's README."""

GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""By the order of the flags in u.item: ml-100k's README and u.genre."""

GENDERS = {"F": "female", "M": "male"}
_NO_GENRES = "(no genres listed)"

_COLONS = "::"
_ITEM_100K = ("item", "title", "date", "video_date", "url", *GENRES_100K)


def read(name: str, place: Path) -> Dataset:
    """Read one of the three from its folder or zip. Raises `UserInputError` naming file, line and cure."""
    return _READERS[name](name, Bundle(place))


def _read_1m(name: str, bundle: Bundle) -> Dataset:
    movies = _table(bundle, "movies.dat", Dialect(_COLONS, False, ("item", "title", "genres")))
    audit = Audit(movies)
    items = [
        _film(item_id, title, tuple(genre for genre in genres.split("|") if genre))
        for item_id, title, genres in _rows(audit, "item", "title", "genres")
    ]
    ratings = _table(bundle, "ratings.dat", Dialect(_COLONS, False, ("user", "item", "rating", "time")))
    facts: dict[str, dict[str, str]] = {}
    side = [audit]
    if "users.dat" in bundle:
        users = _table(bundle, "users.dat", Dialect(_COLONS, False, ("user", "gender", "age", "occupation", "zip")))
        side.append(Audit(users))
        jobs = {str(code): job for code, job in enumerate(OCCUPATIONS_1M)}
        facts = _facts(side[-1], {"gender": GENDERS, "age": AGES_1M, "occupation": jobs})
    return _dataset(name, bundle, ratings, items, facts, side, (1.0, 5.0))


def _read_100k(name: str, bundle: Bundle) -> Dataset:
    movies = _table(bundle, "u.item", Dialect("|", False, _ITEM_100K))
    audit = Audit(movies)
    flags = np.column_stack([numbers(movies.columns[genre])[0] == 1 for genre in GENRES_100K])
    items = []
    for row, (item_id, title, date) in enumerate(_rows(audit, "item", "title", "date")):
        genres = tuple(genre for genre, flag in zip(GENRES_100K[1:], flags[row, 1:].tolist(), strict=True) if flag)
        film = _film(item_id, title, genres, year=int(date[-4:]) if date[-4:].isdecimal() else None)
        items.append(film)
    ratings = _table(bundle, "u.data", Dialect("\t", False, ("user", "item", "rating", "time")))
    facts: dict[str, dict[str, str]] = {}
    side = [audit]
    if "u.user" in bundle:
        users = _table(bundle, "u.user", Dialect("|", False, ("user", "age", "gender", "occupation", "zip")))
        side.append(Audit(users))
        facts = _facts(side[-1], {"gender": GENDERS, "age": {}, "occupation": {}})
    return _dataset(name, bundle, ratings, items, facts, side, (1.0, 5.0))


def _read_latest_small(name: str, bundle: Bundle) -> Dataset:
    movies = _table(bundle, "movies.csv", Dialect())
    side = [Audit(movies)]
    tags: dict[str, tuple[str, ...]] = {}
    if "tags.csv" in bundle:
        side.append(Audit(_table(bundle, "tags.csv", Dialect())))
        tags = _tags(side[-1])
    items = [
        _film(item_id, title, () if genres == _NO_GENRES else tuple(genres.split("|")), reviews=tags.get(item_id, ()))
        for item_id, title, genres in _rows(side[0], "movieId", "title", "genres")
    ]
    table = _table(bundle, "ratings.csv", Dialect())
    renamed = {"user": "userId", "item": "movieId", "rating": "rating", "time": "timestamp"}
    table.columns = {ours: table.column(theirs, ours) for ours, theirs in renamed.items()}
    return _dataset(name, bundle, table, items, {}, side, (0.5, 5.0))


_READERS: Mapping[str, Callable[[str, Bundle], Dataset]] = {
    "movielens-1m": _read_1m,
    "movielens-100k": _read_100k,
    "movielens-latest-small": _read_latest_small,
}


def _dataset(
    name: str,
    bundle: Bundle,
    ratings: TextTable,
    items: Sequence[Item],
    facts: Mapping[str, Mapping[str, str]],
    side: Sequence[Audit],
    scale: tuple[float, float],
) -> Dataset:
    cure = f"Compare it with the official {name}, or fetch that with: understudy data get {name}"
    for audit in side:
        audit.refuse_if_mostly_broken(cure)
    audit = Audit(ratings)
    cells = rated(audit, "user", "item", "rating", "time", *scale)
    log = assemble(audit, cells, items, facts, cure)
    reasons = [*audit.reasons, *(reason for one in side for reason in one.reasons)]
    report = ReadReport(ratings.rows_read, audit.skipped, tuple(reasons), tuple(notes_on(log)))
    return Dataset(name, log, report, bundle.fingerprint())


def _table(bundle: Bundle, file: str, dialect: Dialect) -> TextTable:
    return read_text(bundle.read(file), bundle.label(file), dialect)


def _rows(audit: Audit, key: str, *others: str) -> Iterator[tuple[str, ...]]:
    """The rows of a side file whose key is there; of a repeated key the first."""
    table = audit.table
    columns = [table.column(name, name) for name in (key, *others)]
    codes, words = encode(columns[0])
    audit.reject(codes < 0, f"no {key}")
    first = np.zeros(len(table), dtype=np.bool_)
    first[np.unique(codes, return_index=True)[1]] = True
    audit.reject(~first, f"{key} occurs more than once", columns[0])
    rest = [column.to_pylist() for column in columns[1:]]
    for row in np.flatnonzero(audit.good).tolist():
        yield (words[codes[row]], *(cells[row] for cells in rest))


def _film(
    item_id: str, title: str, genres: tuple[str, ...], *, year: int | None = None, reviews: tuple[str, ...] = ()
) -> Item:
    name, year_of_title = split_year(title)
    return Item(
        item_id=item_id,
        title=spoken(name),
        categories=genres,
        year=year if year_of_title is None else year_of_title,
        reviews=reviews,
    )


def _facts(audit: Audit, words: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Facts about people by name, then by user id, in words where the README has a table of them."""
    facts: dict[str, dict[str, str]] = {name: {} for name in words}
    for user_id, *values in _rows(audit, "user", *words):
        for (name, in_words), value in zip(words.items(), values, strict=True):
            facts[name][user_id] = in_words.get(value, value)
    return facts


def _tags(audit: Audit) -> dict[str, tuple[str, ...]]:
    """The distinct tags of each film, in the order of the file."""
    table = audit.table
    codes, words = encode(table.column("movieId", "item"))
    audit.reject(codes < 0, "no movieId")
    tags: dict[str, dict[str, None]] = {}
    texts = table.column("tag", "tag").to_pylist()
    for row in np.flatnonzero(audit.good).tolist():
        tags.setdefault(words[codes[row]], {})[texts[row].strip()] = None
    return {item_id: tuple(texts) for item_id, texts in tags.items()}
