"""What a line may be meant to become: commands, recommenders, titles, traits, people."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from simulator.console.chat import showing
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


def hint(line: str, session: Session | None = None) -> str:
    """How the command that is being written goes on, and what it does, or which items its numbers mean so far; nothing
    for a question."""
    name, _, text = line[1:].partition(" ") if line.startswith("/") else ("", "", "")
    command = COMMANDS.get(name.casefold())
    if command is None:
        return ""
    if session is not None and command.name == "show" and (chosen := showing.chosen(session, text)):
        return chosen
    return f"{command.usage}: {command.help}"
