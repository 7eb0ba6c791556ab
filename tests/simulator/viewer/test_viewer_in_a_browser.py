"""The viewer as somebody uses it: clicks, keys, links, the back button, a run that goes on, in a real browser."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browsing import Watched, browser
from made_run import MadeRun, make_run
from viewed_runs import (
    MADE,
    SCRIPT,
    WHO,
    at,
    empty_run,
    hostile_run,
    in_a_thread,
    lived_run,
    served,
    with_transcripts,
)

import simulator

SCREENS = ("", "people", "person", "page", "apart", "events", "search", "memories", "about")


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def shelf(started: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: one with words, a hostile, an empty, a broken and a long one."""
    folder = tmp_path_factory.mktemp("shelf")
    with_transcripts(make_run(folder / "talking", replace(MADE, name="talking")))
    hostile_run(folder / "talking", folder / "hostile")
    empty_run(folder / "empty")
    make_run(folder / "long", MadeRun(people=120, turns=5, slate=8, items=60, name="a longer run"))
    make_run(folder / "broken", MadeRun(people=4, turns=2, slate=2, items=8, name="broken"))
    (folder / "broken" / "manifest.json").write_text("{")
    return folder


@pytest.fixture(scope="module")
def home(shelf: Path) -> Iterator[str]:
    """The address of one viewer over them."""
    with served(str(shelf), "--port", "0") as (address, _):
        yield address.rstrip("/")


@pytest.fixture
def watched(started: Any) -> Iterator[Watched]:
    """A page in which nothing may go wrong."""
    with Watched(started) as seen:
        yield seen
        assert seen.faults == []


def screens(run: Path, word: str) -> dict[str, str]:
    """Addresses of all screens: of a person and a page of theirs, the search for a word."""
    rows = simulator.open(run).sql(
        "select user_id, min(turn) as turn from events where clicked and arm = 'control' group by 1 order by 1"
    )
    who = next((row for row in rows.to_pylist() if row["user_id"] == WHO), rows.to_pylist()[0])
    user, turn = quote(who["user_id"], safe=""), who["turn"]
    asked: dict[str, dict[str, Any]] = {
        "people": {"q": quote(who["user_id"][:6])},  # some, and the rows of one page: looking costs time for each cell
        "person": {"user": user},
        "events": {"user": user, "turn": turn},
        "page": {"user": user, "turn": turn, "arm": "control"},
        "apart": {"user": user},
        "memories": {"user": user},
        "search": {"q": word},
    }
    return {view: at(run, view, **asked.get(view, {})) for view in SCREENS}


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for something that is asked from outside: the pages' own policy lets nothing be evaluated in them."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def test_each_screen_is_reached_by_clicks_and_the_way_back_is_the_browsers(home: str, watched: Watched) -> None:
    page = watched.page
    seen = [home + "/"]

    def click(selector: str, title: str) -> None:
        page.click(selector)
        page.wait_for_load_state()
        assert title in page.title()
        seen.append(page.url)

    page.goto(home)
    click("text=talking", "talking")
    click(".tabs >> text=People", "People")
    click("tbody a[data-row] >> nth=0", "talking")
    assert page.locator("h1").inner_text() in page.title()
    click("tbody a[data-row] >> nth=0", "Visit 1, page 1")
    assert page.locator(".screen .place").count() == 6
    click("text=/^Beside treatment/", "control beside treatment")
    assert page.locator(".two > section").count() == 2
    click(".crumbs >> text=talking", "talking")
    click(".tabs >> text=Events", "Events")
    click(".tabs >> text=Memories", "Memories")
    click(".tabs >> text=Manifest and scenario", "Manifest")
    page.fill("#find", "the")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=the")
    assert "Search: the" in page.title()
    for address in reversed(seen):
        page.go_back()
        assert page.url == address


def test_keys_walk_through_lists_and_pages(home: str, watched: Watched, shelf: Path) -> None:
    page = watched.page
    page.goto(home + at(shelf / "long", "people"))
    first, third = (page.locator("a[data-row]").nth(n).inner_text() for n in (0, 2))
    for key in "jjjkj":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.innerText") == third
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**page=2*")
    assert first not in page.locator("tbody").inner_text()
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/person?*")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/page?*")
    turn = re.search(r"turn=(\d+)", page.url)
    assert turn is not None
    page.keyboard.press("j")
    page.wait_for_url(lambda address: f"turn={turn[1]}" not in address)
    page.keyboard.press("k")
    page.wait_for_url(f"**turn={turn[1]}")
    page.keyboard.press("u")
    page.wait_for_url("**/person?*")
    page.keyboard.press("/")
    page.keyboard.type("j")  # what is typed is no command
    assert page.input_value("#find") == "j" and "/person?" in page.url


def test_a_link_is_all_that_another_window_needs(started: Any, home: str, shelf: Path) -> None:
    address = home + at(shelf / "long", "events", arm="treatment", clicked="yes", page=2)
    with Watched(started) as one:
        one.page.goto(address)
        assert one.page.locator("select[name=arm]").input_value() == "treatment"
        assert one.page.locator("select[name=clicked]").input_value() == "yes"
        shown = one.page.locator("tbody").inner_text()
        assert one.faults == []
    with Watched(started) as other:
        other.page.goto(address)
        assert other.page.locator("tbody").inner_text() == shown


