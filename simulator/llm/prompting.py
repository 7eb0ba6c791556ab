"""Prompts are files: `FOLDER/NAME.VERSION.PART.j2`, rendered by Jinja, known by name, version and hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.llm.port import Call

if TYPE_CHECKING:
    import jinja2


@dataclass(frozen=True)
class Prompt:
    """One prompt: a few templates of a folder that belong together."""

    name: str
    version: int
    folder: Path

    def render(self, part: str, **values: Any) -> str:
        """The text of one part, such as ``system``. Values are put in as they are: quote what is somebody else's
        (`fencing`). Raises `jinja2.UndefinedError` for a value that the template needs and does not get."""
        return self._templates[part].render(values)

    @cached_property
    def id(self) -> str:
        """Name, version, and the first eight digits of the SHA-256 of the template files, as in ``page.1+1f09c2aa``."""
        digest = hashlib.sha256()
        for path in self._paths:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return f"{self.name}.{self.version}+{digest.hexdigest()[:8]}"

    @cached_property
    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(f"{self.name}.{self.version}.*.j2"))

    @cached_property
    def _templates(self) -> dict[str, jinja2.Template]:
        return {path.name.split(".")[2]: _environment(self.folder).get_template(path.name) for path in self._paths}


def show(call: Call) -> str:
    """The messages of a call as text, for people to read."""
    parts = [f"--- {message.role} ---\n{message.content}" for message in call.messages]
    return "\n".join([*parts, f"--- answer: JSON, at most {call.max_tokens:,} tokens ---", ""])


@lru_cache
def _environment(folder: Path) -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
