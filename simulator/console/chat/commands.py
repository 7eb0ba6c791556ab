"""All commands in one table: `meaning`, help, completion and the manual (docs/chat.md) come from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.console.chat import asking, editing, keeping, looking, platform, showing, what_if
from simulator.console.chat.arguments import meant, short
from simulator.console.chat.events import Event, Table
from simulator.records import UserInputError

if TYPE_CHECKING:
    from simulator.console.chat.session import Session

Run = Callable[["Session", str], Iterator[Event]]
"""Does what the text behind the command's name says."""
Complete = Callable[["Session", str], Iterator[str]]
"""Ways to go on with the text behind the command's name: whole texts, the best first."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One thing that can be done."""

    name: str
    arguments: str = ""
    help: str
    """One line."""
    group: str
    example: str
    run: Run
    complete: Complete | None = None
    travels: bool = False
    """It moves in the past by itself, and is no step that could be undone."""

    @property
    def usage(self) -> str:
        """The command as it is written."""
        return f"/{self.name} {self.arguments}".rstrip()


def _help(session: Session, text: str) -> Iterator[Event]:
    wanted = text.strip().lstrip("/").casefold()
    if wanted and wanted not in COMMANDS:
        raise UserInputError(f"there is no command /{short(wanted)[1:-1]}.{meant(wanted, COMMANDS) or ' ? lists them'}")
    if not wanted:
        yield from all_commands()
        return
    command = COMMANDS[wanted]
    rows = ((command.usage, command.help), ("for example", command.example))
    yield Table(title=command.group, headings=("", ""), rows=rows)


def all_commands() -> Iterator[Table]:
    """A table a group; before them, how one talks."""
    yield Table(
        title="Talk",
        headings=("", ""),
        rows=(
            ("any words", "a question to the person"),
            ("3", "asks why number 3 of the page was chosen or not"),
            ("a, b, c", "asks one of the questions that were offered at the start"),
        ),
    )
    for group in dict.fromkeys(command.group for command in COMMANDS.values()):
        rows = tuple((each.usage, each.help) for each in COMMANDS.values() if each.group == group)
        yield Table(title=group, headings=("", ""), rows=rows)


def _names(session: Session, text: str) -> Iterator[str]:
    yield from (name for name in COMMANDS if name.startswith(text.lstrip("/").casefold()))


_BE_IT, _PLATFORM, _PERSON = "Be the recommender", "Be the platform", "Change the person"
_ASK, _IF, _LOOK, _KEEP = "Ask", "What if", "Look", "Keep and leave"

COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(
            name="why",
            help="the facts that the last answer rests on",
            group=_ASK,
            example="/why",
            run=asking.why,
        ),
        Command(
            name="next",
            arguments="[PAGES]",
            help="they see the next page of the present recommender, or several",
            group=_BE_IT,
            example="/next 3",
            run=showing.next_pages,
        ),
        Command(
            name="recommend",
            arguments="[NAME]",
            help="they see what a recommender shows them now; it stays the present one",
            group=_BE_IT,
            example="/recommend als",
            run=showing.recommend,
            complete=showing.recommenders,
        ),
        Command(
            name="list",
            arguments="[NAME]",
            help="what a recommender would show, to pick from; they do not see it yet",
            group=_BE_IT,
            example="/list popular",
            run=showing.list_recommended,
            complete=showing.recommenders,
        ),
        Command(
            name="search",
            arguments="WORDS",
            help="items by title, creator or category, to pick from",
            group=_BE_IT,
            example="/search horror",
            run=showing.search,
        ),
        Command(
            name="show",
            arguments="[ITEM ...]",
            help="they see a page of these: numbers, ranges, a title, several titles in double quotes; none: the list",
            group=_BE_IT,
            example="/show 3 5-7",
            run=showing.show,
            complete=showing.titles,
        ),
        Command(
            name="layout",
            arguments="NAME",
            help="how pages lie from now on: list, grid, carousel, feed",
            group=_PLATFORM,
            example="/layout grid",
            run=platform.layout,
            complete=platform.layouts,
        ),
        Command(
            name="set",
            arguments="ITEM FIELD VALUE",
            help="what an item says of itself: price, reviews, stars, thumbnail, headline",
            group=_PLATFORM,
            example="/set 2 price 3.50",
            run=platform.set_field,
            complete=platform.fields,
        ),
        Command(
            name="trait",
            arguments="[NAME VALUE]",
            help="a trait, in standard deviations from the average person; none: all of them",
            group=_PERSON,
            example="/trait patience 1.5",
            run=editing.trait,
            complete=editing.traits,
        ),
        Command(
            name="mood",
            arguments="VALUE",
            help="how they feel, from -1 to 1",
            group=_PERSON,
            example="/mood -0.5",
            run=editing.mood,
        ),
        Command(
            name="tired",
            arguments="VALUE",
            help="how tired they are, from 0 to less than 1",
            group=_PERSON,
            example="/tired 0.8",
            run=editing.tired,
        ),
        Command(
            name="believe",
            arguments="likes|dislikes WHAT",
            help="what they hold to be their taste: a category, a creator, a title",
            group=_PERSON,
            example="/believe dislikes horror",
            run=editing.believe,
            complete=editing.beliefs,
        ),
        Command(
            name="back",
            arguments="[PAGES]",
            help="a what-if: as it was before the last page, or that many; what came after stays as a branch",
            group=_IF,
            example="/back 3",
            run=what_if.back,
        ),
        Command(
            name="branch",
            arguments="NAME",
            help="go to a branch, or begin one of that name here",
            group=_IF,
            example="/branch main",
            run=what_if.branch,
            complete=what_if.branch_names,
        ),
        Command(
            name="branches",
            help="all branches side by side",
            group=_IF,
            example="/branches",
            run=what_if.branches,
        ),
        Command(
            name="undo", help="take back the last step", group=_IF, example="/undo", run=what_if.undo, travels=True
        ),
        Command(name="redo", help="do it again after all", group=_IF, example="/redo", run=what_if.redo, travels=True),
        Command(
            name="history", help="all pages and changes so far", group=_LOOK, example="/history", run=looking.history
        ),
        Command(
            name="page",
            arguments="[NUMBER]",
            help="the page on the screen, or an earlier one by its number in /history",
            group=_LOOK,
            example="/page 1",
            run=looking.page,
        ),
        Command(
            name="person",
            help="who they are and how they are now",
            group=_LOOK,
            example="/person",
            run=looking.person,
        ),
        Command(
            name="memories",
            arguments="[HOW MANY]",
            help="what they remember best",
            group=_LOOK,
            example="/memories 10",
            run=looking.memories,
        ),
        Command(
            name="save",
            arguments="journal|scenario|persona PATH",
            help="keep the session as a run's journal, as a scenario, or the person as a persona",
            group=_KEEP,
            example="/save persona them.yaml",
            run=keeping.save,
            complete=keeping.kinds,
        ),
        Command(
            name="replay",
            arguments="FILE",
            help="live a saved session again",
            group=_KEEP,
            example="/replay session.json",
            run=keeping.replay,
            complete=keeping.files,
        ),
        Command(
            name="new",
            arguments="[WHO]",
            help="meet somebody else: an id, a file, or a sentence; none: anybody",
            group=_KEEP,
            example="/new a tired teacher who loves horror",
            run=keeping.new,
            complete=keeping.people,
        ),
        Command(
            name="who",
            arguments="[WORDS]",
            help="whom one may meet",
            group=_KEEP,
            example="/who nurse",
            run=keeping.who,
        ),
        Command(
            name="help",
            arguments="[COMMAND]",
            help="this; also ?",
            group=_KEEP,
            example="/help show",
            run=_help,
            complete=_names,
        ),
        Command(name="quit", help="leave; also Ctrl-D", group=_KEEP, example="/quit", run=keeping.leave),
    )
}
"""By name."""
