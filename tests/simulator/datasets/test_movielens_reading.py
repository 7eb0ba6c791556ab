"""MovieLens in its official layouts: what is read, in which order, and what happens to broken rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from simulator.datasets import load
from simulator.datasets.movielens import OCCUPATIONS_1M
from simulator.datasets.titles import split_year, spoken
from simulator.records import UserInputError


def test_films_carry_title_as_spoken_year_and_genres(write, ml_1m_files):
    film = load("movielens-1m", path=write(ml_1m_files)).catalog
    assert [(item.item_id, item.title, item.year, item.categories) for item in film] == [
        ("1", "Toy Story", 1995, ("Animation", "Children's", "Comedy")),
        ("2", "The Matrix", 1999, ("Action", "Sci-Fi")),
        ("10", "Les Misérables", 1995, ("Drama", "Musical")),
    ]


def test_rows_are_ordered_by_person_then_time_then_item(write, ml_1m_files):
    log = load("movielens-1m", path=write(ml_1m_files)).log
    rows = zip(log.user_ids[log.user].tolist(), log.catalog.item_ids[log.item].tolist(), log.time.tolist(), strict=True)
    assert list(rows) == [
        ("1", "10", 978300760), ("1", "1", 978301968), ("1", "2", 978302109), ("2", "1", 0), ("2", "10", 978300019),
    ]  # fmt: skip
    assert log.rating.tolist() == [5, 4, 3, 5, 3]


def test_time_zero_is_reported_as_missing(write, ml_1m_files):
    dataset = load("movielens-1m", path=write(ml_1m_files))
    assert dataset.log.complete_times().tolist() == [True, False]
    assert any("20% of the interactions carry no time; 1 of 2 people" in note for note in dataset.report.notes)


def test_people_without_ratings_are_left_out_and_facts_are_in_words(write, ml_1m_files):
    log = load("movielens-1m", path=write(ml_1m_files)).log
    assert log.user_ids.tolist() == ["1", "2"]
    assert log.demographics["gender"].tolist() == ["female", "male"]
    assert log.demographics["age"].tolist() == ["under 18", "56 and over"]
    assert log.demographics["occupation"].tolist() == ["K-12 student", "self-employed"]
    assert len(OCCUPATIONS_1M) == 21


def test_the_same_is_read_from_folder_zip_and_gzipped_files(write, zipped, ml_1m_files, tmp_path):
    plain = load("movielens-1m", path=write({f"a/{name}": content for name, content in ml_1m_files.items()}) / "a")
    archive = zipped("ml-1m.zip", {f"ml-1m/{name}": content for name, content in ml_1m_files.items()})
    packed = {
        f"b/{name}.gz": gzip.compress(content if isinstance(content, bytes) else content.encode())
        for name, content in ml_1m_files.items()
    }
    for other in (load("movielens-1m", path=archive), load("movielens-1m", path=write(packed) / "b")):
        assert other.fingerprint == plain.fingerprint
        assert other.catalog.items == plain.catalog.items
        assert np.array_equal(other.log.rating, plain.log.rating)


def test_another_file_has_another_fingerprint(write, ml_1m_files):
    before = load("movielens-1m", path=write(ml_1m_files)).fingerprint
    ml_1m_files["ratings.dat"] = str(ml_1m_files["ratings.dat"]).replace("::3::", "::2::")
    assert load("movielens-1m", path=write(ml_1m_files)).fingerprint != before


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1::1", "wrong number of fields"),
        ("1::1::4::978300760::9", "wrong number of fields"),
        ("2::2::good::978300760", "rating is not a number"),
        ("2::2::nan::978300760", "rating is not a number"),
        ("2::2::6::978300760", "rating outside 1 to 5"),
        ("2::2::4::yesterday", "time is not a number"),
        ("2::999::4::978300760", "item is not in the list of items"),
        ("::2::4::978300760", "no user id"),
        ("2::::4::978300760", "no item id"),
    ],
)
def test_a_broken_row_is_counted_and_named_with_its_line(write, ml_1m_files, row, why):
    lines = str(ml_1m_files["ratings.dat"]).splitlines()
    ml_1m_files["ratings.dat"] = "\n".join([*lines[:2], row, *lines[2:]]) + "\n"
    dataset = load("movielens-1m", path=write(ml_1m_files))
    assert (dataset.report.rows_read, dataset.report.rows_skipped, len(dataset.log)) == (6, 1, 5)
    (reason,) = dataset.report.reasons
    assert (reason.why, reason.count) == (why, 1)
    assert "ratings.dat:3" in reason.examples[0]


def test_lines_are_named_rightly_after_lines_that_were_dropped(write, ml_1m_files):
    good = str(ml_1m_files["ratings.dat"]).splitlines()
    lines = ["junk", *good[:1], "", "more junk", *good[1:], "2::2::9::978300760"]
    ml_1m_files["ratings.dat"] = "\r\n".join(lines)
    reasons = {reason.why: reason for reason in load("movielens-1m", path=write(ml_1m_files)).report.reasons}
    assert [example.split(":")[1] for example in reasons["wrong number of fields"].examples] == ["1", "4"]
    assert "ratings.dat:9: '9'" in reasons["rating outside 1 to 5"].examples[0]


def test_of_repeated_ratings_the_last_one_stays_and_the_others_are_counted(write, ml_1m_files):
    ml_1m_files["ratings.dat"] = (
        str(ml_1m_files["ratings.dat"]) + "2::1::1::0\n1::1::2::978999999\n1::1::3::978000000\n"
    )
    dataset = load("movielens-1m", path=write(ml_1m_files))
    log = dataset.log
    value = {(int(user), int(item)): rating for user, item, rating in zip(log.user, log.item, log.rating, strict=True)}
    assert (value[1, 0], value[0, 0]) == (1, 2)
    (reason,) = dataset.report.reasons
    assert (dataset.report.rows_skipped, reason.count) == (3, 3)
    assert [example.rpartition(":")[2] for example in reason.examples] == ["4", "5", "8"]


def test_a_file_that_is_mostly_broken_is_refused_with_the_cure(write, ml_1m_files):
    ml_1m_files["ratings.dat"] = "1::1::9::0\n1::2::9::0\n2::1::3::0\n"
    with pytest.raises(UserInputError, match=r"ratings.dat: 2 of 3 rows are broken: rating outside.*data get"):
        load("movielens-1m", path=write(ml_1m_files))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02binary", "binary data"),
        ("1::1::3::0\n".encode("utf-16"), "UTF-16"),
        (b"1,1,3,0\n1,2,3,0\n", "rows are broken"),
    ],
)
def test_a_file_that_is_no_such_file_is_refused(write, ml_1m_files, content, told):
    with pytest.raises(UserInputError, match=told):
        load("movielens-1m", path=write({**ml_1m_files, "ratings.dat": content}))


def test_100k_is_read_with_flags_dates_and_people(write):
    flags = "0|" * 5 + "1" + "|0" * 13
    dataset = load(
        "movielens-100k",
        path=write(
            {
                "u.item": f"1|Copycat (1995)|01-Jan-1995||http://x|{flags}\n267|unknown||||1{'|0' * 18}\n",
                "u.data": "2\t1\t4\t881250949\n1\t267\t3\t891717742\n",
                "u.user": "1|24|M|technician|85711\n2|53|F|other|94043\n",
            }
        ),
    )
    film, unknown = dataset.catalog
    assert (film.title, film.year, film.categories) == ("Copycat", 1995, ("Comedy",))
    assert (unknown.title, unknown.year, unknown.categories) == ("unknown", None, ())
    assert dataset.log.demographics["age"].tolist() == ["24", "53"]
    assert dataset.log.demographics["gender"].tolist() == ["male", "female"]


def test_latest_small_is_read_with_halves_quotes_and_tags(write):
    dataset = load(
        "movielens-latest-small",
        path=write(
            {
                "movies.csv": 'movieId,title,genres\n1,"American President, The (1995)",Comedy|Drama\n'
                "2,Babylon 5,(no genres listed)\n",
                "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.5,964982703\n1,2,0.5,964981247\n",
                "tags.csv": 'userId,movieId,tag,timestamp\n1,1,"witty, warm",1\n2,1,politics,2\n3,1,politics,3\n',
            }
        ),
    )
    first, second = dataset.catalog
    assert (first.title, first.reviews) == ("The American President", ("witty, warm", "politics"))
    assert (second.title, second.year, second.categories) == ("Babylon 5", None, ())
    assert dataset.log.rating.tolist() == [0.5, 4.5]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Matrix, The", "The Matrix"),
        ("Lost Children, The (Enfants perdus, Les)", "The Lost Children (Les Enfants perdus)"),
        ("Avventura, L'", "L'Avventura"),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("I, Robot", "I, Robot"),
        ("(500) Days of Summer", "(500) Days of Summer"),
    ],
)  # fmt: skip
def test_titles_are_said_with_the_article_in_front(written, said):
    assert spoken(written) == said


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Toy Story (1995)", ("Toy Story", 1995)),
        ("Series (2006–2007)", ("Series", 2006)),
        ("1984 (1956)", ("1984", 1956)),
        ("2001", ("2001", None)),
    ],
)
def test_the_year_is_taken_from_the_end_of_the_title(title, expected):
    assert split_year(title) == expected


def test_the_real_movielens_1m_is_read_whole(real_data: Path):
    dataset = load("movielens-1m", data_dir=real_data)
    log = dataset.log
    assert (len(log), log.n_users, len(log.catalog)) == (1_000_209, 6_040, 3_883)
    assert np.bincount(log.rating.astype(int)).tolist() == [0, 56_174, 107_557, 261_197, 348_971, 226_310]
    assert dataset.report.rows_skipped == 0
    assert all(item.year and item.categories for item in log.catalog)
    assert not any("unknown" in facts for facts in log.demographics.values())


def test_the_real_latest_small_is_read_from_its_zip(real_data: Path):
    if not (real_data / "ml-latest-small").is_dir():
        pytest.skip(f"no ml-latest-small in {real_data}")
    dataset = load("movielens-latest-small", data_dir=real_data)
    assert (len(dataset.log), dataset.log.n_users, len(dataset.catalog)) == (100_836, 610, 9_742)
    assert dataset.log.complete_times().all()
    assert sum(bool(item.reviews) for item in dataset.catalog) == 1_572
