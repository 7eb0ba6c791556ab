"""Adapters: models of well-known libraries as recommenders of a scenario.

Each was tried against the library itself, in an environment of its own, in the version that is said here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """One adapter: the class, and with what it was tried."""

    spec: str
    tried: str
    """Library and version, and the Python and NumPy that it was tried on."""


ADAPTERS: dict[str, Adapted] = {
    "rectools": Adapted(
        spec="recommenders.adapters.rectools:RecTools", tried="RecTools 0.19.0 (Python 3.11, NumPy 1.26)"
    ),
    "lenskit": Adapted(spec="recommenders.adapters.lenskit:LensKit", tried="LensKit 2025.8.1 (Python 3.11, NumPy 2.4)"),
    "cornac": Adapted(spec="recommenders.adapters.cornac:Cornac", tried="Cornac 3.0.1 (Python 3.11, NumPy 2.4)"),
    "implicit": Adapted(
        spec="recommenders.adapters.implicit:Implicit", tried="implicit 0.7.3 (Python 3.11, NumPy 2.4)"
    ),
    "microsoft": Adapted(
        spec="recommenders.adapters.microsoft:Microsoft", tried="recommenders 1.2.1 (Python 3.11, NumPy 1.26)"
    ),
    "recbole": Adapted(spec="recommenders.adapters.recbole:RecBole", tried="RecBole 1.2.1 (Python 3.11, NumPy 1.26)"),
    "duck": Adapted(spec="recommenders.adapters.duck:Duck", tried="classes made for its tests"),
}
"""By the short name that a scenario may use; the class itself, as `module:Class`, works as well."""
