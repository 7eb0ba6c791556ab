"""A run as it is read at a terminal: a life, the turns, hits, memories.

Whatever came from data, a model or a plug-in is put into `Text`, so that it is shown and never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.console.tables import number
from simulator.console.text import clean
from simulator.simulated_time import DAY_S, DAYS

_LONGEST = 200
"""Characters of somebody else's text that are shown; `--json` has it whole."""
_FIELDS = {
    "item_reason": "of an item",
    "reason": "of a page",
    "feeling": "feeling",
    "interview_reason": "of a visit",
    "action_argument": "asked for",
}
_ACTS: Mapping[str, str] = {
    "next_page": "Went on to the next page",
    "previous_page": "Went back a page",
    "search": "Searched",
    "instruct": "Told the service",
    "leave": "Left",
}


def print_life(life: Mapping[str, Any], console: Console) -> None:
    """One person's pages, visit by visit."""
    pages = life["pages"]
    clicks = sum(bool(item["clicked"]) for page in pages for item in page["items"])
    visits = len({page["session"] for page in pages})
    arm, mind = (clean(str(life[name] or "unknown")) for name in ("arm", "mind"))
    where = f" in arm {arm}, seed {life['seed']}, mind {mind}: "
    told = f"pages {len(pages)}, visits {visits}, clicks {clicks}" if pages else "no page here"
    console.print(Text.assemble((_cut(life["user_id"]), "bold"), where, told))
    for session, some in groupby(pages, key=lambda page: page["session"]):
        console.print(Text(f"\nVisit {session + 1}", style="bold underline"))
        for page in some:
            _print_page(page, console)
    if life["other_arms"]:
        console.print(Text(f"\nOther arms (--arm): {', '.join(map(clean, life['other_arms']))}", style="dim"))
    print_gaps(life, console)


def print_turns(turns: Mapping[str, Any], console: Console) -> None:
    """A table of turns for each arm, and whose life is the longest."""
    for arm, rows in groupby(turns["turns"], key=lambda row: row["arm"]):
        table = _table(f"Arm {clean(arm)}, mind {clean(str(turns['mind']))}: turn by turn")
        for heading in ("turn", "open", "begun", "shown", "clicks", "click rate", "ratings", "satisf.", "left", "rate"):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in rows:
            counts = (row["turn"], row["open_sessions"], row["begun"], row["impressions"], row["clicks"])
            table.add_row(
                *(f"{count:,}" for count in counts),
                number(row["click_rate"]),
                f"{row['ratings']:,}",
                number(row["satisfaction"]),
                f"{row['left']:,}",
                number(row["leave_rate"]),
            )
        console.print(table)
    if not turns["turns"]:
        console.print(Text("No turn is there."))
    if most := turns["most_pages"]:
        who = clean(most["user_id"])
        console.print(Text("open: people before a page; begun: of these, visits that began; left: visits that ended."))
        console.print(Text(f"The most pages ({most['pages']:,}) have been seen by {who}: --user {who}", style="dim"))
    print_gaps(turns, console)


def print_hits(hits: Mapping[str, Any], console: Console) -> None:
    """Where a text stands, one table a kind."""
    kinds: tuple[tuple[str, str, Sequence[str], Callable[[Mapping[str, Any]], Sequence[str]]], ...] = (
        (
            "titles",
            "Items",
            ("item", "title", ">shown", ">clicked"),
            lambda hit: (hit["item_id"], hit["title"] or "", f"{hit['shown']:,}", f"{hit['clicked']:,}"),
        ),
        ("people", "People", ("person",), lambda hit: (hit["user_id"],)),
        (
            "words",
            "What people said",
            ("person", "arm", ">turn", "what", "words"),
            lambda hit: (hit["user_id"], hit["arm"], str(hit["turn"]), _FIELDS[hit["field"]], _said(hit)),
        ),
        (
            "memories",
            "What people remembered",
            ("person", "arm", ">turn", "kind", "memory"),
            lambda hit: (hit["user_id"], hit["arm"], str(hit["turn"]), hit["kind"], hit["text"]),
        ),
    )
    if not any(hits["found"].values()):
        console.print(Text(f"Nowhere in this run: {_cut(hits['text'])}"))
    for kind, title, headings, cells in kinds:
        found, shown = hits["found"][kind], hits[kind]
        if found:
            more = f", of which {len(shown):,} here (--limit)" if found > len(shown) else ""
            least = "more than " if hits["more"][kind] else ""
            table = _table(f"{title}: {least}{found:,}{more}")
            for heading in headings:
                last = heading == headings[-1]
                table.add_column(
                    heading.lstrip(">"),
                    justify="right" if heading.startswith(">") else "left",
                    overflow="fold",
                    ratio=1 if last else None,
                )
            for hit in shown:
                table.add_row(*(Text(_cut(cell)) for cell in cells(hit)))
            console.print(table)
    print_gaps(hits, console)


