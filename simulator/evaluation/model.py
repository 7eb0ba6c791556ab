"""Which model speaks for the people, and how far its word is calibrated: what every output of a run must say."""

from __future__ import annotations

from typing import Any

from simulator.evaluation.crowd import Crowd
from simulator.evaluation.run_data import RunData

SCRIPTED = "scripted model: no language model"
"""What stands wherever a scripted model's answers are shown."""
UNCALIBRATED = "uncalibrated"
FEW_CLUSTERS = 30
"""Cluster-robust intervals over fewer clusters are too narrow (Cameron & Miller, Journal of Human Resources 2015)."""


def model_facts(crowd: Crowd) -> dict[str, Any]:
    """{name, scripted, what, endpoint, structured, prompts, calibration}; empty where no model speaks."""
    model, told = crowd.data.model, crowd.testimony
    if model is None:
        return {}
    scripted = bool(model.get("scripted"))
    return {
        "name": str(model.get("model", "")),
        "scripted": scripted,
        "what": SCRIPTED if scripted else "language model",
        "endpoint": model.get("endpoint"),
        "structured": model.get("structured"),
        "prompts": [] if told is None else list(told.prompts),
        "calibration": calibration_text(crowd.data),
    }


def calibration_text(data: RunData) -> str:
    """`uncalibrated`, or what the calibration found."""
    found = data.calibration
    return UNCALIBRATED if found is None else str(found.get("text") or found.get("finding") or UNCALIBRATED)


def model_notes(data: RunData) -> list[str]:
    """What a reader must know of the model before believing a number."""
    if data.model is None:
        return []
    name = data.model.get("model", "")
    if data.model.get("scripted"):
        notes = [f"{name} is a {SCRIPTED}. It answers by a few stated rules; its figures show that the parts work."]
    else:
        notes = [
            f"The language model {name} speaks for the people. It may have read about these very items: what it wants "
            "of them is no independent evidence."
        ]
    if data.calibration is not None:
        notes.append(f"Stated wants: {calibration_text(data)}.")
    elif data.mind == "hybrid":
        notes.append(
            f"Stated wants are {UNCALIBRATED}; they move the statistical want by no more than the stated bound."
        )
    else:
        notes.append(
            f"Stated wants are {UNCALIBRATED}: nothing tells what a 7 of 10 means in choices, so levels of clicks and "
            "what rests on them are assumed."
        )
    return notes


def units_note(data: RunData) -> str | None:
    """What the units of intervals are, where they are no persons."""
    if data.archetypes is None:
        return None
    note = f"People share the answers of {data.archetypes:,} archetypes, which are the clusters of every interval"
    few = data.archetypes < FEW_CLUSTERS
    return f"{note}: fewer than {FEW_CLUSTERS}, so intervals are likely too narrow." if few else f"{note}."
