"""`understudy check SCENARIO`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import options


def check(
    scenario: options.ScenarioName,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    users: options.Users = None,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
    show_prompt: Annotated[
        bool, typer.Option("--show-prompt", help="Print the first prompt of each kind, word for word.")
    ] = False,
) -> None:
    """Validate a scenario, its data and plug-ins, and price it; run nothing, spend nothing."""
    from scenarios.loader import load_scenario
    from simulator.cli.output import only_the_document, stdout_console, write_json
    from simulator.console.tables import print_facts
    from simulator.console.text import clean_lines

    loaded = load_scenario(scenario, overrides=overrides or (), users=users, seed=seed)
    from simulator.studies import ab

    with only_the_document(as_json):
        found = ab.check(loaded, data_dir=data_dir)
    facts, price = found.facts, found.price
    if price is not None:
        facts = facts | {"llm": price.facts()}
    if as_json:
        write_json(facts | {"prompts": price.prompts()} if show_prompt and price is not None else facts)
    else:
        wrong = price is not None and price.unreachable is not None
        shown = found.facts if price is None else found.facts | {"llm": price.sentence}
        print_facts(shown, stdout_console(), title=f"{loaded.file} is in order{', but not its endpoint' * wrong}")
        if show_prompt and price is not None:
            for kind, text in price.prompts().items():
                typer.echo(f"\n=== the first call about a {kind} ===\n{clean_lines(text)}")
        elif show_prompt:
            typer.echo("No prompt: this mind asks no language model.")
    if price is not None and price.unreachable is not None:
        typer.echo(f"Error: {clean_lines(price.unreachable)}", err=True)
        raise typer.Exit(1)
