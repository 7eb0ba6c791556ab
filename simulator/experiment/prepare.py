"""Before the first turn: data, people, laws, fitted models. Whatever can be refused is refused here, with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from recommenders.host import Host
from simulator import datasets
from simulator.behaviour.laws import Laws
from simulator.datasets import Dataset
from simulator.experiment.asides import Asides
from simulator.experiment.casting import fitted_host, make_host
from simulator.experiment.company import Company
from simulator.experiment.crowd import fingerprint, people_of, unheard_genres
from simulator.experiment.facts import write_facts, write_origins, write_tables
from simulator.experiment.folder import RunFolder, whole_folder
from simulator.experiment.opening import check_settings, open_language, reach_model
from simulator.experiment.plan import Plan
from simulator.experiment.stage import Stage
from simulator.experiment.warmup import warm_up
from simulator.listener import Listener
from simulator.minds.base import FAMILY_NAMES
from simulator.minds.loading import is_built_in, load_plugin
from simulator.minds.loop import MindLoop
from simulator.minds.plugin import PluginMind
from simulator.minds.stack import NAMED, TasteStack
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import HELD_OUT, PERSON, PLATFORM, Catalog, InteractionLog, SplitLog, UserInputError

Where = Callable[..., str]
"""Says where in the scenario a field stands: `where("dataset", "path")`."""


def prepare(
    plan: Plan, folder: RunFolder, listener: Listener, where: Where, data_dir: Path | None
) -> tuple[Stage, Company, float]:
    """The stage of a run, this process's company, and the seconds that fitting took. Writes what the run folder
    keeps."""
    laws = read_laws(plan, where)
    dataset, split = read_data(plan, listener, where, data_dir)
    everyone = read_people(plan, split, where)
    if (unheard := unheard_genres(everyone, split.catalog)) is not None:
        listener.notice(unheard)
    _refuse_other_data(folder, dataset, everyone, where)
    write_origins(folder, dataset, everyone)
    listener.phase("people", f"{len(everyone):,}")
    with ExitStack() as on_failure:
        loop = on_failure.enter_context(MindLoop())
        if plan.language is not None:
            with placed(where, "llm"):
                check_settings(plan)
            reach_model(plan, loop, listener)
        fitting = perf_counter()
        platform = split.platform
        if (
            plan.warmup is not None
        ):  # what arms are fitted on is lived first, with minds; arms that cannot be are refused now
            refuse_recommenders(plan, where)
            fit_minds(plan, folder.models / "mind", split, listener)
            platform, everyone = warm_up(plan, folder, split, everyone, laws, listener)
        asides = Asides(listener)
        recommenders = folder.models / "recommenders"
        hosts = fit_recommenders(plan, recommenders, split.catalog, platform, listener, where, asides)
        own_mind = read_mind(plan, split, loop, where)
        fit_minds(plan, folder.models / "mind", split, listener)
        fit_s = perf_counter() - fitting
        run = folder.read_manifest()["run"]
        stage = make_stage(plan, folder, laws, split, everyone, hosts, own_mind, run=run, platform=platform)
        language = None
        if plan.language is not None:
            with placed(where, "llm"):
                language = open_language(stage, folder, split, hosts, loop, listener)
                on_failure.callback(language.close)
        clusters = everyone.cluster if language is None else language.clusters(everyone)
        write_tables(folder, stage, split, clusters)
        write_facts(folder, stage, dataset, laws)
        shared_hosts = {name: host for name, host in hosts.items() if not host.learns}
        for name in hosts.keys() - shared_hosts.keys():  # each seed and mind gets one that has learnt nothing yet
            hosts[name].close()
        on_failure.pop_all()
        return stage, Company(stage, shared_hosts, own_mind, loop, language, asides), fit_s


def make_stage(
    plan: Plan,
    folder: RunFolder,
    laws: Laws,
    split: SplitLog,
    everyone: Population,
    hosts: Mapping[str, Host],
    own_mind: PluginMind | None = None,
    *,
    run: str,
    platform: InteractionLog | None = None,
) -> Stage:
    """What the blocks of a run have in common. `run`: its name, which stays when its folder is moved. `platform`: what
    the platform knows, if a warm-up told it more than the log does."""
    minds = mind_names(plan)
    return Stage(
        plan=plan,
        run=run,
        folder=folder.path,
        catalog=split.catalog,
        platform=split.platform if platform is None else platform,
        everyone=everyone,
        ensemble=everyone.take(_ensemble_rows(plan, everyone)),
        minds=minds,
        laws={mind: _laws_of(mind, laws, plan) for mind in minds},
        at_home=frozenset(name for name, host in hosts.items() if not host.built_in),
        learning=frozenset(name for name, host in hosts.items() if host.learns),
        mind_at_home=own_mind is not None or plan.language is not None,
    )


@contextmanager
def placed(where: Where, *path: str) -> Iterator[None]:
    """Puts file, line and field in front of what is refused inside."""
    try:
        yield
    except UserInputError as error:
        text = str(error)
        head, _, rest = text.partition(": ")
        steps = tuple(head.split("."))
        if steps[: len(path)] == path and rest:  # the message names the field itself, perhaps more exactly
            raise UserInputError(f"{where(*steps)}: {rest}") from None
        raise UserInputError(f"{where(*path)}: {text}") from None


def read_laws(plan: Plan, where: Where) -> Laws:
    """The scenario's laws. Raises UserInputError."""
    with placed(where, "behaviour", "laws"):
        return Laws.configure(plan.laws)


