"""Getting a language model ready before the first turn: is it there, who are the people, what does a want mean?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from recommenders.host import Host
from simulator.experiment.estimate import rehearse_model
from simulator.experiment.folder import RunFolder, whole_file
from simulator.experiment.language import Knowledge, Language, notes_wanted
from simulator.experiment.paid import Paid, spent_before
from simulator.experiment.plan import Plan
from simulator.experiment.remembered import remembered
from simulator.experiment.stage import Stage
from simulator.listener import Listener
from simulator.llm.budget import budget_of
from simulator.llm.endpoint import base_url_of, shown
from simulator.llm.faults import faults_of
from simulator.llm.ledger import Ledger, Taken, read_totals
from simulator.llm.prices import price_of
from simulator.llm.reach import reach
from simulator.llm.transcripts import Transcripts
from simulator.memory.chroma import ChromaProjection
from simulator.memory.embedding import Embedder, EndpointEmbedder, HashingEmbedder, OnceEmbedder
from simulator.memory.graph import ItemGraph
from simulator.minds.language.archetypes import Archetypes
from simulator.minds.language.calibration import Calibrator, fit
from simulator.minds.language.captions import Captioner, Captions
from simulator.minds.language.elicit import Elicitor, calibration_sheets, page_prompt_id, raw_answers
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.questions import Questions, draw_questions
from simulator.minds.language.reliability import require_answers
from simulator.minds.loop import MindLoop
from simulator.population import Population, from_log
from simulator.records import Catalog, SplitLog
from simulator.turn import Recollection


def check_settings(plan: Plan) -> None:
    """Refuse, before anything takes long, a budget that cannot be counted and faults that cannot be played.

    Raises UserInputError.
    """
    assert plan.llm is not None
    budget_of(plan.llm, price_of(plan.llm))
    faults_of(plan.llm.faults)


def reach_model(plan: Plan, loop: MindLoop, listener: Listener) -> None:
    """Ask whether the endpoint answers and knows the model. Raises EndpointError."""
    assert plan.llm is not None
    if plan.llm.cache != "replay-only":
        listener.phase("model", loop.run(reach(plan.llm)))


def what_is_known(plan: Plan, split: SplitLog, everyone: Population, embedder: Embedder | None = None) -> Knowledge:
    """What minds and memories are made from; nothing of it needs the model. `embedder` None: hashing.

    Raises UserInputError.
    """
    assert plan.language is not None
    memory = plan.memory
    return Knowledge(
        catalog=split.catalog,
        biography=Biography(split.known, seed=plan.seed),
        archetypes=_archetypes(plan, everyone),
        graph=ItemGraph(split.catalog, split.known) if memory is not None and memory.graph else None,
        embedder=None if memory is None else embedder or HashingEmbedder(),
    )


def _archetypes(plan: Plan, everyone: Population) -> Archetypes | None:
    assert plan.language is not None
    if plan.language.kind != "archetype":
        return None
    return Archetypes.of(everyone, min(plan.language.archetypes, len(everyone)), seed=plan.seed)


def open_language(
    stage: Stage,
    folder: RunFolder,
    split: SplitLog,
    hosts: Mapping[str, Host],
    loop: MindLoop,
    listener: Listener,
    *,
    apart: bool = False,
) -> Language:
    """The language model of a run, with its ledger and budget; what is known of people; memory's projection.

    Rehearses what the run will take, calibrates, and writes what both found into the manifest. For lives that are lived
    `apart` from any run nothing is rehearsed, memories are not projected into Chroma, and no text is embedded twice, so
    that a life can be made again where the endpoint has died. Raises UserInputError, EndpointError and BudgetError.
    """
    plan = stage.plan
    assert plan.language is not None and plan.llm is not None
    with ExitStack() as on_failure:
        before = read_totals(folder.ledger)
        spent = spent_before(before, price_of(plan.llm))
        kept = Transcripts(folder.transcripts, listener.notice) if plan.llm.transcripts else None
        paid = Paid(plan.llm, Ledger(folder.ledger, Taken.of(before)), spent, transcripts=kept)
        on_failure.callback(paid.close, loop)
        embedder = _embedder(plan, paid, loop)
        if apart and embedder is not None:
            embedder = OnceEmbedder(embedder)
        knowledge = what_is_known(plan, split, stage.everyone, embedder)
        knowledge = replace(knowledge, catalog=_with_captions(plan, folder, split.catalog, paid, loop, listener))
        facts = folder.read_manifest().get("llm") or _facts(stage)
        if not apart and "estimate" not in facts:
            facts["estimate"] = _estimate(stage, split, hosts, knowledge, loop, listener)
        facts["endpoint"] = None if plan.llm.scripted else shown(base_url_of(plan.llm))  # a resumed run may have moved
        knowledge = replace(knowledge, calibrator=_calibrator(plan, folder, split, knowledge, paid, loop, listener))
        folder.write_manifest(
            folder.read_manifest()
            | {
                "llm": facts,
                "mind_calibration": None if knowledge.calibrator is None else knowledge.calibrator.facts(),
                "archetypes": None if knowledge.archetypes is None else len(knowledge.archetypes),
            }
        )
        chroma = None
        if not apart and knowledge.embedder is not None:
            chroma = ChromaProjection(folder.chroma, knowledge.embedder, notice=listener.notice)
            on_failure.callback(chroma.close)
            chroma.sync(remembered(folder, stage.named_worlds(), plan.slate_size))
        on_failure.pop_all()
        return Language(plan, knowledge, paid, loop, run=str(folder.path), chroma=chroma)


def _facts(stage: Stage) -> dict[str, Any]:
    """What the manifest says of the model."""
    llm = stage.plan.llm
    assert llm is not None
    return {"model": llm.model, "scripted": llm.scripted, "structured": llm.structured}


def _estimate(
    stage: Stage,
    split: SplitLog,
    hosts: Mapping[str, Host],
    knowledge: Knowledge,
    loop: MindLoop,
    listener: Listener,
) -> dict[str, Any]:
    """What the run will take, by a rehearsal."""
    llm = stage.plan.llm
    assert llm is not None
    listener.phase("estimate", "a few people rehearse with the scripted model")
    with TemporaryDirectory(prefix="understudy-rehearsal-") as scratch:
        estimate, _ = rehearse_model(
            stage, hosts, knowledge, loop, Path(scratch), beside=calls_beside(stage.plan, split.catalog)
        )
    listener.notice(estimate.text(llm.model))
    return estimate.facts()


def _embedder(plan: Plan, paid: Paid, loop: MindLoop) -> Embedder | None:
    """The endpoint's, if the memory wants that. Raises EndpointError where it has none."""
    if plan.memory is None or plan.memory.embedding != "endpoint":
        return None
    model = paid.embeddings(plan.memory.embedding_model)
    width = loop.run(model.embed(["how long is a vector?"]))[0].size
    return EndpointEmbedder(model.model, width, lambda texts: loop.run(model.embed(texts)))