def print_memories(found: Mapping[str, Any], console: Console) -> None:
    """What one person remembers, world by world."""
    who = _cut(found["user_id"])
    if not found["has_memories"]:
        console.print(Text("This run has no memories: its people have no memory, or none was written yet."))
    elif not found["worlds"]:
        console.print(Text(f"{who} remembers nothing here."))
    for world in found["worlds"]:
        where = f"arm {clean(world['arm'])}, seed {world['seed']}, mind {clean(world['mind'])}"
        table = _table(f"{who}, {where}: remembers {len(world['memories']):,}, forgot {world['forgotten']:,}")
        for heading, right in (("turn", True), ("kind", False), ("memory", False), ("weight", True), ("sure", True)):
            table.add_column(heading, justify="right" if right else "left", ratio=1 if heading == "memory" else None)
        table.add_column("used", justify="right")
        for memory in world["memories"]:
            turn = f"{memory['turn']}" + (f"→{memory['revised']}" if memory["revised"] is not None else "")
            sure = "" if memory["confidence"] is None else f"{memory['confidence']:.2f}"
            cells = (Text(_cut(memory["text"] or "")), f"{memory['importance']:.2f}", sure, f"{memory['used']:,}")
            table.add_row(turn, Text(clean(memory["kind"])), *cells)
        console.print(table)
    if found["worlds"]:
        told = "turn: made → revised; weight: importance, sure: confidence, both 0-1; used: how often it came to mind"
        console.print(Text(told, style="dim"))
    print_gaps(found, console)


def print_export(done: Mapping[str, Any], console: Console) -> None:
    """What was written, and what was not."""
    console.print(Text(f"{done['rows']:,} rows of {len(done['columns'])} columns: {clean(done['file'])}"))
    if done["left_out"]:
        minds = ", ".join(map(clean, done["minds"]))
        told = f"Rows of the mind {minds}; {len(done['left_out'])} others are left out (--mind all)."
        console.print(Text(told, style="dim"))
    print_gaps(done, console)


def _print_page(page: Mapping[str, Any], console: Console) -> None:
    state = ", ".join(f"{name} {_short(page[name])}" for name in ("satisfaction", "fatigue", "mood"))
    heading = f"Page {page['page'] + 1}, turn {page['turn']}, {_moment(page['sim_time'])}"
    console.print(Text.assemble(("\n" + heading, "bold"), f"  {state}"))
    if page["items"]:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="fold")
        for _ in range(3):
            table.add_column(no_wrap=True)
        for item in page["items"]:
            table.add_row(*_place(item))
        console.print(Padding(table, (0, 0, 0, 2)))
    else:
        console.print(Text("  Nothing was shown."))
    for line in _lines(page):
        console.print(Padding(line, (0, 0, 0, 2)))


def _place(item: Mapping[str, Any]) -> Iterator[Text]:
    style = "bold" if item["clicked"] else "" if item["noticed"] else "dim"
    title = Text(_cut(item["title"] or item["item_id"]), style=style)
    if item["clicked"] and item["item_reason"]:
        title.append(f" “{_cut(item['item_reason'])}”", style="italic")
    seen = ("clicked", "examined", "noticed")
    yield Text(str(item["position"] + 1))
    yield title
    yield Text(next(({"examined": "read"}.get(name, name) for name in seen if item[name]), ""), style=style)
    yield Text(f"{item['dwell_s']:.0f} s" if item["dwell_s"] else "")
    rated = "" if item["rating"] is None else f"rated {item['rating']:.3g}"
    yield Text(rated or ("liked" if item["liked"] else ""))


def _lines(page: Mapping[str, Any]) -> Iterator[Text]:
    """What was said and done at the end of a page."""
    if page["appraised_by"] in ("fallback", "skipped") or page["failure"]:
        what = "nobody answered for them" if page["appraised_by"] == "skipped" else "another mind answered for them"
        yield Text(f"The model did not answer ({clean(str(page['failure'] or 'unknown'))}); {what}.", style="yellow")
    if page["feeling"] or page["stated_satisfaction"] is not None:
        stated = page["stated_satisfaction"]
        yield Text(f"Felt {_cut(page['feeling'] or 'no name')}" + (f", says {stated:g} of 5" if stated else ""))
    act = Text(_ACTS.get(str(page["action"]), clean(str(page["action"]))))
    if page["left"] and page["action"] != "leave":
        act.append(", then left")
    if page["action_argument"]:
        act.append(f": “{_cut(page['action_argument'])}”")
    if page["left"]:
        act.append(f": {clean(str(page['leave_reason'])).replace('_', ' ')}", style="yellow")
        if page["return_gap_s"] is not None:
            act.append(f"; back after {page['return_gap_s'] / 3600:.1f} h")
    if page["reason"]:
        act.append(f" “{_cut(page['reason'])}”", style="italic")
    yield act
    if page["interview"] is not None:
        why = f": “{_cut(page['interview_reason'])}”" if page["interview_reason"] else ""
        yield Text(f"Of the visit: {page['interview']:g} of 10{why}")


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _said(hit: Mapping[str, Any]) -> str:
    return f"{hit['title'] or hit['item_id']}: {hit['text']}" if hit["item_id"] else str(hit["text"])


def _moment(second: float | None) -> str:
    if second is None:
        return "at an unknown time"
    day, left = divmod(int(second), int(DAY_S))
    return f"day {day + 1}, {DAYS[day % 7]} {left // 3600:02d}:{left % 3600 // 60:02d}"


def print_gaps(document: Mapping[str, Any], console: Console) -> None:
    """What of a document is not in the journal yet, a line each."""
    for gap in document["not_there_yet"]:
        console.print(Text(clean(gap), style="yellow"))


def _cut(text: str) -> str:
    shown = clean(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
