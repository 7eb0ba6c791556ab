"""`understudy view [RUN…]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RUNS = Path("runs")
"""Where `understudy run` puts runs, and where they are looked for if none is named."""


def view(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Folders of runs, or folders in which runs lie (else runs/)."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="Use this port of the machine; 0: any that is free.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the address, and open no browser.")] = False,
) -> None:
    """Walk through runs in the browser: people, their pages as they looked, where arms part.

    The pages are for this machine alone, and of the runs nothing is changed. A run that goes on is shown as it goes.
    """
    from simulator.cli.folders import existing_run
    from simulator.viewer.serving import address_of, listen, serve
    from simulator.viewer.shelf import Shelf, slug

    if not runs and not RUNS.is_dir():
        existing_run(RUNS)  # says how a run is started
    for path in runs or ():
        if not path.exists():
            existing_run(path)  # says which it may have been
    shelf = Shelf.of(runs or [RUNS])
    sock = listen(port)
    there = shelf.all()
    address = address_of(sock) + (f"r/{slug(next(iter(there.values())))}" if len(there) == 1 else "")

    def ready() -> None:
        typer.echo(f"View: {address}\nCtrl-C stops it.")
        if not no_open:
            _open(address)

    serve(shelf, sock, ready=ready)
    typer.echo("Stopped.", err=True)


def _open(address: str) -> None:
    """Shows the address in the browser, where there is a screen; never waits for it, and never fails."""
    import os
    import sys
    import threading
    import webbrowser

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