def _with_captions(
    plan: Plan, folder: RunFolder, catalog: Catalog, paid: Paid, loop: MindLoop, listener: Listener
) -> Catalog:
    """The catalogue with what its pictures show, if the scenario wants that; asked once a run."""
    assert plan.language is not None and plan.llm is not None
    if plan.language.images == "none":
        return catalog
    path = folder.captions
    if path.exists():
        return Captions.load(path).applied(catalog)
    captioner = Captioner(catalog, plan.llm, folder=pictures_folder(plan))
    listener.phase("captions", f"{len(captioner.worst()):,} pictures are put into words")
    captions = loop.run(paid.captions(captioner))
    whole_file(path, captions.save)
    left = ", ".join(f"{number} {reason}" for reason, number in captions.failed.items())
    listener.notice(f"{len(captions.by_id):,} of {captions.asked:,} pictures have a caption{left and f'; {left}'}")
    return captions.applied(catalog)


def pictures_folder(plan: Plan) -> Path:
    """Where the files of pictures lie: beside the table of items, else beside the scenario."""
    items = plan.dataset.get("items")
    return Path(items["path"]).parent if items else plan.base_dir


def calls_beside(plan: Plan, catalog: Catalog) -> int:
    """Calls that calibration and captions take, at most."""
    assert plan.language is not None and plan.llm is not None
    calibration = plan.language.calibration
    asked = 0 if calibration.method == "none" else calibration.people
    if plan.language.images == "caption":
        asked += len(Captioner(catalog, plan.llm, folder=pictures_folder(plan)).worst())
    return asked


def _calibrator(
    plan: Plan,
    folder: RunFolder,
    split: SplitLog,
    knowledge: Knowledge,
    paid: Paid,
    loop: MindLoop,
    listener: Listener,
) -> Calibrator | None:
    """What a stated want means, learnt from other people's held-out choices; once a run."""
    assert plan.language is not None and plan.llm is not None
    settings = plan.language.calibration
    if settings.method == "none":
        return None
    path = folder.models / "calibration.json"
    notes = notes_wanted(plan)
    model, prompt_id = plan.llm.model, page_prompt_id(plan.language, notes=notes)
    if path.exists():
        return Calibrator.load(path, model=model, prompt_id=prompt_id)
    listener.phase("calibrate", f"{settings.people} people are asked about their own history")
    questions = draw_questions(split, settings, plan.seed, plan.slate_size)
    asked = from_log(split, seed=plan.seed).take(questions.rows)
    if knowledge.archetypes is not None:  # whoever is asked in the run is asked here
        asked = knowledge.archetypes.people.take(knowledge.archetypes.assign(asked))
    elicitor = Elicitor(
        people=asked,
        catalog=knowledge.catalog,
        biography=knowledge.biography,
        settings=plan.language,
        llm=plan.llm,
        seed=plan.seed,
        arm="",
        mind=plan.language.kind,
        notes=notes,
    )
    sheets = calibration_sheets(elicitor, asked, questions, plan.layout, _on_entering(knowledge, asked, questions))
    replies = loop.run(paid.ask(elicitor, sheets))
    told = [reply for reply in replies if reply is not None]
    require_answers(sum(reply.error is not None for reply in told), len(told), plan.llm.max_failure_rate)
    raw = raw_answers(sheets, replies, questions.items.shape[1])
    calibrator = fit(questions, raw, settings.method, model=model, prompt_id=prompt_id, people=asked)
    whole_file(path, calibrator.save)
    listener.notice(calibrator.report.text)
    return calibrator


def _on_entering(knowledge: Knowledge, people: Population, questions: Questions) -> tuple[Recollection, ...] | None:
    """What people know of the questions' items on the first page of a run, before they remember anything: a curve that
    was learnt without it would be one for another prompt. None where no memory tells it."""
    if knowledge.graph is None:
        return None
    rows = np.arange(len(people), dtype=np.int32)
    evidence = knowledge.graph.evidence(people, rows, questions.items, questions.items >= 0)
    return tuple(Recollection(evidence=known) for known in evidence)
