"""What a line means: a command and what stands behind its name, or a question to the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.console.chat import asking
from simulator.console.chat.arguments import are_numbers, meant, short
from simulator.console.chat.commands import COMMANDS, Command
from simulator.console.chat.events import Told
from simulator.records import UserInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.console.chat.events import Event
    from simulator.console.chat.session import Session

_AT_ONCE = {"quit": "quit", "exit": "quit", "help": "help"}
"""What nobody asks a person, and somebody who does not know the slash yet needs first."""
_ASKED = ("why", "who")
"""Names of commands that are questions as they stand."""


def find(line: str, session: Session) -> tuple[Command, str]:
    """The command that a line means, and its text. Raises UserInputError for a command that is none, that stands alone,
    or that lacks its slash."""
    if line.startswith("?") or line == "/":
        return COMMANDS["help"], line.lstrip("?/")
    if not line.startswith("/"):
        return _without_slash(line, session)
    name, _, text = line[1:].partition(" ")
    command, text = _named(name.casefold()), text.strip()
    if text and not command.arguments:
        ask = ". A question is written without a slash" if command.group == "Ask" else ""
        raise UserInputError(f"/{command.name} stands alone; leave out {short(text)}{ask}")
    return command, text


def _named(name: str) -> Command:
    if name in ("exit", "q"):
        return COMMANDS["quit"]
    if name in COMMANDS:
        return COMMANDS[name]
    begun = [each for each in COMMANDS if name and each.startswith(name)]
    if len(begun) == 1:
        return COMMANDS[begun[0]]
    told = f" Did you mean {' or '.join('/' + each for each in begun[:3])}?" if begun else _near(name)
    raise UserInputError(f"there is no command /{short(name)[1:-1]}.{told or ' ? lists them'}")


def _without_slash(line: str, session: Session) -> tuple[Command, str]:
    """A question, unless it is a command and nothing else."""
    name, _, text = line.casefold().partition(" ")
    if line.casefold() in _AT_ONCE:
        return COMMANDS[_AT_ONCE[line.casefold()]], ""
    command, text = COMMANDS.get(name), text.strip()
    if command is None or name in _ASKED:
        return _QUESTION, line
    known = command.complete(session, text) if command.complete is not None else ()
    if not text or (command.arguments and (are_numbers(text.split()) or text in known)):
        given = f"/{name} {short(text)[1:-1]}" if text else f"/{name}"
        raise UserInputError(f"commands begin with a slash: {given}. With a question mark it is asked")
    return _QUESTION, line


def _ask(session: Session, text: str) -> Iterator[Event]:
    """The person answers; who may have meant to do something is told how that is written."""
    yield from asking.ask(session, text)
    command = COMMANDS.get(text.casefold().partition(" ")[0])
    if command is not None and command.name not in _ASKED and not session.interview.last.understood:
        yield Told(f"To do something, begin with a slash: {command.example}")


_QUESTION = Command(name="ask", arguments="WORDS", help="a question", group="Ask", example="why?", run=_ask)


def _near(name: str) -> str:
    return meant(name, COMMANDS).replace("Did you mean ", "Did you mean /")
