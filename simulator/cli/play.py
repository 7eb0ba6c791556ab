"""`understudy play SCENARIO`: a human in a seat; `understudy play --resume RUN` goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.terminal import can_draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.studies.play.playing import Played
    from simulator.studies.play.seat import Player


def play(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of one that ships.")
    ] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="Sit in this arm [by lot, told at the end].")] = None,
    openly: Annotated[bool, typer.Option("--open", help="Say from the start which arm it is.")] = False,
    pages: Annotated[int | None, typer.Option("--pages", min=1, max=500, help="At most this many pages [10].")] = None,
    sessions: Annotated[
        int | None, typer.Option("--sessions", min=1, max=100, help="At most this many visits [1].")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Your pseudonym in the journal [you-RANDOM].")] = None,
    person: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="Take the history of this person of the data, or persona.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the run [runs/play-SCENARIO-TIME].")] = None,
    resume: Annotated[Path | None, typer.Option("--resume", metavar="RUN", help="Go on with this play.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Also write the labelled log: .csv or .parquet.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines instead of a full screen.")] = False,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Be a simulated user: pages of a real recommender, and how close your double came."""
    from simulator.records import UserInputError
    from simulator.studies.play.labelled import check_export

    if (scenario is None) == (resume is None):
        raise UserInputError("play: name a scenario, such as `understudy play quickstart`, or --resume RUN")
    if export is not None:
        check_export(export)
    if resume is not None:
        given = {"--arm": arm, "--name": name, "--as": person, "--out": out, "--seed": seed, "--set": overrides}
        given |= {"--pages": pages, "--sessions": sessions, "--open": openly}
        if changed := [option for option, value in given.items() if value]:
            raise UserInputError(f"play --resume: a play keeps what it began with; leave out {', '.join(changed)}")
        folder = resume
    else:
        folder = _new_folder(out, str(scenario))
    from simulator.studies.play import playing

    def carry_out(player: Player, listener: Any) -> Played:
        if resume is not None:
            return playing.resume(resume, player, listener=listener)
        from scenarios.loader import load_scenario

        return playing.play(
            load_scenario(str(scenario), overrides=overrides or (), seed=seed),
            folder,
            player,
            arm=arm,
            blind=not (openly or arm is not None),
            name=name,
            person=person,
            pages=pages or playing.PAGES,
            sessions=sessions or playing.SESSIONS,
            data_dir=data_dir,
            command=sys.argv,
            listener=listener,
        )

    played = _seated(carry_out, folder, full=not plain and can_draw(), quiet=as_json)
    _close(played, export, as_json=as_json)


def _seated(carry_out: Callable[[Player, Any], Played], folder: Path, *, full: bool, quiet: bool) -> Played:
    """The play, on a full screen or in lines; what stops it is told with the way to go on."""
    from simulator.console.play.words import how_to_go_on
    from simulator.studies.play.looking import Stopped

    status = 0
    try:
        if full:
            from simulator.console.play.screen import play_on_screen

            return play_on_screen(carry_out)
        from simulator.console.play.lines import LinePlayer
        from simulator.console.play.phases import Phases

        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        talk = sys.stderr if quiet else sys.stdout
        return carry_out(LinePlayer(sys.stdin, talk), Phases(talk))
    except Stopped:
        pass
    except KeyboardInterrupt:
        status = 130
        if not full:
            typer.echo(err=True)  # after the ^C of a terminal
    begun = (folder / "manifest.json").exists()
    typer.echo(how_to_go_on(folder) if begun else "Stopped before anything was asked; nothing was written.", err=True)
    raise typer.Exit(status)


def _close(played: Played, export: Path | None, *, as_json: bool) -> None:
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.play.result import print_closeness
    from simulator.studies.play.labelled import export as write

    if as_json:
        write_json(played.document)
    else:
        console = stdout_console()
        console.print()
        print_closeness(played.document, console)
        typer.echo(
            f"Your run: {played.folder} (understudy log timeline {played.folder} --user {played.document['user']})"
        )
    if export is not None:
        rows = write(played.labelled, export)
        typer.echo(f"{rows} labelled rows: {export}", err=as_json)


def _new_folder(out: Path | None, scenario: str) -> Path:
    from simulator.cli.folders import new_run_folder

    return new_run_folder(out, f"play-{Path(scenario).stem}")
