"""The pages of a run by the last part of their address: a function from a desk to a view each, a file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.viewer.desk import Desk, View
from simulator.viewer.views import about, apart, events, memories, page, people, person, run, search

VIEWS: Mapping[str, Callable[[Desk], View]] = {
    "": run.view,
    "about": about.view,
    "apart": apart.view,
    "events": events.view,
    "memories": memories.view,
    "page": page.view,
    "people": people.view,
    "person": person.view,
    "search": search.view,
}
