"""The taste stack: what people want, as five families of models weighed on other people's held-out choices.

People simulated from one family of models crown the recommenders of that family. So the mind that judges recommenders
combines five, weighed where it matters (over the whole catalogue and on the top slots of a reference panel), and
comes as an ensemble: the stack, the stack without each family, and refits with other draws and settings. A verdict on
which they disagree is a verdict about the mind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import numpy as np
from scipy import sparse

from simulator.listener import Listener, Silent
from simulator.minds.base import FAMILY_NAMES, BaseModels, Settings, read_arrays
from simulator.minds.block import BlockTaste
from simulator.minds.family import Histories, Known
from simulator.minds.fitting import N_FOLDS, Lessons, WeightFitter, draw_lessons
from simulator.minds.linear import MAX_ITEMS
from simulator.minds.member import Member
from simulator.minds.panel import ReferencePanel
from simulator.minds.ratings import RatingModel
from simulator.population import Population
from simulator.randomness import U64, Stream, keys_of
from simulator.records import F32, I32, SplitLog

NAMED = "statistical"
"""The member that speaks where only one does."""
_FORMAT = 2


@dataclass(frozen=True, eq=False)
class TasteStack:
    """A fitted ensemble. Make one with `fit` or `load`."""

    bases: Mapping[str, BaseModels]
    by_name: Mapping[str, Member]
    ratings: RatingModel
    known: sparse.csr_matrix
    """What each person of the log is known to have chosen, P and M. (n_users, n_items)."""
    fold: I32
    """(n_users,)."""
    item_keys: U64
    popularity: F32 = field(repr=False)

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the members, the named one first."""
        return tuple(self.by_name)

    @classmethod
    def fit(
        cls,
        split: SplitLog,
        *,
        seed: int,
        members: Literal["single", "ensemble"] = "ensemble",
        refits: int = 2,
        listener: Listener | None = None,
    ) -> Self:
        """Fit on what people know (P and M), weigh on what was held out (V) from other people.

        `single` fits the named member only; `ensemble` adds one without each family, and `refits` with base models of
        other settings and draws, weighed on people drawn with replacement. Raises UserInputError if too little was
        held out.
        """
        hear = listener or Silent()
        if len(split.catalog) > MAX_ITEMS:
            hear.notice(
                f"the linear family of the mind covers the {MAX_ITEMS:,} most chosen of {len(split.catalog):,} items"
            )
        known = Known.of(split.known)
        panel = ReferencePanel.fit(split, seed=_draw(seed, "panel"))
        bases = {NAMED: BaseModels.fit(known, seed=_draw(seed, NAMED))}
        for name in (f"refit_{nth + 1}" for nth in range(refits if members == "ensemble" else 0)):
            settings = _other_settings(_luck(seed, f"settings of {name}"))
            bases[name] = BaseModels.fit(known, seed=_draw(seed, name), settings=settings)
        lessons = draw_lessons(split, bases, panel, _luck(seed, "lessons"))
        fold = _folds(split, seed)
        fitted = _fit_members(lessons, fold, bases, members, seed)
        return cls(
            bases,
            {member.name: member for member in fitted},
            RatingModel.fit(split.known, seed=_draw(seed, "ratings")),
            known.matrix,
            fold,
            split.catalog.keys,
            known.counts,
        )

    def block(self, people: Population) -> BlockTaste:
        """The taste of a block of people (at most 1,024 is meant: it holds five scores for each person and item).

        `people.source` says whose history of the fitted log a person has; who is not in it has -1, and `people.own`.
        """
        rows = np.asarray(people.source, dtype=np.int32)
        history = self.known[np.maximum(rows, 0)]
        if (rows < 0).any():
            keep = sparse.diags_array((rows >= 0).astype(np.float32), format="csr")
            history = sparse.csr_matrix(keep @ history)
            history.eliminate_zeros()
            if people.own is not None:
                history = sparse.csr_matrix(history + people.own)
                history.sort_indices()
        fold = np.where(rows < 0, 0, self.fold[np.maximum(rows, 0)]).astype(np.int32)
        histories = Histories(rows, history)
        return BlockTaste(
            people, histories, fold, self.bases, self.by_name, self.ratings, self.item_keys, self.popularity
        )

    def save(self, folder: Path) -> None:
        """Write everything to `folder`, which must not hold a stack yet: arrays as .npy, names as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, models in self.bases.items():
            models.save(folder / "bases" / name)
        for name, member in self.by_name.items():
            _write(folder / "members" / name, member.arrays())
        _write(folder / "ratings", self.ratings.arrays())
        shared = {
            "columns": self.known.indices,
            "starts": self.known.indptr,
            "fold": self.fold,
            "item_keys": self.item_keys,
            "popularity": self.popularity,
        }
        _write(folder / "people", shared)
        names = {
            "format": _FORMAT,
            "families": FAMILY_NAMES,
            "bases": list(self.bases),
            "members": {name: member.base for name, member in self.by_name.items()},
        }
        (folder / "stack.json").write_text(json.dumps(names, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; large arrays stay on disk and are mapped. Raises ValueError for another format."""
        names = json.loads((folder / "stack.json").read_text(encoding="utf-8"))
        if names.get("format") != _FORMAT or tuple(names["families"]) != FAMILY_NAMES:
            raise ValueError(f"{folder} holds a taste stack of another version; fit it again")
        shared = read_arrays(folder / "people")
        starts, columns = shared["starts"], shared["columns"]
        shape = (starts.size - 1, shared["item_keys"].size)
        known = sparse.csr_matrix((np.ones(columns.size, dtype=np.float32), columns, starts), shape=shape)
        return cls(
            {name: BaseModels.load(folder / "bases" / name) for name in names["bases"]},
            {
                name: Member.from_arrays(name, base, read_arrays(folder / "members" / name))
                for name, base in names["members"].items()
            },
            RatingModel.from_arrays(read_arrays(folder / "ratings")),
            known,
            shared["fold"],
            shared["item_keys"],
            shared["popularity"],
        )


