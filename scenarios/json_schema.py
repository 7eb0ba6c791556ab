"""The JSON Schema of a scenario file, with which editors complete, explain and check it.

`understudy scenarios schema > scenarios/scenario.schema.json` writes the file that ships.
"""

from __future__ import annotations

import json
from pathlib import Path

from scenarios.schema import Scenario

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")


def json_schema() -> str:
    """The schema as JSON text, ending in a line break."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
