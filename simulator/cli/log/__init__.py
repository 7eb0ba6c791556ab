"""`understudy log …`: read a run, finished or not; a file a verb."""

from __future__ import annotations

import typer

from simulator.cli.log import export, memories, overview, search, timeline

app = typer.Typer(help="Read a run's journal.", no_args_is_help=True, rich_markup_mode=None)
app.command("overview")(overview.overview)
app.command("timeline")(timeline.timeline)
app.command("search")(search.search)
app.command("memories")(memories.memories)
app.command("export")(export.export)
