"""The prompts of minds that ask a language model, and which version of each is in use."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simulator.llm.prompting import Prompt

FOLDER = Path(__file__).parent / "prompts"
VERSIONS = {"page": 1, "deliberation": 1, "reflection": 1, "caption": 1}
"""The version of each prompt that is in use. A changed prompt is a new file with a new version."""


@lru_cache
def prompt(name: str) -> Prompt:
    """The prompt of that name in the version that is in use."""
    return Prompt(name, VERSIONS[name], FOLDER)
