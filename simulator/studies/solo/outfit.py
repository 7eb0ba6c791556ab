"""Who a person is and what they look at, as far as it was changed: all but the state that pages bring about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from personas.schema import Instruction, Likes, Origin, Persona, Tastes
from simulator.behaviour.cues import CUES, TRAITS, cue_scores
from simulator.behaviour.laws import Laws
from simulator.documents.fields import did_you_mean
from simulator.population import Population
from simulator.population.imagined import texts_of
from simulator.records import Catalog, UserInputError
from simulator.studies.solo.changes import Change, SetBelief, SetItem, SetLayout, SetTrait
from simulator.studies.solo.traits import LABELS, as_stated, trait_of, with_trait

_KINDS = {"genres": "category", "creators": "creator", "examples": "title", "themes": "theme"}
_BOTH = ("liked", "disliked")
_MOST = 100
"""Names that a persona holds of a kind."""
_READ_BY: Mapping[str, tuple[str, ...]] = {
    "price": ("price",),
    "review_count": ("reviews", "popularity"),
    "review_mean": ("reviews",),
    "headline": ("headline",),
    "image_caption": ("thumbnail",),
    "title": (),
}
"""The cues that a field of an item acts through."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Outfit:
    """One person, and the platform before them."""

    people: Population
    """Of one person."""
    catalog: Catalog
    layout: str
    items: Mapping[int, Mapping[str, Any]]
    """What was changed of which rows of the catalogue."""

    def of(self, people: Population) -> Outfit:
        """Of the same person as they are on some day."""
        return replace(self, people=people)

    @property
    def persona(self) -> Persona | None:
        """The person's persona with what they came to be and to like."""
        persona: Persona | None = self.people.persona(0)
        said = self.said
        if persona is None or said is None:
            return persona
        return persona.model_copy(update={"tastes": merged(persona.tastes, said)})

    @property
    def said(self) -> Tastes | None:
        """What they came to like and dislike."""
        return None if self.people.said is None else self.people.said[0]

    def with_change(self, change: Change) -> Outfit:
        """After a change; those of mood and fatigue are none of an outfit. Raises UserInputError."""
        match change:
            case SetTrait(name=name, value=value):
                people = with_trait(self.people, name, value)
                return replace(self, people=_each_persona(people, lambda one: stating(one, name, value)))
            case SetBelief(text=text, likes=likes):
                return replace(self, people=_believing(self.people, self.catalog, text, likes))
            case SetLayout(name=name):
                return replace(self, layout=name)
            case SetItem(item=item, field=field, value=value):
                if not 0 <= item < len(self.catalog):
                    raise UserInputError(f"item: there is no row {item}; they go from 0 to {len(self.catalog) - 1}")
                items = {**self.items, item: {**self.items.get(item, {}), field: value}}
                return replace(self, items=items, catalog=self.catalog.changed({item: {field: value}}))
        return self

    def unread(self, change: Change, laws: Laws) -> str:
        """Why a change moves nothing that a statistical mind and the laws do; nothing where it moves something."""
        match change:
            case SetTrait(name=name):
                if name in TRAITS:
                    cue = CUES[TRAITS.index(name)]
                    return self._unheeded(cue, laws)
                law, _, constant = trait_of(name).law.partition(".")
                if getattr(getattr(laws, law), constant, 1.0) == 0:
                    return f"behaviour.laws.{law}.{constant} is 0, so no law reads {LABELS[name]}"
            case SetItem(field=field):
                if not _READ_BY[field]:
                    return f"no law reads the {field}: only a language model would"
                reasons = [self._unheeded(cue, laws) for cue in _READ_BY[field]]
                if all(reasons):
                    return reasons[0]
                if field == "review_mean" and not self.catalog[change.item].review_count:
                    return "a mean of no reviews is not read: set their number too"
        return ""

    def _unheeded(self, cue: str, laws: Laws) -> str:
        nth = CUES.index(cue)
        if getattr(laws.cues, cue) == 0:
            return f"behaviour.laws.cues.{cue} is 0, so no law reads the {cue}"
        if cue_scores(self.catalog)[nth] is None:
            return f"the items of this catalogue do not differ in the {cue}, so nobody goes by it"
        if laws.cues.weights(self.layout)[nth] == 0:
            return f"a {self.layout} shows pictures and titles, so nobody sees the {cue}. A list would show it"
        return ""


