"""What of people's traits can be told again from what they do: the round trip at several lengths of life.

    python benchmarks/persona_round_trip.py [--people 420] [--interactions 20 100 400] [--seed 7] [--lean 0]

Everything is made: the embedded sample's films in editions, people with independent traits. Nothing is downloaded.
`best` is the correlation that is attainable by who knows everything but the trait, `claim` the one that the inference
claims. `--lean 1` shows items in proportion to their popularity, -0.5 rare ones more. Long lives take memory: people
are fewer where they would make more than `ROWS` choices together.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter
from typing import Any

from personas.files import library
from simulator.studies.persona_checks.round_trip import round_trip
from simulator.studies.persona_checks.setting import Setting

ROWS = 48_000
"""Choices of all people together, at most: about 2.5 GB."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=420)
    parser.add_argument("--interactions", type=int, nargs="+", default=[20, 100, 400])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lean", type=float, default=0.0, help="of the logging policy to what is popular")
    parser.add_argument("--out", type=Path, default=None, help="write the reports as JSON")
    given = parser.parse_args()
    setting = Setting(personas=library().people, seed=given.seed)
    assert setting.stack is not None  # the models of taste are fitted before the clock runs
    reports = {}
    for n in given.interactions:
        began = perf_counter()
        reports[n] = round_trip(setting, people=min(given.people, max(2, ROWS // n)), interactions=n, lean=given.lean)
        _told(n, reports[n], perf_counter() - began)
    if given.out is not None:
        given.out.write_text(json.dumps(reports, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _told(n: int, report: dict[str, Any], seconds: float) -> None:
    print(
        f"\n{n} choices: {report['people']} people, {report['interactions']:.1f} made, {report['shown']:,.0f} items "
        f"shown a person, {seconds:.0f} s; {report['identifiable']} traits at r >= .8"
    )
    print(f"{'':<26}{'r':>6}  {'interval':<12}{'best':>6}{'claim':>7}  identifiable")
    for name, row in report["traits"].items():
        print(f"{name:<26}{_numbers(row)}{row['attainable']:>6.2f}{row['claimed']:>7.2f}  {row['identifiable']}")
    for name in ("mean", "spread"):
        print(f"{f'rating {name}':<26}{_numbers(report['ratings'][name])}")
    shares, tastes = report["ratings"]["shares"], report["tastes"]
    print(f"rating shares: {shares['distance']:.3f} off, the crowd's are {shares['of_the_crowd']:.3f} off")
    print(f"genre tastes within a person: {_numbers(tastes)}")
    if tastes["auc"] is not None:
        print(f"liked above disliked genres: {tastes['auc']:.2f} ({tastes['auc_people']} personas)")
    print(*report["notes"], sep="\n", flush=True)


def _numbers(row: dict[str, Any]) -> str:
    if row["r"] is None:
        return f"{'-':>6}  {'':<12}"
    low, high = row["interval"]
    return f"{row['r']:>6.3f}  {f'{low:.2f} - {high:.2f}':<12}"


if __name__ == "__main__":
    main()
