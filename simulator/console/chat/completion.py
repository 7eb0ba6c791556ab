"""What a line may be meant to become: commands, recommenders, titles, traits, people."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from simulator.console.chat.commands import COMMANDS

if TYPE_CHECKING:
    from simulator.console.chat.session import Session

MOST = 8
"""Completions that are offered at once."""


def complete(session: Session, line: str) -> list[str]:
    """Whole lines that a begun line may become, the best first; none for a question."""
    if not line.startswith("/"):
        return []
    name, space, text = line[1:].partition(" ")
    if not space:
        return [f"/{each} " if COMMANDS[each].arguments else f"/{each}" for each in COMMANDS if each.startswith(name)]
    command = COMMANDS.get(name.casefold())
    if command is None or command.complete is None:
        return []
    text = text.lstrip()
    found = dict.fromkeys(each for each in islice(command.complete(session, text), 10 * MOST) if each != text)
    return [f"/{name} {each}" for each in list(found)[:MOST]]


def hint(line: str) -> str:
    """How the command that is being written goes on, and what it does; nothing for a question."""
    name = line[1:].partition(" ")[0].casefold() if line.startswith("/") else ""
    command = COMMANDS.get(name)
    return f"{command.usage}: {command.help}" if command is not None else ""
