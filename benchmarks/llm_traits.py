"""The trait audit: what moving one trait of a persona does to what a model states.

    python benchmarks/llm_traits.py --model gpt-5-mini [--base-url URL] [--traits patience,openness] [--pages 2]
    python benchmarks/llm_traits.py                                      the scripted model, which measures nothing

Each persona of the library meets the same pages twice, once with the trait at the 5th and once at the 95th percentile
(a Big-Five score two standard deviations from the mean); whatever else it leaves open is written down, so that nothing
else moves. So the same items stand in the same order before somebody whose persona differs in one sentence. Items
without a price get one by lot, for only what stands on the page can be heeded. For each trait:

- what it names, if that shows on a page: low, high, and the difference. Wants are stated on 0-10. A *slope* is points
  of want for a standard deviation of a cue within the page, a *gap* of items of a kind less the page's others;
- mean |Δ| of want over all items, and beside it the same for the low prompt asked twice: the model's own chance.

Intervals (95 %) are percentiles of 1,000 draws of personas with all their pages. Twelve traits name something, so in
nearly every second audit of a model that knows no trait one of them lies beyond zero by chance. Answers are kept in the
cache, so an interrupted audit costs nothing twice.

The scripted model is a few fixed rules and no language model: nothing is measured, and no figure printed. What is
checked is that the two ends of every trait have other prompts, and that a prompt asked twice has one answer (else
status 1).
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.files import load
from personas.sampling import big_five
from personas.schema import Persona
from personas.traits import BEHAVIOURAL, BIG_FIVE, BY_NAME, PERCENTILES, sd_to_activity, to_percentile, to_sd
from scenarios.loader import load_scenario
from simulator import datasets
from simulator.llm.assemble import chat_model
from simulator.llm.cache import Cache
from simulator.llm.settings import LLMSettings
from simulator.minds.language.elicit import Elicitor, Reply, Sheet
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.settings import LanguageMindSettings
from simulator.perception.headlines import catchiness
from simulator.perception.pictures import shows_people
from simulator.population import Population, from_personas
from simulator.population.from_personas import traits_in_sd
from simulator.randomness import Stream, keys_of
from simulator.records import I32, Catalog, SplitLog, UserInputError
from simulator.studies.planning import plan_of
from simulator.turn import Action, Recollection, Scene

F64 = npt.NDArray[np.float64]
DRAWS = 1000
LOW, HIGH = 0.05, 0.95
BIG_FIVE_SD = 2.0
TIRED = 0.4
"""Fatigue of everybody: tired people differ in whether they go on."""
NAMES = (*(trait.name for trait in BEHAVIOURAL), *BIG_FIVE)


@dataclass(frozen=True, eq=False)
class Told:
    """What was stated of n pages of k places; NaN where nothing was."""

    want: F64
    """0-10. (n, k)."""
    slot: F64
    """Place in the prompt, from 0. (n, k)."""
    opened: F64
    """Share of the page's items that would be opened. (n,)."""
    leaves: F64
    """1 for who would leave. (n,)."""


@dataclass(frozen=True, eq=False)
class Pages:
    """The items of n pages, and what their cues say, standardised over the catalogue. (n, k) each."""

    items: I32
    cues: Mapping[str, F64]


Measure = Callable[[Told, Pages], F64]
"""Of each page, NaN where it cannot be told. (n,)."""


def slope(cue: str) -> Measure:
    """Points of want for one standard deviation of a cue, within each page."""
    return lambda told, pages: _slope(told.want, pages.cues[cue])


def _slope(want: F64, value: F64) -> F64:
    known = np.isfinite(want) & np.isfinite(value)
    x, y = (np.where(known, one, np.nan) for one in (value, want))
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (one - _mean(one)[:, None] for one in (x, y))
        spread = np.nansum(x * x, axis=1)
        return np.where(spread > 1e-9, np.nansum(x * y, axis=1) / spread, np.nan)


def _mean(values: F64) -> F64:
    counted = np.isfinite(values).sum(axis=1)
    return np.where(counted > 0, np.nansum(values, axis=1) / np.maximum(counted, 1), np.nan)