def read_data(plan: Plan, listener: Listener, where: Where, data_dir: Path | None) -> tuple[Dataset, SplitLog]:
    """The dataset and its three parts; items carry what reviews the platform knows. Raises UserInputError."""
    listener.phase("data", str(plan.dataset["source"]))
    with placed(where, "dataset"):
        dataset = datasets.load(data_dir=data_dir, **plan.dataset)
    for reason in dataset.report.reasons:
        listener.notice(f"{dataset.name}: {reason}")
    for note in dataset.report.notes:
        listener.notice(f"{dataset.name}: {note}")
    with placed(where, "dataset", "split"):
        split = datasets.split(dataset, **plan.split)
    if not (split.log.clicked & (split.part == HELD_OUT)).any():
        raise UserInputError(
            f"{where('dataset')}: no choice is held out, because nobody in {dataset.name} has three or more. "
            "Cure: give longer histories"
        )
    catalog = datasets.with_reviews_from(split)
    return dataset, replace(split, log=replace(split.log, catalog=catalog))


def read_people(plan: Plan, split: SplitLog, where: Where) -> Population:
    """The simulated people. Raises UserInputError."""
    with placed(where, "population"):
        return people_of(plan, split)


def read_mind(plan: Plan, split: SplitLog, loop: MindLoop, where: Where) -> PluginMind | None:
    """A mind of the user's own, or None if the named mind is the stack. Raises UserInputError.

    It is started in the loop that it will be asked in: what it opens there, such as a connection, lives as long.
    """
    if plan.language is not None:
        return None
    with placed(where, "mind", "kind"):
        if is_built_in(plan.mind):
            return None
        mind = load_plugin(plan.mind, plan.mind_params, folder=plan.base_dir)
        known = np.isin(split.part, (PLATFORM, PERSON))  # what is held out judges minds too, so none may see it
        loop.run(mind.start(split.catalog, SplitLog(split.name, split.known, split.part[known])))
        return mind


def refuse_recommenders(plan: Plan, where: Where) -> None:
    """Make every arm's recommender and let it go again. Raises UserInputError."""
    for arm in plan.arms:
        with placed(where, "arms", arm.name):
            make_host(plan, arm).close()
    if plan.warmup is not None:
        with placed(where, "world", "warmup"):
            make_host(plan, plan.warmup.policy).close()


def fit_recommenders(
    plan: Plan,
    folder: Path,
    catalog: Catalog,
    platform: InteractionLog,
    listener: Listener,
    where: Where,
    notice: Callable[[str], None] | None = None,
) -> dict[str, Host]:
    """Every arm's recommender, fitted on what the platform knows and asked for a first few pages. Raises
    UserInputError."""
    hosts = {}
    for arm in plan.arms:
        listener.phase("fit", f"{arm.name} ({arm.recommender})")
        with placed(where, "arms", arm.name):
            host = fitted_host(plan, arm, folder / arm.name, catalog, platform, notice or listener.notice)
            host.probe(catalog, platform, plan.slate_size)
        hosts[arm.name] = host
    return hosts


def fit_minds(plan: Plan, folder: Path, split: SplitLog, listener: Listener) -> None:
    """Fit the taste stack and keep it in `folder`, unless it is there already."""
    if not folder.exists():
        listener.phase("mind", "taste stack" if plan.minds == "single" else "taste stack and its ensemble")
        stack = TasteStack.fit(split, seed=plan.seed, members=plan.minds, refits=plan.refits, listener=listener)
        whole_folder(folder, stack.save)


def mind_names(plan: Plan) -> tuple[str, ...]:
    """The minds of a run: the named one, which everyone lives with, then those of the ensemble."""
    own: tuple[str, ...] = ()
    if plan.language is not None:
        own = (plan.language.kind,)
    elif not is_built_in(plan.mind):
        own = (plan.mind.rpartition(":")[2],)
    if plan.minds == "single":
        return own or (NAMED,)
    refits = (f"refit_{nth + 1}" for nth in range(plan.refits))
    return (*own, NAMED, *(f"without_{family}" for family in FAMILY_NAMES), *refits)


def _refuse_other_data(folder: RunFolder, dataset: Dataset, everyone: Population, where: Where) -> None:
    """A resumed run must meet the data and the personas that it began with."""
    manifest = folder.read_manifest()
    before = manifest.get("dataset")
    if before is not None and manifest.get("personas") != fingerprint(everyone):
        raise UserInputError(
            f"{where('population')}: the personas are not what they were when the run began. "
            "Cure: restore them, or start a new run"
        )
    if before is not None and before["fingerprint"] != dataset.fingerprint:
        raise UserInputError(
            f"{where('dataset')}: {dataset.name} is not what it was when the run began. "
            "Cure: restore it, or start a new run"
        )


def _laws_of(mind: str, laws: Laws, plan: Plan) -> Laws:
    """A refitted mind meets laws whose constants were drawn too."""
    kind, _, number = mind.partition("_")
    return laws.draw(plan.seed, int(number)) if kind == "refit" else laws


def _ensemble_rows(plan: Plan, everyone: Population) -> np.ndarray:
    """The ensemble's people: those with the smallest keyed draw, in the order of the population."""
    draw = Stream.of(plan.seed, "population", "ensemble").bits(everyone.keys)
    return np.sort(np.argsort(draw, kind="stable")[: plan.ensemble_size])
