"""The JSON schema of an answer in the strict form that structured-output endpoints take."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel


@lru_cache(maxsize=256)
def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """References inlined, every property required, nothing else allowed, no titles, defaults or descriptions.

    OpenAI's strict mode requires `required` to name every property and `additionalProperties: false`; references are
    inlined because llama.cpp's and other grammars follow them only in part.
    """
    raw = answer.model_json_schema()
    definitions = raw.pop("$defs", {})

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return plain(definitions[node["$ref"].rpartition("/")[2]])
        kept = {k: v for k, v in node.items() if k not in ("title", "default", "description")}
        if "properties" in kept:
            properties = {name: plain(one) for name, one in node["properties"].items()}
            return kept | {"properties": properties, "required": list(properties), "additionalProperties": False}
        return {k: plain(v) for k, v in kept.items()}

    strict: dict[str, Any] = plain(raw)
    return strict