MEASURES: Mapping[str, tuple[str, int, Measure]] = {
    "pickiness": ("mean want", -1, lambda told, _: _mean(told.want)),
    "conformity": ("slope on popularity", 1, slope("popularity")),
    "novelty_seeking": ("gap of the persona's own genres", -1, slope("own genres")),
    "diversity": ("gap of the genre seen on the pages before", -1, slope("seen of late")),
    "patience": ("share who would leave", -1, lambda told, _: told.leaves),
    "impulsivity": ("share of items opened", 1, lambda told, _: told.opened),
    "position_habit": ("slope on the place in the prompt", -1, lambda told, _: _slope(told.want, told.slot)),
    "price_sensitivity": ("slope on ln price", -1, slope("price")),
    "trust_in_reviews": ("slope on the mean review", 1, slope("reviews")),
    "trust_in_popularity": ("slope on ln number of reviews", 1, slope("review count")),
    "headline_susceptibility": ("slope on catchiness of the headline", 1, slope("headline")),
    "thumbnail_susceptibility": ("slope on people in the picture", 1, slope("picture")),
}
"""What each trait names, the sign of more of it, and how it shows on a page. How often somebody comes by does not, and
the Big Five name nothing."""


def levels(name: str) -> tuple[float, float]:
    """The two values of a trait, as a persona file gives them."""
    if name in BIG_FIVE:
        fitted, nth = big_five.fitted(), BIG_FIVE.index(name)
        low, high = np.clip(fitted.mean[nth] + np.array([-1, 1]) * BIG_FIVE_SD * fitted.sd[nth], 0, 1)
    elif name == "activity":
        low, high = sd_to_activity(to_sd([LOW, HIGH]))
    else:
        low, high = LOW, HIGH
    return float(low), float(high)


def with_trait(persona: Persona, name: str, value: float) -> Persona:
    """The persona with one trait of that value, for good."""
    section = "personality" if name in BIG_FIVE else "behaviour"
    changed = getattr(persona, section).model_copy(update={name: value})
    return persona.model_copy(update={section: changed, "changes": ()})


def settled(cast: Sequence[Persona], split: SplitLog, seed: int) -> list[Persona]:
    """The personas with everything that they leave open written down, so that moving one trait moves no other."""
    people = from_personas(cast, split, seed=seed)
    sd = traits_in_sd(cast, people.keys, seed)
    out = []
    for row, persona in enumerate(cast):
        traits = {name: float(to_percentile(sd[name][row])) for name in PERCENTILES}
        traits |= {"activity": float(people.activity[row])}
        stated = {name: value for name, value in traits.items() if getattr(persona.behaviour, name) is None}
        levels = {"mean": people.rating_mean[row], "spread": people.rating_spread[row]}
        ratings = {name: float(value) / people.rating_unit for name, value in levels.items()}
        update: dict[str, Any] = {"behaviour": persona.behaviour.model_copy(update=stated)}
        if persona.ratings.shares is None:
            update["ratings"] = persona.ratings.model_copy(update=ratings)
        out.append(persona.model_copy(update=update))
    return out


def priced(catalog: Catalog, seed: int) -> Catalog:
    """The catalogue with a price by lot (median 10) where there is none."""
    lot = np.exp(np.log(10) + 0.6 * Stream.of(seed, "luck", "made price").normal(catalog.keys))
    items = tuple(
        item if item.price is not None else replace(item, price=round(float(price), 2))
        for item, price in zip(catalog, lot, strict=True)
    )
    return Catalog(items)


def pages_for(people: Population, split: SplitLog, k: int, turn: int, seed: int) -> Pages:
    """One page for each person, by lot, the same whatever the person's traits."""
    catalog = split.catalog
    lot = Stream.of(seed, "luck", "audited page").uniform(keys_of(people.user_ids.tolist()), turn, catalog.keys)
    items = np.argsort(lot, axis=1)[:, :k].astype(np.int32)
    genres = catalog.categories > 0
    liked = np.stack([_in_genres(catalog, people.persona(row).tastes.genres.liked) for row in range(len(people))])
    seen = genres[:, genres[items[:, 0]].argmax(axis=1)].T
    by_item = {
        "popularity": people.popularity.astype(np.float64),
        "price": np.log([item.price or np.nan for item in catalog]),
        "reviews": np.array([np.nan if item.review_mean is None else item.review_mean for item in catalog]),
        "review count": np.log1p([item.review_count or 0 for item in catalog]),
        "headline": catchiness([item.headline for item in catalog]),
        "picture": shows_people([item.image_caption for item in catalog]),
    }
    rows = np.arange(len(people))[:, None]
    cues = {name: _standardised(np.asarray(values, dtype=np.float64))[items] for name, values in by_item.items()}
    kinds = {"own genres": liked[rows, items], "seen of late": seen[rows, items]}
    return Pages(items, cues | {name: values.astype(np.float64) for name, values in kinds.items()})


