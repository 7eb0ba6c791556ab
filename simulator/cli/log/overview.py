"""`understudy log overview RUN`."""

from __future__ import annotations

from simulator.cli import options


def overview(run: options.RunFolder, as_json: options.AsJson = False) -> None:
    """What a journal holds: arms, people, sessions, turns, rates."""
    from simulator.cli.folders import existing_run
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.log_pages import print_gaps
    from simulator.console.tables import print_facts
    from simulator.evaluation.overview import overview as look_over

    found = look_over(existing_run(run))
    if as_json:
        write_json(found)
    else:
        console = stdout_console()
        print_facts({name: value for name, value in found.items() if name != "not_there_yet"}, console, title=str(run))
        print_gaps(found, console)
