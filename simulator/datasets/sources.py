"""The datasets that can be asked for by name: what each is, under which terms, and where it comes from.

Imports nothing heavy, so that the command can list them at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

_GROUPLENS = "https://files.grouplens.org/datasets/movielens/"

_RESEARCH_ONLY = (
    "GroupLens' usage licence: for research; cite it in publications; do not redistribute it and do not use it "
    "commercially without permission; nothing may suggest that the University of Minnesota or GroupLens endorses you; "
    "no warranty."
)
_REDISTRIBUTABLE = (
    "GroupLens' usage licence: cite it in publications; redistribution only under the same conditions; no commercial "
    "use without permission; nothing may suggest that the University of Minnesota or GroupLens endorses you; "
    "no warranty."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One dataset that can be asked for by name."""

    name: str
    title: str
    what: str
    terms: str
    terms_url: str | None = None
    folder: str = ""
    """Name of the official folder, looked up inside the data folder."""
    files: tuple[str, ...] = ()
    """The files without which it cannot be read."""
    archive: str = ""
    """Name of the official zip."""
    base_url: str = ""
    checksum: str = ""
    """``algorithm:hex`` of the zip. MD5 where that is what the publisher states next to the file."""
    archive_bytes: int = 0

    @property
    def url(self) -> str:
        return self.base_url + self.archive

    @property
    def downloadable(self) -> bool:
        return bool(self.archive)


SOURCES: tuple[Source, ...] = (
    Source(
        name="sample",
        title="Embedded sample",
        what="600 invented films, 1,000 invented people, 20 to 120 ratings each with times; ships with Understudy",
        terms="Apache-2.0, like Understudy; nothing in it is real.",
    ),
    Source(
        name="movielens-1m",
        title="MovieLens 1M",
        what="1,000,209 ratings (1-5) of 3,883 films by 6,040 people with gender, age and occupation, 2000-2003",
        terms=_RESEARCH_ONLY,
        terms_url=_GROUPLENS + "ml-1m-README.txt",
        folder="ml-1m",
        files=("ratings.dat", "movies.dat"),
        archive="ml-1m.zip",
        base_url=_GROUPLENS,
        checksum="md5:c4d9eecfca2ab87c1945afe126590906",
        archive_bytes=5_917_549,
    ),
    Source(
        name="movielens-100k",
        title="MovieLens 100K",
        what="100,000 ratings (1-5) of 1,682 films by 943 people with gender, age and occupation, 1997-1998",
        terms=_RESEARCH_ONLY,
        terms_url=_GROUPLENS + "ml-100k-README.txt",
        folder="ml-100k",
        files=("u.data", "u.item"),
        archive="ml-100k.zip",
        base_url=_GROUPLENS,
        checksum="md5:0e33842e24a9c977be4e0107933c0723",
        archive_bytes=4_924_029,
    ),
    Source(
        name="movielens-latest-small",
        title="MovieLens latest-small",
        what="100,836 ratings (0.5-5) and 3,683 tags of 9,742 films by 610 people, 1996-2018",
        terms=_REDISTRIBUTABLE,
        terms_url=_GROUPLENS + "ml-latest-small-README.html",
        folder="ml-latest-small",
        files=("ratings.csv", "movies.csv"),
        archive="ml-latest-small.zip",
        base_url=_GROUPLENS,
        checksum="sha256:696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        archive_bytes=978_202,
    ),
    Source(
        name="table",
        title="Your own table",
        what="any CSV, TSV or Parquet file of interactions with a declared column mapping, and optionally one of items",
        terms="Your own.",
    ),
)

NAMES: tuple[str, ...] = tuple(source.name for source in SOURCES)
_ALSO_CALLED = {source.folder: source.name for source in SOURCES if source.folder}


class UnknownSourceError(LookupError):
    """No dataset has this name; the message says which one may be meant."""


def source_named(name: str) -> Source:
    """The source of a name or of its official short name, such as ``ml-1m``. Raises `UnknownSourceError`."""
    wanted = _ALSO_CALLED.get(name.strip().lower(), name.strip().lower())
    for source in SOURCES:
        if source.name == wanted:
            return source
    near = get_close_matches(wanted, [*NAMES, *_ALSO_CALLED], n=1)
    guess = f" Did you mean {_ALSO_CALLED.get(near[0], near[0])!r}?" if near else ""
    raise UnknownSourceError(f"no dataset is called {name!r}.{guess} There are: {', '.join(NAMES)}")
