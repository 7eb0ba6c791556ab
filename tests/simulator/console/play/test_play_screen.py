"""The seat on a full screen of 80 by 24, driven by Textual's pilot, with a real play behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from seated import scenario
from textual.events import Key
from textual.pilot import Pilot

import simulator
from simulator.console.play.screen import PlayApp
from simulator.console.play.screens import ItemScreen, PageScreen, Question, TitlesScreen
from simulator.console.play.tiles import Tile
from simulator.records import Item
from simulator.studies.play.looking import Looking, Shown, Stopped
from simulator.studies.play.playing import play, resume

Drive = Callable[[Pilot[Any], PlayApp], Awaitable[None]]


async def until(pilot: Pilot[Any], there: Callable[[], bool]) -> None:
    for _ in range(6000):
        if there():
            return
        if pilot.app.fault is not None:
            raise AssertionError("the play ended before") from pilot.app.fault
        await pilot.pause(0.05)
    raise AssertionError(f"still {pilot.app.screen!r}")


def driven(carry_out: Any, drive: Drive, size: tuple[int, int] = (80, 24)) -> PlayApp:
    app = PlayApp(carry_out)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await drive(pilot, app)
            await until(pilot, lambda: app.played is not None or app.fault is not None)

    asyncio.run(run())
    return app


def seen_on(app: PlayApp) -> str:
    """What is on the screen, as text."""
    return "\n".join("".join(piece.text for piece in strip) for strip in app.screen._compositor.render_strips())


def test_a_whole_play_by_keys_stopped_and_gone_on_with(tmp_path: Path) -> None:
    async def first(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, TitlesScreen))
        await pilot.press("1", "5", "2", "enter", "3", "escape", "n", "1", "4", "enter")
        await until(pilot, lambda: isinstance(app.screen, PageScreen))
        await pilot.pause()
        await pilot.press("2")
        assert isinstance(app.screen, ItemScreen)
        await pilot.press("4", "escape", "down", "enter", "b")
        await until(pilot, lambda: "[opened, 4]" in seen_on(app) and "▸" in seen_on(app))
        await pilot.press("n", "3")
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and app.screen.looking.shown.turn == 1)
        await pilot.press("1", "ctrl+c")

    def begin(player: Any, listener: Any) -> Any:
        return play(scenario(), tmp_path / "r", player, arm="plain", name="ann", pages=3, listener=listener)

    assert isinstance(driven(begin, first).fault, KeyboardInterrupt)

    async def second(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and "[opened]" in seen_on(app))
        await pilot.press("n", "escape", "n", "enter")
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and app.screen.looking.shown.turn == 2)
        await pilot.press("l", "escape", "l", "3")
        assert isinstance(app.screen, Question)
        await pilot.press("2")

    app = driven(lambda player, listener: resume(tmp_path / "r", player, listener=listener), second)
    assert app.played is not None and app.played.document["made_from"] == 3
    rows = simulator.open(tmp_path / "r").events.to_pandas()
    mine = rows[rows["mind"] == "human"]
    assert mine[mine["clicked"]][["turn", "position"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 0]]
    assert mine["rating"].dropna().tolist() == [4.0]
    assert mine.groupby("turn")["satisfaction"].first().isna().tolist() == [False, True, False]
    assert mine["leave_reason"].iloc[-1] == "bored" and mine["examined"].all()
    assert (mine["dwell_s"] > 0).tolist() == mine["clicked"].tolist()


def test_keys_that_come_in_one_go_are_done_one_after_the_other(tmp_path: Path) -> None:
    """Typed ahead, or late over a slow line: no key reaches a screen that the key before it has closed or covered."""

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        def send(keys: str) -> None:
            for key in keys:
                app.post_message(Key({"\r": "enter", "\x1b": "escape"}.get(key, key), key if key.isalnum() else None))

        await until(pilot, lambda: isinstance(app.screen, TitlesScreen))
        send("15542\r")  # the first is liked with 5, the fifth with 4, the second is picked and not rated
        await until(pilot, lambda: "3 picked" in seen_on(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and bool(app.screen.looking.seen))
        send("23\r\x1b\x1bn4")
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and app.screen.looking.shown.turn == 1)
        send("l31")

    def begin(player: Any, listener: Any) -> Any:
        return play(scenario(), tmp_path / "r", player, arm="plain", name="ann", pages=3, listener=listener)

    assert driven(begin, drive).played is not None
    rows = simulator.open(tmp_path / "r").events.to_pandas()
    mine = rows[rows["mind"] == "human"]
    assert mine[mine["clicked"]][["turn", "position", "rating"]].to_numpy().tolist() == [[0, 1, 3.0]]
    assert mine.groupby("turn")["satisfaction"].first().tolist() == [4.0, 1.0]
    assert mine["leave_reason"].iloc[-1] == "bored"


def looking_at(layout: str, k: int = 10, **item: Any) -> Looking:
    class Nowhere:
        def note(self, event: str, **values: Any) -> None: ...

    items = tuple(Item(item_id=f"i{n}", title=f"Title {n}", **item) for n in range(k))
    shown = Shown(turn=0, session=0, page=0, layout=layout, items=items, scale=("1", "2", "3", "4", "5"), pages_left=0)
    return Looking(shown=shown, notes=Nowhere())


def shown_to(looking: Looking, drive: Drive, size: tuple[int, int]) -> None:
    def carry_out(player: Any, listener: Any) -> Any:
        player.look(looking)
        raise Stopped

    driven(carry_out, drive, size)


@pytest.mark.parametrize(("layout", "second_row"), [("list", 1), ("grid", 4), ("carousel", 5)])
def test_a_page_in_its_layout_fits_a_small_terminal(layout: str, second_row: int) -> None:
    looking = looking_at(layout)

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and len(looking.seen) == 10)
        tiles = {tile.place: tile.region for tile in app.screen.query(Tile)}
        below = [place for place, region in tiles.items() if region.y > tiles[0].y]
        assert min(below) == second_row
        await pilot.press("down", "enter")
        assert looking.current == second_row
        await pilot.press("escape", "0", "escape")
        await pilot.click("#place-2")
        await until(pilot, lambda: looking.current == 2)
        await pilot.press("escape", "n", "1")

    shown_to(looking, drive, (80, 24))
    assert looking.clicked == {second_row, 9, 2} and looking.done


@pytest.mark.parametrize("layout", ["list", "feed", "grid", "carousel"])
def test_a_page_shows_what_the_double_is_shown_there(layout: str) -> None:
    """A grid and shelves are pictures and titles: a rating or a headline would tell the player more than the double."""
    looking = looking_at(layout, 2, review_mean=4.5, review_count=70, headline="Nobody saw", image_caption="A dog")

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and "Title 0" in seen_on(app))
        pictures = layout in ("grid", "carousel")
        assert ("A dog" in seen_on(app)) == pictures
        assert ("rated 4.5" in seen_on(app), "Nobody saw" in seen_on(app)) == (not pictures, not pictures)
        await pilot.press("n", "enter")

    shown_to(looking, drive, (80, 24))


@pytest.mark.parametrize(("key", "how"), [("q", Stopped), ("ctrl+d", Stopped), ("ctrl+c", KeyboardInterrupt)])
def test_each_key_that_stops_the_play_does_and_ctrl_c_is_an_interruption(key: str, how: type[BaseException]) -> None:
    looking = looking_at("list", 2)

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, PageScreen))
        await pilot.press(key)

    app = driven(lambda player, listener: player.look(looking), drive)
    assert isinstance(app.fault, how) and app.played is None


def test_only_what_was_on_the_screen_was_seen() -> None:
    looking = looking_at("list")

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and bool(looking.seen))
        assert max(looking.seen) < 6
        await pilot.press("end")
        await until(pilot, lambda: 9 in looking.seen)
        await pilot.press("n", "enter")

    shown_to(looking, drive, (40, 12))


def test_a_feed_shows_one_title() -> None:
    looking = looking_at("feed")

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: looking.seen == {0})
        await pilot.press("7", "down", "down", "enter")
        assert looking.current == 2
        await pilot.press("escape", "n", "enter")

    shown_to(looking, drive, (80, 24))
    assert looking.seen == {0, 1, 2} and looking.clicked == {2}


def test_hostile_texts_are_text() -> None:
    looking = looking_at("list", 1, headline="[red]not red[/red]", text="\x1b[2J[link=x]" + "long " * 20_000)

    async def drive(pilot: Pilot[Any], app: PlayApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and bool(looking.seen))
        assert "[red]not red[/red]" in seen_on(app)
        await pilot.press("1")
        await pilot.pause()
        assert "[link=x]long" in seen_on(app) and "\x1b" not in seen_on(app)
        await pilot.press("escape", "n", "enter")

    shown_to(looking, drive, (80, 24))
