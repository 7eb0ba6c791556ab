"""A small made-up survey: people with planted openness and price sensitivity, its table, and its codebook."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

CODEBOOK = """\
name: Made-up shoppers
id: person
missing: [-9]
identity:
  age: {column: years, lowest: 16, highest: 90}
  gender: {column: sex, values: {1: male, 2: female}}
  occupation: job
scales:
  agree: {lowest: 1, highest: 5, labels: {1: disagree, 5: agree}}
  often: {lowest: 1, highest: 7}
questions:
  o1: {text: I like to try new things., scale: agree, measures: openness}
  o2: {text: I have a vivid imagination., scale: agree, measures: openness}
  o3: {text: I avoid what I do not know., scale: agree, measures: openness, reversed: true}
  o4: {text: I am full of ideas., scale: agree, measures: openness}
  p1: {text: I compare prices., scale: often, measures: price_sensitivity}
  p2: {text: I wait for sales., scale: often, measures: price_sensitivity}
  p3: {text: I buy without a look at the price., scale: often, measures: price_sensitivity, reversed: true}
  pet: {text: Which pet do you have?, options: {0: none, 1: a cat, 2: a dog, 3: a llama}}
  trips: {text: How many trips did you take last year?, kind: number, scale: {lowest: 0, highest: 60}}
  why: {text: What do you like about shopping?, kind: text}
  h1: {text: I would eat a dish I cannot name., scale: agree, held_out: true}
  h2: {text: I know what milk costs., options: {no: "no", yes: "yes"}, held_out: true}
  h1b: {text: I would eat a dish I cannot name., scale: agree, retest_of: h1}
"""


def rows(n: int = 300, seed: int = 1) -> list[dict[str, str]]:
    """People of the made-up survey, a row each."""
    luck = np.random.default_rng(seed)

    def step(latent: float, low: int, high: int, noise: float = 0.6) -> str:
        middle, spread = (low + high) / 2, (high - low) / 4
        return str(int(np.clip(np.round(middle + spread * (latent + luck.normal(0, noise))), low, high)))

    out = []
    for nth in range(n):
        openness, price = luck.normal(size=2)
        first = openness + luck.normal(0, 0.5)
        out.append(
            {
                "person": f"R{nth:04d}",
                "years": str(int(luck.integers(18, 80))),
                "sex": str(int(luck.integers(1, 3))),
                "job": ["baker", "driver", "nurse"][int(luck.integers(3))],
                **{f"o{k}": step(openness, 1, 5) for k in (1, 2, 4)},
                "o3": step(-openness, 1, 5),
                **{f"p{k}": step(price, 1, 7) for k in (1, 2)},
                "p3": step(-price, 1, 7),
                "pet": str(int(luck.choice(4, p=[0.6, 0.25, 0.14, 0.01]))),
                "trips": str(int(min(60, luck.poisson(3)))),
                "why": "It is quiet, early in the morning.",
                "h1": step(first, 1, 5, 0.3),
                "h1b": step(first, 1, 5, 0.3),
                "h2": "yes" if price + luck.normal(0, 0.7) > 0 else "no",
            }
        )
    return out


def write(
    folder: Path, people: list[dict[str, str]], *, codebook: str = CODEBOOK, separator: str = ","
) -> tuple[Path, Path]:
    """The table and the codebook as files."""
    table, book = folder / "answers.csv", folder / "codebook.yaml"
    with table.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.DictWriter(stream, list(people[0]), delimiter=separator, lineterminator="\n")
        lines.writeheader()
        lines.writerows(people)
    book.write_text(codebook, encoding="utf-8")
    return table, book
