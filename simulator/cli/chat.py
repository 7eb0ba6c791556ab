"""`understudy chat [WHO]`: a terminal session with one simulated person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli import options
from simulator.cli.terminal import can_draw
from simulator.console.text import clean_lines

if TYPE_CHECKING:
    from simulator.console.chat.session import Session
    from simulator.listener import Listener


def chat(
    who: Annotated[
        str | None,
        typer.Argument(
            metavar="WHO",
            help="Somebody of the library, a persona FILE (#id), an id of the data, or a sentence [anybody].",
        ),
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", metavar="RUN", help="Meet somebody of this run.")] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="ID", help="Of the run [the busiest].")] = None,
    turn: Annotated[int | None, typer.Option("--turn", help="After this turn of the run [the last].")] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="In this arm of the run [the control].")] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="SCENARIO", help="Data, laws, mind and arms [quickstart's].")
    ] = None,
    overrides: options.Overrides = None,
    seed: options.Seed = None,
    model: Annotated[str | None, typer.Option("--model", help="A language model that answers for them [none].")] = None,
    base_url: Annotated[str | None, typer.Option("--base-url", metavar="URL", help="Where it is served.")] = None,
    budget: Annotated[float | None, typer.Option("--budget", metavar="USD", min=0.0, help="What it may cost.")] = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="FILE", help="Live a saved session again, and go on.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines instead of a full screen.")] = False,
    data_dir: options.DataDir = None,
) -> None:
    """Meet a simulated person: ask them, be their recommender, change them."""
    from simulator.console.chat.opening import Wanted, open_session

    wanted = Wanted(
        who=who,
        run=run,
        user=user,
        turn=turn,
        arm=arm,
        scenario=scenario,
        overrides=tuple(overrides or ()),
        seed=seed,
        model=model,
        base_url=base_url,
        budget_usd=budget,
        replay=replay,
        data_dir=data_dir,
    )
    wanted.check()

    def opening(listener: Listener) -> Session:
        return open_session(wanted, listener)

    from simulator.studies.solo.stopped import LifeStoppedError

    try:
        if plain or not can_draw():
            from simulator.console.chat.plain import talk_in_lines

            status = talk_in_lines(opening)
        else:
            from simulator.console.chat.app import talk_in_app

            status = talk_in_app(opening)
    except LifeStoppedError as error:  # the model that drives them cannot be reached
        typer.echo(f"Error: {clean_lines(str(error))}", err=True)
        status = 1
    raise typer.Exit(status)
