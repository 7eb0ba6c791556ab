"""An arm's recommender, made, fitted, and kept in the run folder if that is possible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from recommenders.exploration import explore
from recommenders.host import Host
from recommenders.loading import load_recommender
from recommenders.remote.base import unheard
from simulator.experiment.folder import whole_folder
from simulator.experiment.plan import Arm, Plan
from simulator.records import Catalog, InteractionLog


def make_host(plan: Plan, arm: Arm, notice: Callable[[str], None] = unheard) -> Host:
    """The arm's recommender inside its contract, not fitted; `notice` hears what it has to say. Raises
    UserInputError."""
    recommender = load_recommender(arm.recommender, arm.params, folder=plan.base_dir, seed=plan.seed, python=arm.python)
    if arm.explore is not None:
        recommender = explore(recommender, **arm.explore, name=arm.recommender)
    return Host(
        recommender,
        arm.recommender,
        timeout_s=arm.timeout_s,
        fit_timeout_s=arm.fit_timeout_s,
        retries=arm.retries,
        notice=notice,
    )


def fitted_host(
    plan: Plan,
    arm: Arm,
    folder: Path,
    catalog: Catalog,
    platform: InteractionLog,
    notice: Callable[[str], None] = unheard,
) -> Host:
    """The arm's recommender, restored from `folder` if it was kept there whole, else fitted (and kept, if possible)."""
    host = make_host(plan, arm, notice)
    if host.can_save and folder.exists():
        host.restore(folder, catalog)
        return host
    host.fit(catalog, platform)
    if host.can_save:
        whole_folder(folder, host.save)
    return host