def _in_genres(catalog: Catalog, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    wanted = {name.casefold() for name in names}
    return np.array([any(one.casefold() in wanted for one in item.categories) for item in catalog])


def _standardised(values: F64) -> F64:
    spread = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0
    return (values - np.nanmean(values)) / spread if spread > 0 else np.full(values.size, np.nan)


def scene_of(people: Population, pages: Pages, catalog: Catalog, turn: int, layout: str) -> Scene:
    """Everybody tired, on the third page of a visit, having seen two pages of the genre of the page's first item."""
    n = len(people)
    first = [catalog[int(row)].categories[:1] for row in pages.items[:, 0]]
    memories = tuple(
        Recollection((f"The last two pages were nothing but {kind[0]}.",) if kind else ()) for kind in first
    )
    return Scene(
        people=people,
        state=SimpleNamespace(mood=np.zeros(n), fatigue=np.full(n, TIRED), clock_s=np.full(n, 20 * 3600.0)),
        rows=np.arange(n, dtype=np.int32),
        keys=people.keys,
        turn=turn,
        items=pages.items,
        noticed=pages.items >= 0,
        page=np.full(n, 2, dtype=np.int32),
        session=np.zeros(n, dtype=np.int32),
        layout=layout,
        memories=memories,
    )


def told(sheets: Sequence[Sheet | None], replies: Sequence[Reply | None], k: int) -> Told:
    """What was answered, put back to the places of the pages."""
    n = len(sheets)
    out = Told(*(np.full(shape, np.nan) for shape in ((n, k), (n, k), (n,), (n,))))
    for nth, (sheet, reply) in enumerate(zip(sheets, replies, strict=True)):
        if sheet is not None and reply is not None and (said := reply.said) is not None:
            out.want[nth, sheet.places] = said.want
            out.slot[nth, sheet.places] = np.arange(sheet.places.size)
            out.opened[nth] = len(said.open) / sheet.places.size
            out.leaves[nth] = said.action == Action.LEAVE
    return out


@dataclass(frozen=True, eq=False)
class Audited:
    """One trait: what was stated at its low and its high end, and at the low one again."""

    pages: Pages
    whose: npt.NDArray[np.intp]
    """The persona of each page: the unit of resampling. (n,)."""
    low: Told
    high: Told
    again: Told
    differ: int
    """Prompts that are not the same at both ends."""


async def audited(
    name: str,
    cast: Sequence[Persona],
    split: SplitLog,
    ask: Callable[[Elicitor, Sequence[Sheet | None]], Any],
    llm: LLMSettings,
    *,
    turns: int,
    k: int,
    layout: str,
    seed: int,
) -> Audited:
    """Ask about one trait."""
    sheets: dict[str, list[Sheet | None]] = {"low": [], "high": []}
    pages: list[Pages] = []
    asking: Elicitor | None = None
    for end, value in zip(("low", "high"), levels(name), strict=True):
        people = from_personas([with_trait(one, name, value) for one in cast], split, seed=seed)
        asking = Elicitor(
            people=people,
            catalog=split.catalog,
            biography=Biography(split.known, seed=seed),
            settings=LanguageMindSettings(),
            llm=llm,
            seed=seed,
            arm="",
            mind="traits",
        )
        for turn in range(turns):
            page = pages_for(people, split, k, turn, seed)
            sheets[end] += asking.sheets(scene_of(people, page, split.catalog, turn, layout), kind="traits")
            pages += [page] if end == "low" else []
    assert asking is not None
    sheets["again"] = [
        None if one is None else replace(one, call=replace(one.call, identity=(*one.call.identity, "again")))
        for one in sheets["low"]
    ]
    answers = {end: told(asked, await ask(asking, asked), k) for end, asked in sheets.items()}
    cues = {cue: np.concatenate([page.cues[cue] for page in pages]) for cue in pages[0].cues}
    whole = Pages(np.concatenate([page.items for page in pages]), cues)
    differ = sum(
        low is not None and high is not None and low.call.messages != high.call.messages
        for low, high in zip(sheets["low"], sheets["high"], strict=True)
    )
    return Audited(whole, np.tile(np.arange(len(cast)), turns), **answers, differ=differ)


def interval(values: F64, whose: npt.NDArray[np.intp]) -> tuple[float, float, float]:
    """Mean of what is finite, and its interval over draws of personas; NaN where there are fewer than two."""
    known = np.isfinite(values)
    people = np.unique(whose[known])
    if people.size < 2:
        return np.nan, np.nan, np.nan
    place = np.searchsorted(people, whose[known])
    top, bottom = np.bincount(place, values[known]), np.bincount(place).astype(np.float64)
    luck = np.random.default_rng(0).integers(0, people.size, (DRAWS, people.size))
    low, high = np.percentile(top[luck].sum(axis=1) / bottom[luck].sum(axis=1), (2.5, 97.5))
    return float(values[known].mean()), float(low), float(high)


def moved(one: Told, other: Told) -> F64:
    """Mean |Δ| of want over the items of each page. (n,)."""
    return _mean(np.abs(one.want - other.want))


def row(name: str, found: Audited) -> str:
    """A line of the table."""
    move, chance = (interval(moved(found.low, other), found.whose) for other in (found.high, found.again))
    movement = f"{move[0]:6.2f} [{move[1]:.2f}, {move[2]:.2f}]   {chance[0]:.2f}"
    if name not in MEASURES:
        return f"{name:26}{'(shows on no page)' if name in BY_NAME else '(names nothing)':44}{'':30}{movement}"
    words, sign, measure = MEASURES[name]
    low, high = (measure(end, found.pages) for end in (found.low, found.high))
    value = interval(high - low, found.whose)
    both = np.isfinite(low) & np.isfinite(high)
    means = [f"{one[both].mean():.2f}" if both.any() else "-" for one in (low, high)]
    clear = "as named" if sign * value[1] > 0 and sign * value[2] > 0 else "turned" if value[1] * value[2] > 0 else ""
    figures = f"{means[0]:>6} {means[1]:>6} {value[0]:+7.2f} [{value[1]:+.2f}, {value[2]:+.2f}]"
    return f"{name:26}{words:44}{figures:30}{movement}   {clear}".rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--base-url")
    parser.add_argument("--scenario", default="llm_users", help="where data and endpoint are taken from")
    parser.add_argument("--set", action="append", default=[], help="as of understudy run")
    parser.add_argument("--data", type=Path, help="folder that holds the datasets")
    parser.add_argument("--personas", default="library", help="a file or folder of personas")
    parser.add_argument("--traits", default=",".join(NAMES), help="separated by commas")
    parser.add_argument("--pages", type=int, default=2, help="pages of each persona")
    parser.add_argument("--items", type=int, default=10, help="items of a page")
    chosen = parser.parse_args(arguments)
    try:
        return _audit(chosen)
    except UserInputError as error:
        parser.exit(2, f"{error}\n")


def _audit(chosen: argparse.Namespace) -> int:
    names = [name.strip() for name in chosen.traits.split(",")]
    if unknown := [name for name in names if name not in NAMES]:
        raise UserInputError(f"--traits: {unknown[0]!r} is no trait. There are {', '.join(NAMES)}")
    if chosen.pages < 1 or chosen.items < 2:
        raise UserInputError("--pages, --items: give one page of two items at least")
    settings = [f"llm.model={chosen.model}", *chosen.set]
    settings += [f"llm.base_url={chosen.base_url}"] if chosen.base_url else []
    plan = plan_of(load_scenario(chosen.scenario, overrides=settings))
    if plan.llm is None:
        raise UserInputError(f"{chosen.scenario}: its mind asks no language model. Name a scenario whose mind does")
    llm = plan.llm
    split = datasets.split(datasets.load(data_dir=chosen.data, **plan.dataset), **plan.split)
    split = replace(split, log=replace(split.log, catalog=priced(datasets.with_reviews_from(split), plan.seed)))
    cast = settled([one.as_of(0) for one in load(chosen.personas)], split, plan.seed)
    print(f"{chosen.model}: {len(cast)} personas x {chosen.pages} pages x {len(names)} traits, three times each")

    async def all_of_them() -> dict[str, Audited]:
        stack = chat_model(llm, cache=lambda inner: Cache(inner, llm))
        try:
            return {
                name: await audited(
                    name, cast, split, lambda asking, sheets: asking.ask(stack, sheets), llm,
                    turns=chosen.pages, k=chosen.items, layout=plan.layout, seed=plan.seed,
                )
                for name in names
            }  # fmt: skip
        finally:
            await stack.close()

    found = asyncio.run(all_of_them())
    if llm.scripted:
        return _checked(chosen.model, found)
    print(f"{'trait':26}{'what it names':44}{'low    high  difference':30}mean |Δ| of want, asked twice")
    for name, one in found.items():
        print(row(name, one))
    return 0


def _checked(model: str, found: Mapping[str, Audited]) -> int:
    """What can be said of answers that no language model gave."""
    silent = [name for name, one in found.items() if not one.differ]
    moody = [name for name, one in found.items() if np.nanmax(np.abs(one.low.want - one.again.want)) > 0]
    print(f"{model} is a few fixed rules and no language model: nothing is measured here")
    for names, what in ((silent, "both ends have the same prompts"), (moody, "the same prompt got other answers")):
        if names:
            print(f"{what}: {', '.join(names)}")
    return int(bool(silent or moody))


if __name__ == "__main__":
    raise SystemExit(main())
