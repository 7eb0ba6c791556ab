"""Do personas from a survey know their people? Held-out answers of the Big-Five file, predicted and real.

    python benchmarks/survey_twins.py --data DIR [--people N] [--seed 7] [--questions] [--out twins.json]
    python benchmarks/survey_twins.py --data DIR --people 200 --model gpt-5-mini [--base-url …]

Two items of each of the Big Five, drawn by the seed, are kept from the personas, who are scored on the other eight.
Beside the regression on a persona's numbers stand one on demographics alone and guesses that know nobody. The file has
no repeated question, so there is no ceiling of people who repeat themselves. DIR holds `big5-openpsychometrics`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from personas.survey import SurveyPersonas, from_survey, read_codebook, validate, validate_language
from personas.traits import BIG_FIVE
from simulator.llm.assemble import chat_model
from simulator.llm.cache import Cache
from simulator.llm.settings import LLMSettings
from simulator.randomness import Stream, keys_of

CODEBOOK = Path("openpsychometrics_big5")
EACH = 2
"""Items of each trait that are held out."""
FILES = ("data.tsv.gz", "data.tsv", "data.csv")


def held_out_items(seed: int, each: int = EACH) -> list[str]:
    """`each` items of each trait, drawn by seed and item."""
    questions = read_codebook(CODEBOOK).questions
    out: list[str] = []
    for trait in BIG_FIVE:
        items = [name for name, question in questions.items() if question.measures == trait]
        luck = Stream.of(seed, "population", "survey benchmark").uniform(keys_of(items))
        out += [items[at] for at in np.argsort(luck, kind="stable")[:each]]
    return out


def answers_in(data: Path) -> Path:
    """The table of answers under a folder of datasets."""
    found = [data / "big5-openpsychometrics" / name for name in FILES]
    file = next((path for path in found if path.is_file()), None)
    if file is None:
        raise SystemExit(f"there is none of {', '.join(map(str, found))}")
    return file


async def asked(survey: SurveyPersonas, llm: LLMSettings, seed: int) -> dict[str, Any]:
    """The report on a language model."""
    stack = chat_model(llm, cache=lambda inner: Cache(inner, llm))
    try:
        return await validate_language(survey, stack, llm, seed=seed)
    finally:
        await stack.close()


def cell(told: dict[str, float] | None) -> str:
    """A figure with its interval."""
    if told is None:
        return f"{'':>22}"
    return f"{told['value']:>8.3f} [{told['low']:.3f}, {told['high']:.3f}]"


def show(report: dict[str, Any], *, questions: bool) -> None:
    """Print the rows, and each question's if asked to."""
    print(f"{'':<16}{'exact':>25}{'accuracy':>25}{'correlation':>25}")
    for name, row in report["rows"].items():
        print(f"{name:<16}" + "".join(f"{cell(row[m]):>25}" for m in ("exact", "accuracy", "correlation")))
    for measure, against in report["against_trivial"].items():
        print(f"{measure}: {report['predictor']} - {against['row']} = {cell(against['difference']).strip()}")
    if report["failures"] or report["answered"] < 1:
        print(f"answered {report['answered']:.3f} of {report['cells']:,} cells; failures {report['failures']}")
    for one in report["by_question"] if questions else ():
        row = one["rows"][report["predictor"]]
        print(
            f"{one['question']:<5}{one['text'][:46]:<48}" + "".join(cell(row[m]) for m in ("accuracy", "correlation"))
        )


def main() -> None:
    """Import, predict, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    arguments.add_argument("--people", type=int, help="so many people, drawn by the seed")
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--questions", action="store_true", help="each question by itself as well")
    arguments.add_argument("--model", help="a language model to ask as well")
    arguments.add_argument("--base-url")
    arguments.add_argument("--out", type=Path, help="write the whole report as JSON")
    chosen = arguments.parse_args()
    began = time.monotonic()
    survey = from_survey(
        answers_in(chosen.data), CODEBOOK, n=chosen.people, seed=chosen.seed, hold_out=held_out_items(chosen.seed)
    )
    imported = time.monotonic() - began
    print(f"{len(survey.personas):,} people, held out: {', '.join(item.name for item in survey.held_out.items)}")
    told = ", ".join(f"{name} {one['alpha']:.2f}" for name, one in survey.report["constructs"].items())
    print(f"alpha of the eight items left: {told}")
    if chosen.model:
        llm = LLMSettings(model=chosen.model, base_url=chosen.base_url)
        report = asyncio.run(asked(survey, llm, chosen.seed))
    else:
        report = validate(survey, seed=chosen.seed)
    show(report, questions=chosen.questions)
    print(f"import {imported:.1f} s, all together {time.monotonic() - began:.1f} s")
    if chosen.out:
        chosen.out.write_text(json.dumps({"import": survey.report, "validation": report}, indent=1) + "\n")


if __name__ == "__main__":
    main()
