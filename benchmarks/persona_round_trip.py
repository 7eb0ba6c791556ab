"""What of people's traits can be told again from what they do: the round trip at several lengths of life.

    python benchmarks/persona_round_trip.py [--people 400] [--interactions 20 100 400] [--seed 7]

Everything is made: the embedded sample's films in editions, people with independent traits. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
from time import perf_counter

from personas.files import library
from simulator.studies.persona_checks.round_trip import round_trip
from simulator.studies.persona_checks.setting import Setting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--interactions", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    setting = Setting(personas=library().people, seed=given.seed)
    reports = {}
    for n in given.interactions:
        began = perf_counter()
        reports[n] = round_trip(setting, people=given.people, interactions=n)
        print(
            f"{n} choices: {reports[n]['shown']:,.0f} items shown a person, {perf_counter() - began:.0f} s", flush=True
        )
    print(f"{'r of true and inferred':<28}" + "".join(f"{f'{n} choices':>16}" for n in reports))
    for name in next(iter(reports.values()))["traits"]:
        print(f"{name:<28}" + "".join(f"{_told(one['traits'][name]):>16}" for one in reports.values()))
    for name in ("mean", "spread"):
        print(f"{f'rating {name}':<28}" + "".join(f"{_told(one['ratings'][name]):>16}" for one in reports.values()))


def _told(row: dict[str, object]) -> str:
    return "-" if row["r"] is None else f"{row['r']:.3f} {row['identifiable']}"


if __name__ == "__main__":
    main()