def test_a_view_is_taken_along_as_csv(home: str, watched: Watched, shelf: Path) -> None:
    watched.page.goto(home + at(shelf / "long", "people", sort="clicks", down=1))
    with watched.page.expect_download() as taken:
        watched.page.keyboard.press("e")
    path = taken.value.path()
    assert taken.value.suggested_filename.endswith("-people.csv")
    assert len(Path(path).read_text().splitlines()) == 121


def test_hostile_texts_do_nothing(home: str, watched: Watched, shelf: Path) -> None:
    for address in screens(shelf / "hostile", "script").values():
        watched.page.goto(home + address)
        assert watched.page.evaluate("window.taken") is None
        assert watched.page.evaluate("document.images.length") == 0
        assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert SCRIPT in watched.page.locator("body").inner_text()


def test_empty_and_broken_runs_say_what_they_are(started: Any, home: str, shelf: Path) -> None:
    with Watched(started) as seen:
        page = seen.page
        page.goto(home)
        page.click("text=an empty run")
        assert "stopped before its end" in page.inner_text("body")
        page.goto(home)
        assert "cannot be read" in page.inner_text("body")
        page.click("a[data-row] >> text=broken")
        assert "Restore it or run again" in page.inner_text("main")
        page.click("main >> text=Runs")
        assert page.url == home + "/"
        assert [fault for fault in seen.faults if "409" not in fault] == []  # the console names a refused page


def test_a_run_that_goes_on_is_followed_and_its_end_is_said(home: str, shelf: Path, watched: Watched) -> None:
    with lived_run(shelf / "lived") as run:
        page = watched.page
        page.clock.install()

        def soon(holds: Callable[[], bool]) -> None:
            until(lambda: page.clock.run_for(2000) or holds())

        page.set_viewport_size({"width": 500, "height": 300})
        page.goto(home + at(run))
        pages = page.locator("#arms tbody tr").first.locator("td").nth(0)
        assert page.inner_text("#pulse") == "running"
        before = int(pages.inner_text().replace(",", ""))
        page.locator("#arms a").first.focus()
        page.evaluate("window.scrollTo(0, 120)")
        kept = page.evaluate("[scrollY, document.activeElement.href]")
        for name in ("control", "treatment"):  # more turns of the block that was being lived
            (part,) = run.glob(f"events/{name}.*.00000.parquet")
            part.with_name(part.name.replace("00000", "00001")).write_bytes(part.read_bytes())
        soon(lambda: int(pages.inner_text().replace(",", "")) > before)
        assert page.evaluate("[scrollY, document.activeElement.href]") == kept
        manifest = json.loads((run / "manifest.json").read_text())
        (run / "manifest.json").write_text(json.dumps(manifest | {"status": "failed"}))
        soon(lambda: page.inner_text("#pulse") == "failed")


def test_the_list_of_runs_is_followed_and_keeps_focus(started: Any, tmp_path: Path) -> None:
    make_run(tmp_path / "first", MadeRun(people=4, turns=2, slate=2, items=8, name="the first"))
    with in_a_thread(tmp_path, patience_s=60.0) as root, Watched(started) as seen:
        page = seen.page
        page.clock.install()

        def soon(holds: Callable[[], bool]) -> None:
            until(lambda: page.clock.run_for(2000) or holds())

        page.goto(root)
        page.locator("a[data-row]").focus()
        with lived_run(tmp_path / "second") as run:
            soon(lambda: page.locator(".pulse.running").count() == 1)
            assert page.evaluate("document.activeElement.innerText") == "the first"
            manifest = json.loads((run / "manifest.json").read_text())
            (run / "manifest.json").write_text(json.dumps(manifest | {"status": "failed"}))
            soon(lambda: page.locator(".pulse.failed").count() == 1)
        assert seen.faults == []


def test_nobody_is_shut_out_and_no_page_is_too_wide(home: str, shelf: Path, watched: Watched) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = watched.page
    found: list[str] = []

    def look(address: str, **rules: Any) -> None:
        answer = axe.run(page, options={"resultTypes": ["violations"], **rules}).response
        found.extend(
            f"{address}: {fault['id']} {fault['nodes'][0]['html'][:200]}"
            for fault in answer["violations"]
            if fault["impact"] in ("serious", "critical")
        )

    for view, address in {"runs": "/", **screens(shelf / "talking", "the")}.items():
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1600, "height": 800})
        page.goto(home + address)
        look(address)
        for width in (1600, 400):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{address}: wider than {width}")
        if view in ("", "page", "apart"):
            page.emulate_media(color_scheme="dark")  # colours are all that it changes
            look(f"{address} in the dark", runOnly=["color-contrast"])
    assert found == []


def test_a_page_that_takes_long_is_begun_at_once_and_ends_as_any_other(shelf: Path, watched: Watched) -> None:
    with in_a_thread(shelf / "talking", patience_s=0.0) as root:
        page = watched.page
        page.goto(root + at(shelf / "talking", "people"))
        assert page.locator(".waiting").count() == 1 and not page.locator(".waiting").is_visible()
        assert page.title() == "People · talking · Understudy" and page.locator("h1").is_visible()


def test_it_is_read_without_scripts(started: Any, home: str, shelf: Path) -> None:
    with Watched(started, java_script_enabled=False) as seen:
        seen.page.goto(home + at(shelf / "long", "people"))
        seen.page.fill("input[name=q]", "00007")
        seen.page.click("main button")
        assert "u000007" in seen.page.inner_text("tbody")
        assert seen.faults == []
