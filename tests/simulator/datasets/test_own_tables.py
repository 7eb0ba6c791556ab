"""Tables of one's own: declared columns, units that are told, and mistakes that are named with their cure."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.datasets import load
from simulator.records import UserInputError

LOG = "uid,sku,stars,ts,secs,place\nb,i2,4.5,1700000000,3.5,1\na,i10,,1700000100,,3\na,i2,2,,1,\n"
COLUMNS = {"user": "uid", "item": "sku", "rating": "stars", "time": "ts", "dwell": "secs", "position": "place"}


def test_declared_columns_are_read_and_empty_cells_are_missing(write):
    dataset = load("table", path=write({"log.csv": LOG}) / "log.csv", columns=COLUMNS)
    log = dataset.log
    assert dataset.name == "log"
    assert (log.user_ids.tolist(), log.catalog.item_ids.tolist()) == (["a", "b"], ["i10", "i2"])
    assert log.user.tolist() == [0, 0, 1]
    assert log.item.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(log.rating, np.float32([2, np.nan, 4.5]))
    np.testing.assert_array_equal(log.dwell_s, np.float32([1, np.nan, 3.5]))
    assert log.time.tolist() == [0, 1700000100, 1700000000]
    assert log.position.tolist() == [-1, 2, 0]
    assert log.clicked.all()
    assert any("positions start at 1" in note for note in dataset.report.notes)


def test_the_same_is_read_from_csv_tsv_gzip_and_parquet(write, tmp_path):
    want = load("table", path=write({"log.csv": LOG}) / "log.csv", columns=COLUMNS).log
    folder = write({"log.tsv": LOG.replace(",", "\t"), "log.csv.gz": gzip.compress(LOG.encode(), mtime=0)})
    bom = "\ufeff" + LOG.replace(",", ";").replace("\n", "\r\n")
    write({"bom.csv": bom, "log.txt": LOG.replace(",", "§")})
    table = pa.table(
        {
            "uid": ["b", "a", "a"],
            "sku": pa.array(["i2", "i10", "i2"]).dictionary_encode(),
            "stars": [4.5, float("nan"), 2.0],
            "ts": pa.array([1700000000, 1700000100, None], pa.timestamp("s")),
            "secs": pa.array([3.5, None, 1.0]),
            "place": pa.array([1.0, 3.0, float("nan")]),
        }
    )
    pq.write_table(table, tmp_path / "log.parquet")
    for name, separator in (
        ("log.tsv", None),
        ("log.csv.gz", None),
        ("bom.csv", None),
        ("log.txt", "§"),
        ("log.parquet", None),
    ):
        log = load("table", path=folder / name, columns=COLUMNS, separator=separator).log
        for column in ("user", "item", "rating", "time", "dwell_s", "position"):
            np.testing.assert_array_equal(getattr(log, column), getattr(want, column), err_msg=f"{name}: {column}")


def test_whole_numbers_that_parquet_holds_as_floats_are_ids_without_a_point(tmp_path):
    pq.write_table(pa.table({"user": [1.0, 2.0, float("nan")], "item": [10, 9, 9]}), tmp_path / "log.parquet")
    dataset = load("table", path=tmp_path / "log.parquet")
    assert dataset.log.user_ids.tolist() == ["1", "2"]
    assert dataset.log.catalog.item_ids.tolist() == ["9", "10"], "numbers are in numeric order"
    assert [(reason.why, reason.count) for reason in dataset.report.reasons] == [("no user id", 1)]
    assert "row 3" in dataset.report.reasons[0].examples[0]


def test_clicks_tell_what_was_passed_over_and_a_choice_outweighs_a_pass(write):
    text = "user,item,click\nu,a,1\nu,a,0\nu,b,false\nu,c,TRUE\nv,a,maybe\nv,a,0\n"
    dataset = load("table", path=write({"log.csv": text}) / "log.csv")
    log = dataset.log
    assert list(zip(log.user.tolist(), log.item.tolist(), log.clicked.tolist(), strict=True)) == [
        (0, 0, True), (0, 1, False), (0, 2, True), (1, 0, False),
    ]  # fmt: skip
    assert dataset.report.reasons[0].why == "click is neither 0 nor 1"
    assert "log.csv:6: 'maybe'" in dataset.report.reasons[0].examples[0]


@pytest.mark.parametrize("per_second", [1, 10**3, 10**6, 10**9])
def test_times_are_read_in_the_unit_that_their_size_tells(write, per_second):
    text = f"user,item,time\nu,a,{1700000000 * per_second}\nu,b,{1700000060 * per_second}\n"
    assert load("table", path=write({"log.csv": text}) / "log.csv").log.time.tolist() == [1700000000, 1700000060]


def test_times_may_be_iso_dates(write):
    text = "user,item,time\nu,a,2023-11-14T22:13:20Z\nu,b,2023-11-14 23:13:20+01:00\nu,c,2023-11-14\nu,d,\nu,e,soon\n"
    dataset = load("table", path=write({"log.csv": text}) / "log.csv")
    assert dataset.log.time.tolist() == [0, 1699920000, 1700000000, 1700000000]
    assert [(reason.why, reason.count) for reason in dataset.report.reasons] == [
        ("time is neither a number nor an ISO date", 1)
    ]


def test_items_carry_their_declared_facts(write):
    folder = write(
        {
            "log.csv": "user,item\nu,1\nu,2\nu,3\n",
            "items.tsv": "sku\tname\ttags\tcost\tlen\tyr\tn\tmean\tcap\n"
            "2\tTea\tdrink / hot\t2.50\t60\t1999\t12\t4.25\ta cup\n1\tnan\t\tcheap\t\t\t\t\t\n2\tagain\t\t\t\t\t\t\t\n",
        }
    )
    columns = {
        "id": "sku", "title": "name", "categories": "tags", "price": "cost", "duration": "len", "year": "yr",
        "review_count": "n", "review_mean": "mean", "image_caption": "cap",
    }  # fmt: skip
    items = {"path": folder / "items.tsv", "columns": columns, "category_separator": "/"}
    dataset = load("table", path=folder / "log.csv", items=items)
    bare, tea = dataset.catalog
    assert (tea.title, tea.categories, tea.price, tea.duration_s) == ("Tea", ("drink", "hot"), 2.5, 60.0)
    assert (tea.year, tea.review_count, tea.review_mean, tea.image_caption) == (1999, 12, 4.25, "a cup")
    assert (bare.title, bare.categories, bare.price, bare.year) == ("", (), None, None)
    assert {reason.why: reason.count for reason in dataset.report.reasons} == {
        "item is not in the list of items": 1,
        "item id occurs more than once": 1,
        "price is not a number and was left empty": 1,
    }


def test_quoted_cells_may_hold_separators_and_line_breaks_and_lines_are_still_right(write):
    text = 'user,item,rating\n"Doe, J.","a\nb",3\nv,a,4\nw,a,five\n'
    dataset = load("table", path=write({"log.csv": text}) / "log.csv")
    assert dataset.log.user_ids.tolist() == ["Doe, J.", "v"]
    assert "log.csv:5: 'five'" in dataset.report.reasons[0].examples[0]


def test_ids_of_any_length_and_missing_words_for_ids(write):
    huge = "9" * 400
    text = f"user,item\n{huge},1\n{huge},99999999999999999999\nnan,1\nNULL,1\n  ,1\nx,07\nx,7\n"
    dataset = load("table", path=write({"log.csv": text}) / "log.csv")
    assert dataset.log.user_ids.tolist() == [huge, "x"]
    assert dataset.log.catalog.item_ids.tolist() == ["1", "07", "7", "99999999999999999999"]
    assert [(reason.why, reason.count) for reason in dataset.report.reasons] == [("no user id", 3)]


def test_ratings_outside_the_declared_range_are_broken_rows(write):
    path = write({"log.csv": "user,item,rating\nu,a,5\nu,b,0\nu,c,11\nu,d,1\n"}) / "log.csv"
    assert load("table", path=path).report.rows_skipped == 0
    report = load("table", path=path, rating_range=(1, 10)).report
    assert (report.reasons[0].why, report.reasons[0].count) == ("rating outside 1 to 10", 2)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"user": "uid"}, "dataset.columns: item is missing"),
        (
            {"user": "uid", "item": "sky"},
            "there is no column 'sky' .declared as dataset.columns.item.. Did you mean 'sku'",
        ),
        ({"user": "UID", "item": "sku"}, "Did you mean 'uid'"),
        ({"usr": "uid", "item": "sku"}, "'usr' is not known here. Did you mean 'user'"),
        ({"user": 3, "item": "sku"}, "dataset.columns.user: must be the name of a column"),
        (None, "there is no column 'user'"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_wrong_declaration_is_named_with_the_cure(write, columns, told, form):
    folder = write({"log.csv": LOG})
    pq.write_table(pa.table({"uid": ["a"], "sku": ["b"]}), folder / "log.parquet")
    with pytest.raises(UserInputError, match=told):
        load("table", path=folder / f"log.{form}", columns=columns)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n", "is empty"),
        ("header.csv", b"user,item\n", "a header and no rows"),
        ("header2.csv", b"user,item", "a header and no rows"),
        ("twice.csv", b"user,item,item\na,b,c\n", "two columns are called 'item'"),
        ("noise.csv", bytes(range(256)) * 8, "binary data"),
        ("noise.csv.gz", b"\x1f\x8bnot really", "not a whole gzip file"),
        ("cut.csv.gz", gzip.compress(LOG.encode(), mtime=0)[:-12], "not a whole gzip file"),
        ("noise.parquet", b"PAR1 nonsense", "cannot be read as Parquet"),
        ("book.xlsx", b"PK\x03\x04", "spreadsheet"),
        ("ragged.csv", b"user,item\na\nb\nc\na,b\n", "3 of 4 rows are broken: wrong number of fields"),
        ("nan.csv", b"user,item\nnan,1\n,2\n", "2 of 2 rows are broken: no user id"),
    ],
)
def test_a_hostile_file_is_refused_in_one_sentence(write, name, content, told):
    with pytest.raises(UserInputError, match=told) as error:
        load("table", path=write({name: content}) / name)
    assert name in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "needs a path"),
        ({"path": "/nowhere/log.csv"}, "/nowhere/log.csv: there is no such file"),
        ({"path": "."}, "cannot be read"),
        ({"path": "log.csv", "items": {}}, "dataset.items: path is missing"),
        ({"path": "log.csv", "items": {"pth": "x"}}, "Did you mean 'path'"),
        ({"path": "log.csv", "separator": "\n"}, "cannot separate fields"),
        ({"path": "log.csv", "rating_range": (5, 1)}, "rating_range"),
    ],
)
def test_wrong_settings_of_a_table_are_named(write, monkeypatch, arguments, told):
    monkeypatch.chdir(write({"log.csv": "user,item,rating\na,b,1\n"}))
    with pytest.raises(UserInputError, match=told):
        load("table", **arguments)


def test_settings_of_tables_are_refused_for_other_sources():
    with pytest.raises(UserInputError, match="columns is for source: table"):
        load("sample", columns={"user": "u"})
    with pytest.raises(UserInputError, match="takes no path"):
        load("sample", path=Path("somewhere"))


CELLS = st.one_of(
    st.sampled_from(
        ["", "u", "a", "1", "-1", "1e400", "nan", "inf", "0x1", "1_0", '"', "\r", "\ufeff", "9" * 30, "2024-13-01"]
    ),
    st.text(max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.lists(st.lists(CELLS, max_size=8).map(",".join), max_size=8).map(lambda lines: "\n".join(lines).encode()),
    )
)
def test_no_content_whatever_ends_in_anything_but_a_log_or_one_clear_error(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("fuzz") / "log.csv"
    path.write_bytes(b"user,item,rating,click,time,dwell,position\nu,a,1,1,1,1,1\nv,b,2,0,,,\nw,c,,1,3,3,3\n" + body)
    try:
        dataset = load("table", path=path)
    except UserInputError:
        return
    report, log = dataset.report, dataset.log
    assert report.rows_read == report.rows_skipped + len(log)
    assert (log.time >= 0).all()
    assert (log.position >= -1).all()
    assert not np.isinf(log.rating).any()
