"""One person's pages as a run folder, so that everything that reads runs reads them too: `understudy log`, `view`,
`simulator.open`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scenarios.resolved import dump_resolved
from scenarios.schema import Scenario
from simulator.datasets import Dataset
from simulator.experiment.facts import write_facts, write_origins, write_tables
from simulator.experiment.folder import RunFolder, replace_file
from simulator.experiment.plan import Arm
from simulator.experiment.stage import Stage
from simulator.journal.memories import memory_table
from simulator.journal.parts import PartKey, to_table, write_part
from simulator.population import Population
from simulator.records import SplitLog
from simulator.studies.run_manifest import begun, finish
from simulator.studies.solo.new_files import new_folder
from simulator.turn import Page

Turns = Sequence[tuple[int, Page]]


def write_run(
    folder: Path,
    *,
    scenario: Scenario,
    stage: Stage,
    dataset: Dataset,
    split: SplitLog,
    people: Population,
    arms: Mapping[str, Turns],
    seed: int,
    mind: str | None = None,
    data_dir: Path | None = None,
    about: Mapping[str, Any] | None = None,
    beside: Mapping[str, str] | None = None,
) -> RunFolder:
    """Write a finished run of the people of one block: a journal part an arm, and what readers need beside it.

    `arms`: pages by the name of an arm, the first being the control; their `rows` index `people`. `stage`: what the
    pages were lived on; its plan, people and minds are taken over as far as they fit. `mind`: whose pages these are;
    None: the stage's named one. `about`: more for the manifest; `beside`: more files, by name. The manifest is
    written as finished last, so a folder that a crash left is one of an unfinished run.

    Raises:
        UserInputError: something is there already, or it cannot be written; then nothing is left of it.
    """
    named, control = mind or stage.minds[0], next(iter(arms))
    plan = replace(
        stage.plan,
        arms=tuple(Arm(name=name, recommender=name) for name in arms),
        control=control,
        seeds=(seed,),
        minds="single",
        block=max(1, len(people)),
        warmup=None,
    )
    manifest = begun(folder, scenario, seeds=[seed], data_dir=data_dir) | dict(about or {})
    with new_folder(folder):
        run = RunFolder.create(folder, manifest, dump_resolved(scenario))
        kept = replace(
            stage, plan=plan, run=folder.name, folder=folder, everyone=people, ensemble=people, minds=(named,)
        )
        kept = replace(kept, learning=frozenset(), laws={named: stage.laws[stage.minds[0]]}, catalog=split.catalog)
        write_origins(run, dataset, people)
        write_tables(run, kept, split, people.cluster)
        for name, turns in arms.items():
            key = PartKey(run=folder.name, arm=name, seed=seed, mind=named, block=0)
            if (memories := memory_table(key, turns, people.user_ids)) is not None:
                write_part(memories, run.memories / f"{key.name}.parquet")
            write_part(to_table(key, turns, people.user_ids, split.catalog.item_ids), run.part(key.name))
        write_facts(run, kept, dataset, kept.laws[named])
        for file, text in (beside or {}).items():
            replace_file(run.path / file, text)
        finish(run)
    return run