def kind_of(catalog: Catalog, text: str) -> str:
    """What a text names in a catalogue: a field of `Tastes`. Raises UserInputError where it names nothing."""
    texts = texts_of(catalog)
    if texts.in_categories([text]).any():
        return "genres"
    if texts.by([text]).any():
        return "creators"
    if texts.titled([text]):
        return "examples"
    if texts.with_words([text]).any():
        return "themes"
    known = [*catalog.category_names, *sorted({item.creator for item in catalog if item.creator})]
    names = {name.casefold(): name for name in known}
    near = did_you_mean(text, names).removeprefix(" Did you mean ").removesuffix("?")
    meant = f" Did you mean {names[near]}?" if near else ""
    raise UserInputError(
        f"belief: no category, creator or title is called {text[:60]!r}, and no item is about it.{meant} "
        f"Categories are {', '.join(catalog.category_names[:12])}"
    )


def _believing(people: Population, catalog: Catalog, text: str, likes: bool) -> Population:
    kind = kind_of(catalog, text)
    held = None if people.said is None else people.said[0]
    said = _with(_without(held or Tastes(), kind, text), kind, text, likes)
    column = np.empty(1, dtype=object)
    column[0] = said

    def quiet(persona: Persona) -> Persona:
        tastes = _without(persona.tastes, kind, text)
        return persona.model_copy(update={"tastes": tastes, "instructions": tuple(_still_told(persona, text, likes))})

    people = _each_persona(replace(people, said=column), quiet)
    if people.later is not None:
        later = people.later.people
        spoken = np.empty(len(later), dtype=object)
        spoken[:] = said
        people = replace(people, later=replace(people.later, people=replace(later, said=spoken)))
    return people


def _each_persona(people: Population, changed: Any) -> Population:
    """The same people, whose personas are new versions."""
    if people.personas is None:
        return people
    column = np.empty(len(people), dtype=object)
    for row, persona in enumerate(people.personas):
        column[row] = None if persona is None else changed(persona)
    later = people.later
    if later is not None:
        later = replace(later, people=_each_persona(later.people, changed))
    return replace(people, personas=column, later=later)


def stating(persona: Persona, name: str, sd: float) -> Persona:
    """The persona, who has so much of a trait."""
    trait, value = as_stated(name, sd)
    return persona.model_copy(
        update={
            "behaviour": persona.behaviour.model_copy(update={trait: value}),
            "origins": persona.origins | {f"behaviour.{trait}": Origin(how="stated")},
        }
    )


def _without(tastes: Tastes, kind: str, text: str) -> Tastes:
    """Without a name among those of a kind, liked or not."""
    likes: Likes = getattr(tastes, kind)
    gone = text.casefold()
    kept = {which: tuple(n for n in getattr(likes, which) if n.casefold() != gone) for which in _BOTH}
    return tastes.model_copy(update={kind: likes.model_copy(update=kept)})


def _still_told(persona: Persona, text: str, likes: bool) -> Iterator[Instruction]:
    """What the person still tells the service: what somebody came to like they do not have left out any more, nor do
    they ask for what they came to dislike."""
    which, other = ("avoid", "look_for") if likes else ("look_for", "avoid")
    for one in persona.instructions:
        kept = tuple(name for name in getattr(one, which) if name.casefold() != text.casefold())
        if kept == getattr(one, which):
            yield one
        elif kept or getattr(one, other):
            yield one.model_copy(update={which: kept})


def _with(tastes: Tastes, kind: str, text: str, liked: bool) -> Tastes:
    likes: Likes = getattr(tastes, kind)
    which = "liked" if liked else "disliked"
    return tastes.model_copy(update={kind: likes.model_copy(update={which: (text, *getattr(likes, which))})})


def merged(tastes: Tastes, said: Tastes) -> Tastes:
    """What was liked before and what came to be liked: the latter comes first, and is what counts."""
    both = {}
    for kind in _KINDS:
        now, before = getattr(said, kind), getattr(tastes, kind)
        spoken = {name.casefold() for name in (*now.liked, *now.disliked)}
        old = {which: [n for n in getattr(before, which) if n.casefold() not in spoken] for which in _BOTH}
        both[kind] = Likes(**{which: (*getattr(now, which), *old[which])[:_MOST] for which in _BOTH})
    return Tastes(**both)
