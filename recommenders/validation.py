"""Whether slates keep the contract: every rule checked on arrays, the first breach told with its person and item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from recommenders.contract import RequestBatch, Slate, SlateBatch
from recommenders.errors import PluginError
from simulator.records import F32, I32, Bools, InteractionLog

ONE_EACH = "recommend returns one Slate for each request, in the same order"
KNOWN = "item_ids are external ids of the catalogue"
AT_MOST = "a slate holds at most k items"
ENOUGH = "a slate holds fewer than k items only when the eligible ones run out"
ELIGIBLE = "a slate holds nothing that is in request.exclude"
ONCE = "an item occurs once in a slate"
SCORES = "scores are finite numbers, one for each item, or None"
PROPENSITIES = "propensities are above 0 and at most 1, one for each item, or None"
_SHOWN_CHARACTERS = 80
_LARGEST = float(np.finfo(np.float32).max)
"""Slates hold their numbers in single precision; beyond this they would be infinite."""


def shared(log: InteractionLog) -> InteractionLog:
    """The log, and its catalogue, in arrays that cannot be written to: all arms of a run are given the same ones."""
    computed = (log.catalog.item_ids, *vars(log.catalog).values())
    for array in computed:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False  # nobody writes to what a catalogue has computed, so this holds for all
    columns = ("user_ids", "user", "item", "rating", "clicked", "time", "dwell_s", "position")
    locked: dict[str, Any] = {name: _locked(getattr(log, name)) for name in columns}
    locked["demographics"] = {name: _locked(facts) for name, facts in log.demographics.items()}
    return replace(log, **locked)


def _locked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    out = array.view()
    out.flags.writeable = False
    return out


@contextmanager
def sealed(batch: RequestBatch) -> Iterator[None]:
    """Meanwhile what the platform knows can be read, and not be changed: the slates are checked by it, and people's
    luck is drawn by their keys."""
    view = batch.view
    known = (view.blocked, view.shown, view.items, view.indptr, view.keys, view.user_ids)
    arrays: list[npt.NDArray[Any]] = [*known, batch.rows, batch.page]
    open_ = [array for array in arrays if array.flags.writeable]
    for array in open_:
        array.flags.writeable = False
    try:
        yield
    finally:
        for array in open_:
            array.flags.writeable = True


def checked_slates(slates: object, batch: RequestBatch, k: int, plugin: str, *, unscored: bool = False) -> SlateBatch:
    """`slates` as arrays of width `k`, after every rule of the contract was found kept. Raises PluginError.

    A `SlateBatch` is checked as it is, in about a microsecond a slate; other sequences of `Slate` are converted first.
    `unscored`: a SlateBatch may hold items without a score (NaN) beside others that have one.
    """
    if isinstance(slates, SlateBatch):
        _check_shape(slates, batch, k, plugin)
        out = slates
    else:
        out = _converted(slates, batch, k, plugin)
    _check_items(out.items, batch, plugin)
    full = out.items >= 0
    if out.scores is not None:
        wrong = full & (np.isinf(out.scores) if unscored else ~np.isfinite(out.scores))
        _refuse_first(wrong, out.items, batch, plugin, SCORES, "item {item!r} has the score {value}", out.scores)
    if out.propensities is not None:
        wrong = full & ~((out.propensities > 0) & (out.propensities <= 1))
        told = "item {item!r} has the propensity {value}"
        _refuse_first(wrong, out.items, batch, plugin, PROPENSITIES, told, out.propensities)
    return out


def _breach(batch: RequestBatch, i: int, plugin: str, fault: str, rule: str) -> PluginError:
    user_id = str(batch.view.user_ids[batch.rows[i]])
    return PluginError(plugin, fault, rule, user_id=user_id, turn=batch.turn)


def _refuse_first(
    wrong: Bools, items: I32, batch: RequestBatch, plugin: str, rule: str, told: str, values: F32 | None = None
) -> None:
    if wrong.any():
        i, place = np.argwhere(wrong)[0].tolist()
        item = str(batch.view.catalog.item_ids[items[i, place]])
        value = "" if values is None else values[i, place]
        raise _breach(batch, i, plugin, told.format(item=item, value=value), rule)


def _check_shape(slates: SlateBatch, batch: RequestBatch, k: int, plugin: str) -> None:
    expected = (len(batch), k)
    for name, kinds in (("items", "iu"), ("scores", "iuf"), ("propensities", "iuf")):
        values: object = getattr(slates, name)
        if values is None and name != "items":
            continue
        if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds:
            given = f"an array of {values.dtype}" if isinstance(values, np.ndarray) else _kind(values)
            fault = f"{name} are {given} instead of an array of {'whole ' if name == 'items' else ''}numbers"
            raise PluginError(plugin, fault, ONE_EACH, turn=batch.turn)
        if values.shape != expected:
            fault = f"{name} have the shape {values.shape} instead of {expected}"
            raise PluginError(plugin, fault, ONE_EACH, turn=batch.turn)
    known = (slates.items >= -1) & (slates.items < len(batch.view.catalog))
    if not known.all():
        i = int(np.argwhere(~known)[0, 0])
        raise _breach(batch, i, plugin, f"catalogue rows go beyond the {len(batch.view.catalog):,} items", KNOWN)


def _check_items(items: I32, batch: RequestBatch, plugin: str) -> None:
    full = items >= 0
    blocked = full & (batch.view.blocked[batch.rows[:, None], np.maximum(items, 0)] != 0)
    told = "item {item!r} was chosen before or already shown in this session"
    _refuse_first(blocked, items, batch, plugin, ELIGIBLE, told)
    ordered = np.sort(items, axis=1)
    repeated = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
    _refuse_first(repeated, ordered[:, 1:], batch, plugin, ONCE, "item {item!r} occurs more than once")
    short = np.flatnonzero(~full.all(axis=1))
    if short.size:
        held = full[short].sum(axis=1)
        eligible = (batch.view.blocked[batch.rows[short]] == 0).sum(axis=1)
        gap = np.flatnonzero(held < np.minimum(eligible, items.shape[1]))
        if gap.size:
            n = int(gap[0])
            fault = f"{_items(held[n])} for k = {items.shape[1]} while {_items(eligible[n])} could still be shown"
            raise _breach(batch, int(short[n]), plugin, fault, ENOUGH)


def _items(count: int) -> str:
    return f"{count:,} item" if count == 1 else f"{count:,} items"


def _converted(slates: object, batch: RequestBatch, k: int, plugin: str) -> SlateBatch:
    if not isinstance(slates, Sequence) or isinstance(slates, str | bytes):
        fault = f"recommend returned {_kind(slates)} instead of a list of Slate"
        raise PluginError(plugin, fault, ONE_EACH, turn=batch.turn)
    if len(slates) != len(batch):
        fault = f"recommend returned {len(slates):,} slates for {len(batch):,} requests"
        raise PluginError(plugin, fault, ONE_EACH, turn=batch.turn)
    items = np.full((len(batch), k), -1, dtype=np.int32)
    scores = np.full((len(batch), k), np.nan, dtype=np.float32)
    propensities = np.full((len(batch), k), np.nan, dtype=np.float32)
    row_of = batch.view.catalog.row_of
    for i, slate in enumerate(slates):
        if not isinstance(slate, Slate):
            fault = f"{_kind(slate)} stands where a Slate belongs (write Slate(item_ids))"
            raise _breach(batch, i, plugin, fault, ONE_EACH)
        ids = _listed(slate.item_ids, "item_ids", batch, i, plugin, KNOWN)
        if len(ids) > k:
            raise _breach(batch, i, plugin, f"{_items(len(ids))} for k = {k}", AT_MOST)
        for place, item_id in enumerate(ids):
            row = row_of.get(str(item_id))
            if row is None:
                raise _breach(batch, i, plugin, f"item {_shown(item_id)} is not in the catalogue", KNOWN)
            items[i, place] = row
        scores[i, : len(ids)] = _numbers(slate.scores, "scores", ids, batch, i, plugin, SCORES)
        propensities[i, : len(ids)] = _numbers(slate.propensities, "propensities", ids, batch, i, plugin, PROPENSITIES)
    scored = any(slate.scores is not None for slate in slates)
    weighed = any(slate.propensities is not None for slate in slates)
    _check_all_or_none(slates, batch, plugin)
    return SlateBatch(batch.view.catalog, items, scores if scored else None, propensities if weighed else None)


def _check_all_or_none(slates: Sequence[Slate], batch: RequestBatch, plugin: str) -> None:
    """Numbers that only some of the people have would make an average over whoever happens to have them."""
    for name, rule in (("scores", SCORES), ("propensities", PROPENSITIES)):
        missing = [i for i, slate in enumerate(slates) if getattr(slate, name) is None and len(slate.item_ids)]
        if missing and len(missing) < sum(1 for slate in slates if len(slate.item_ids)):
            raise _breach(batch, missing[0], plugin, f"this slate has no {name}, and others of the batch have", rule)


def _listed(value: object, name: str, batch: RequestBatch, i: int, plugin: str, rule: str) -> Sequence[object]:
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim == 1 else value
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise _breach(batch, i, plugin, f"{name} is {_kind(value)} instead of a list", rule)
    return value


def _numbers(
    values: object, name: str, ids: Sequence[object], batch: RequestBatch, i: int, plugin: str, rule: str
) -> npt.NDArray[np.float64]:
    if values is None:
        return np.full(len(ids), np.nan)
    listed = _listed(values, name, batch, i, plugin, rule)
    if len(listed) != len(ids):
        raise _breach(batch, i, plugin, f"{len(listed):,} {name} for {_items(len(ids))}", rule)
    for item_id, number in zip(ids, listed, strict=True):
        if not _is_number(number):
            raise _breach(batch, i, plugin, f"item {_shown(item_id)} has {_shown(number)} among its {name}", rule)
    return np.array([float(number) for number in listed if isinstance(number, Real)])


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return abs(float(value)) <= _LARGEST
    except OverflowError:
        return False


def _shown(value: object) -> str:
    """The value as Python writes it, cut: a service can send megabytes where an id belongs."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write out integers of thousands of digits
        text = _kind(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
