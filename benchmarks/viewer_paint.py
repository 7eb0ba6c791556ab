"""How soon the viewer's pages are painted, and how soon they are whole, in a fresh tab, page by page.

    python benchmarks/viewer_paint.py [--rounds 5] [RUN]

Without RUN, on a made run of a million rows (tests/support/made_run.py). Chromium's own clock, from the start of the
navigation: the first contentful paint (Paint Timing, W3C), which of a page that takes long is a line that says so, and
the end of the document (Navigation Timing, W3C). In the first round the server remembers nothing. Each first paint must
be below one second in each round.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from browsing import browser
from made_run import ONE_MILLION, make_run
from viewed_runs import served

import simulator
from simulator.evaluation.reading.journal import Journal
from simulator.viewer.shelf import slug

PAINTED = """
() => new Promise((done) => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const whole = () => performance.getEntriesByType("navigation")[0].domInteractive;
  const look = () => (seen() === undefined ? requestAnimationFrame(look) : done([seen(), Math.max(seen(), whole())]));
  look();
})
"""
LIMIT_MS = 1_000


def addresses(run: Path) -> dict[str, str]:
    """Each page by its name."""
    journal = Journal.open(run)
    rows = simulator.open(run).sql("select user_id, min(turn) as turn from events group by 1 order by 1 limit 1")
    who = {"user": rows["user_id"][0].as_py(), "turn": rows["turn"][0].as_py()}
    word = simulator.open(run).catalog["title"][0].as_py().split()[0]
    asked: dict[str, tuple[str, dict[str, object]]] = {
        "run": ("", {}),
        "people": ("/people", {}),
        "people by divergence": ("/people", {"sort": "divergence", "down": 1}),
        "person": ("/person", {"user": who["user"]}),
        "page": ("/page", who),
        "side by side": ("/apart", {"user": who["user"]}),
        "events": ("/events", {}),
        "events, far down": ("/events", {"clicked": "yes", "page": 500}),
        "events of a text": ("/events", {"q": word}),
        "search": ("/search", {"q": word}),
        "memories": ("/memories", {"user": who["user"]}),
        "manifest and scenario": ("/about", {}),
    }
    if len(journal.arms) < 2:
        del asked["side by side"]
    return {"runs": "/"} | {
        name: f"/r/{slug(run)}{view}{'?' if values else ''}{urlencode(values)}"
        for name, (view, values) in asked.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run = chosen.run or make_run(Path(scratch) / "million", ONE_MILLION)
        rows = simulator.open(run).sql("select count(*) as n from events")["n"][0].as_py()
        print(f"{rows:,} rows; milliseconds to the first contentful paint, and until the page is whole\n")
        pages = addresses(run)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
        with served(str(run), "--port", "0") as (address, _), browser() as started:
            root = address.partition("/r/")[0].rstrip("/")
            for _ in range(chosen.rounds):
                for name, path in pages.items():
                    tab = started.new_context().new_page()
                    tab.goto(root + path)
                    taken[name].append(tuple(tab.evaluate(PAINTED)))
                    tab.context.close()
    print(f"| {'page':<28} | first | median | longest | whole: first | median | longest |")
    print(f"|{'-' * 30}|------:|-------:|--------:|-------------:|-------:|--------:|")
    for name, times in taken.items():
        painted, whole = zip(*times, strict=True)
        told = [f"{some[0]:.0f} | {statistics.median(some):.0f} | {max(some):.0f}" for some in (painted, whole)]
        print(f"| {name:<28} | {' | '.join(told)} |")
    slowest = max(painted for times in taken.values() for painted, _ in times)
    print(f"\nslowest first paint: {slowest:.0f} ms, {'within' if slowest < LIMIT_MS else 'above'} {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
