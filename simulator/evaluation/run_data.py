"""What the evaluation needs to know of a finished run: the one place that reads its manifest.

A run folder holds `manifest.json`, `people.parquet` (user_id, cluster_id, block, ensemble, and source_id where clusters
are no people of the log), `history.parquet` (user_id, item_id, part P|M|V; its users are the people of the log),
`catalog.parquet` (item_id, title, categories, popularity in P) and `events/*.parquet` in the columns of
`simulator.journal.schema`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from simulator.records import UserInputError

TABLES = ("people", "history", "catalog")


@dataclass(frozen=True, kw_only=True)
class RunData:
    """A run folder and the facts of its manifest, checked."""

    folder: Path
    run: str
    scenario_hash: str
    versions: Mapping[str, Any]
    seeds: tuple[int, ...]
    arms: tuple[str, ...]
    """Names in the order of the scenario."""
    control: str
    minds: tuple[str, ...]
    """The named mind first, then the other members of the ensemble, which saw only the ensemble's people."""
    primary: str = "auto"
    """A metric's name, or `auto`: click_rate where the log has clicks, otherwise want."""
    log_has_clicks: bool = False
    """Whether the dataset says what was shown and passed over, so that the click law could be fitted to it."""
    confidence: float = 0.95
    catalog_size: int
    rating_unit: float = 1.0
    """What one of five levels is on the log's rating scale."""
    families: Mapping[str, str | None] = field(default_factory=dict)
    """The family of minds that resembles each arm's recommender: linear, factor, neighbour, content, popularity."""
    laws: Sequence[Mapping[str, Any]] = ()
    """The behaviour's constants: {law, constant, value, grade: fitted | transferred | assumed, source}."""
    learning: frozenset[str] = frozenset()
    """Arms whose recommender learns during the run, which links its people."""
    model: Mapping[str, Any] | None = None
    """The model that speaks for people: {model, scripted, endpoint, structured}; None where no mind asks one."""
    calibration: Mapping[str, Any] | None = None
    """What is known of the stated wants' calibration (`Calibrator.facts`); None where they are uncalibrated."""
    strangers: int = 0
    """People without a history: personas, or drawn."""
    warmup: Mapping[str, Any] | None = None
    """What they lived before the run: {sessions, policy, explore, mind, impressions, choices}; None: nothing."""
    archetypes: int | None = None
    """How many archetypes share answers, and are the clusters of the people; None where people are asked themselves."""

    @property
    def mind(self) -> str:
        """The named mind: the one whose results `arms` and `comparisons` report."""
        return self.minds[0]

    @property
    def treatments(self) -> tuple[str, ...]:
        return tuple(arm for arm in self.arms if arm != self.control)

    @property
    def event_files(self) -> tuple[Path, ...]:
        """The compacted parts of the journal, in name order."""
        return tuple(sorted(self.folder.joinpath("events").glob("*.parquet")))

    def table(self, name: str) -> Path:
        """`people`, `history` or `catalog`."""
        return self.folder / f"{name}.parquet"

    @classmethod
    def open(cls, folder: Path) -> RunData:
        """Read and check a run folder.

        Raises:
            UserInputError: it is not a run, it has not finished, or a file of it is missing or not readable.
        """
        manifest = read_manifest(folder)
        for name in TABLES:
            if not (folder / f"{name}.parquet").is_file():
                raise UserInputError(f"{folder}: {name}.parquet is missing. Finish the run: understudy resume {folder}")
        try:
            data = cls._of(folder, manifest)
        except (KeyError, TypeError, ValueError) as broken:
            raise UserInputError(
                f"{folder / 'manifest.json'}: {broken!r} is missing or wrong. Was it edited? Restore it or run again."
            ) from broken
        data._require_parts(manifest.get("blocks") or {})
        return data

    def _require_parts(self, blocks: Mapping[str, int]) -> None:
        """Every block of every arm, seed and mind must be there: half a journal would answer another question."""
        for arm, seed, mind in product(self.arms, self.seeds, self.minds):
            for block in range(int(blocks.get("everyone" if mind == self.mind else "ensemble", 0))):
                name = f"{arm}.{seed}.{mind}.{block:05d}.parquet"
                if not (self.folder / "events" / name).is_file():
                    raise UserInputError(
                        f"{self.folder}: events/{name} is missing: the run is not finished, or the file was lost. "
                        f"Cure: understudy resume {self.folder}"
                    )
        if not self.event_files:
            raise UserInputError(
                f"{self.folder}: events/ holds no finished part. Cure: understudy resume {self.folder}"
            )

    @classmethod
    def _of(cls, folder: Path, manifest: Mapping[str, Any]) -> RunData:
        arms = tuple(str(arm) for arm in manifest["arms"])
        named = str(manifest.get("mind") or manifest["minds"][0])
        confidence = float(manifest.get("confidence", 0.95))
        control = str(manifest.get("control") or arms[0])
        if control not in arms:
            raise ValueError(f"control {control}")
        if not 0 < confidence < 1:
            raise ValueError(f"confidence {confidence}")
        return cls(
            folder=folder,
            run=str(manifest["run"]),
            scenario_hash=str(manifest["scenario_hash"]),
            versions=dict(manifest["versions"]),
            seeds=seeds_of(manifest),
            arms=arms,
            control=control,
            minds=(named, *(str(mind) for mind in manifest.get("minds", ()) if mind != named)),
            primary=str(manifest.get("primary", "auto")),
            log_has_clicks=bool(manifest.get("log_has_clicks", False)),
            confidence=confidence,
            catalog_size=int(manifest["catalog_size"]),
            rating_unit=float(manifest.get("rating_unit", 1.0)),
            families=dict(manifest.get("families") or {}),
            laws=tuple(manifest.get("laws") or ()),
            learning=frozenset(manifest.get("learning") or ()),
            model=None if manifest.get("llm") is None else dict(manifest["llm"]),
            calibration=None if manifest.get("mind_calibration") is None else dict(manifest["mind_calibration"]),
            strangers=int(manifest.get("strangers") or 0),
            warmup=None if manifest.get("warmup") is None else dict(manifest["warmup"]),
            archetypes=None if manifest.get("archetypes") is None else int(manifest["archetypes"]),
        )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run, finished or not.

    Raises:
        UserInputError: the folder is not a run's.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise UserInputError(
            f"{folder}: not a run folder (manifest.json is missing). Give the folder that a run wrote."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise UserInputError(f"{path}: cannot be read ({broken}). Restore it or run again.") from broken
    if not isinstance(manifest, dict):
        raise UserInputError(f"{path}: holds no object. Restore it or run again.")
    return manifest


def seeds_of(manifest: Mapping[str, Any]) -> tuple[int, ...]:
    """`seeds: [7, 8]`, or `seed: 7`, or `seed: [7, 8]`."""
    seeds = manifest["seeds"] if "seeds" in manifest else manifest["seed"]
    return tuple(int(seed) for seed in (seeds if isinstance(seeds, list) else [seeds]))
