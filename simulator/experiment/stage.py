"""Everything that does not change while a run is lived: people, items, what the platform knows, laws, fitted models.

A stage is made once, by the coordinating process, and sent to the workers; fitted models travel through the run folder and
are memory-mapped, so that N workers hold them once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommenders.host import Host
from simulator import datasets
from simulator.behaviour.laws import Laws
from simulator.experiment.folder import RunFolder
from simulator.experiment.plan import Plan
from simulator.experiment.tasks import Crowd
from simulator.listener import Listener
from simulator.minds.stack import TasteStack
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import PARTS, Catalog, InteractionLog, SplitLog, UserInputError

STATISTICAL = "statistical"
