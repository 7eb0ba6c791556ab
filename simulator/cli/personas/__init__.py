"""`understudy personas …`: see who people are, and get them from a log, a survey or the dice; a file a verb."""

from __future__ import annotations

import typer

from simulator.cli.personas import check, diff, infer, listing, sample, show, survey

app = typer.Typer(help="Who the simulated people are.", no_args_is_help=True, rich_markup_mode=None)
app.command("list")(listing.list_personas)
app.command("show")(show.show)
app.command("diff")(diff.diff)
app.command("infer")(infer.infer)
app.command("sample")(sample.sample)
app.command("survey")(survey.survey)
app.command("check")(check.check)