def _fit_members(
    lessons: Lessons,
    fold: I32,
    bases: Iterable[str],
    members: Literal["single", "ensemble"],
    seed: int,
) -> list[Member]:
    fitter = WeightFitter(NAMED, lessons, fold)
    fitted = [fitter.fit(NAMED)]
    if members == "single":
        return fitted
    for family in FAMILY_NAMES:
        fitted.append(fitter.fit(f"without_{family}", families=[f for f in FAMILY_NAMES if f != family]))
    people = np.unique(lessons.pairs.person)
    for base in bases:
        if base == NAMED:
            continue
        copies = np.bincount(_luck(seed, f"people of {base}").choice(people, size=people.size), minlength=fold.size)
        fitted.append(WeightFitter(base, lessons, fold, like=fitter).fit(base, copies=copies))
    return fitted


def _folds(split: SplitLog, seed: int) -> I32:
    """A fold for each person, by lot, as equal in number among those with held-out choices as can be. (n_users,)."""
    lot = Stream.of(seed, "fit", "taste folds").bits(keys_of(split.log.user_ids.tolist()))
    has_held_out = np.zeros(split.log.n_users, dtype=np.bool_)
    has_held_out[split.held_out.positives().user] = True
    order = np.lexsort((lot, ~has_held_out))
    fold = np.empty(order.size, dtype=np.int32)
    fold[order] = np.arange(order.size) % N_FOLDS
    return fold


def _other_settings(luck: np.random.Generator) -> Settings:
    """Settings of the base models up to a factor of two away from the usual ones, either way."""
    linear, factor, width, neighbours, words = 2.0 ** luck.uniform(-1, 1, 5)
    return {
        "linear": {"penalty": 1000.0 * linear},
        "factor": {"factors": round(64 * width), "penalty": 50.0 * factor},
        "neighbour": {"neighbours": round(50 * neighbours)},
        "content": {"width": round(96 * words)},
    }


def _luck(seed: int, purpose: str) -> np.random.Generator:
    """Luck of its own for each purpose, so that the named member is the same with and without the others."""
    return Stream.of(seed, "fit", f"taste stack/{purpose}").generator(0)


def _draw(seed: int, purpose: str) -> int:
    return int(_luck(seed, purpose).integers(2**31))


def _write(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    folder.mkdir(parents=True)
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)
