"""`understudy check SCENARIO`."""

from __future__ import annotations

from simulator.cli import options


def check(
    scenario: options.ScenarioName,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    users: options.Users = None,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Validate a scenario, its data and plug-ins; run nothing."""
    from scenarios.loader import load_scenario
    from simulator.cli.output import only_the_document, stdout_console, write_json
    from simulator.console.tables import print_facts

    loaded = load_scenario(scenario, overrides=overrides or (), users=users, seed=seed)
    from simulator.studies import ab

    with only_the_document(as_json):
        found = ab.check(loaded, data_dir=data_dir)
    if as_json:
        write_json(found)
    else:
        print_facts(found, stdout_console(), title=f"{loaded.file} is in order")
