"""Everything that can be wrong with a scenario: status 2, one message with place and cure, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli.main import main

ARMS = "arms: {control: popular, treatment: als}\n"

# What the file holds, and what the message must say. `FILE` stands for the file's path.
FILES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    # the file as a whole
    "empty": ("", ("FILE: ", "no scenario", "scenarios show quickstart")),
    "only a comment": ("# nothing\n", ("FILE: ", "no scenario")),
    "a list at the top": ("- popular\n- als\n", ("FILE:1: ", "a list", "scenarios show")),
    "a word at the top": ("popular\n", ("FILE:1: ", "map of fields")),
    "not UTF-8": (b"name: caf\xe9\n", ("FILE:1: ", "0xe9", "UTF-8")),
    "not UTF-8 further down": (ARMS.encode() + b"\nname: \xff\n", ("FILE:3: ", "UTF-8")),
    "UTF-16": ("name: x\n".encode("utf-16"), ("FILE:1: ", "UTF-16", "Save it as UTF-8")),
    "a binary file": (bytes(range(256)), ("FILE:", "UTF-8")),
    "a control character": (f"{ARMS}name: a\x07b\n", ("FILE:2: ", "U+0007", "Delete it")),
    "too large": ("#" * 300_000, ("FILE: ", "larger than 256 KiB")),
    "two documents": (f"{ARMS}---\n{ARMS}", ("FILE:2: ", "second document")),
    # YAML
    "a tab": ("arms:\n\tcontrol: popular\n", ("FILE:2: ", "tab", "spaces")),
    "an open bracket": ("arms: {control: popular\n", ("FILE:", "not YAML", "bracket")),
    "an open quote": (f"{ARMS}name: 'x\n", ("FILE:", "not YAML", "quote")),
    "a colon too many": (f"{ARMS}name: a: b\n", ("FILE:2: ", "not YAML", "quote")),
    "a duplicate field": (f"seed: 1\n{ARMS}seed: 2\n", ("FILE:3: seed: ", "twice", "line 1", "Delete")),
    "a duplicate arm": ("arms:\n  a: popular\n  b: als\n  a: ease\n", ("FILE:4: arms.a: ", "twice", "line 2")),
    "an anchor": ("arms: &all {a: popular}\n", ("FILE:1: arms: ", "anchors", "Write the value out")),
    "an alias": ("name: *x\n", ("FILE:1: name: ", "aliases")),
    "a bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"b{i}: &b{i} [*a,*a,*a,*a,*a,*a,*a,*a]\n" for i in range(40)),
        ("FILE:1: a: ", "anchors"),
    ),
    "an anchor on a field's name": ("&n name: x\n", ("FILE:1: ", "anchors")),
    "a tag": (f"{ARMS}name: !!python/object:os.system rm\n", ("FILE:2: name: ", "tag", "not allowed")),
    "a merge key": ("<<: {name: x}\n", ("FILE:1: ", "merge keys")),
    "a deep nest": ("arms: " + "[" * 5000, ("FILE:1: arms", "nested")),
    "very many values": (f"{ARMS}name: [" + "1," * 30_000 + "]\n", ("FILE:2: ", "more than 20,000 values")),
    "a list as a field's name": ("? [a, b]\n: 1\n", ("FILE:1: ", "plain text")),
    "infinity": (f"{ARMS}evaluation: {{confidence: .inf}}\n", ("FILE:2: evaluation.confidence: ", "finite")),
    "a number beyond all floats": (f"{ARMS}seed: 1e999\n", ("FILE:2: seed: ", "finite")),
    "half a surrogate pair": (f'{ARMS}name: "\\ud800"\n', ("FILE:2: name: ", "surrogate")),
    # fields misspelt or in the wrong place
    "a misspelt section": (
        f"{ARMS}evaluaton: {{minds: single}}\n",
        ("FILE:2: evaluaton: ", "Did you mean evaluation?"),
    ),
    "a misspelt field": (f"{ARMS}world:\n  turn: 3\n", ("FILE:3: world.turn: ", "Did you mean turns?")),
    "a misspelt field of an arm": ("arms:\n  a: {recomender: als}\n", ("FILE:2: arms.a.recomender: ", "recommender?")),
    "a misspelt split": (
        f"{ARMS}dataset:\n  split: {{platfrom: 0.6}}\n",
        ("FILE:3: dataset.split.platfrom: ", "platform?"),
    ),
    "a field of another section": (f"{ARMS}turns: 5\n", ("FILE:2: turns: ", "Did you mean world.turns?")),
    "an unheard-of field": (f"{ARMS}zzz: 1\n", ("FILE:2: zzz: unknown field", "Known here: name")),
    "a field that would colour the terminal": (f'{ARMS}"\\e[31mzzz": 1\n', ("FILE:2: '\\x1b[31mzzz': unknown field",)),
    # arms
    "no arms": ("name: x\n", ("FILE:1: arms: ", "is missing", "control: popular")),
    "empty arms": ("arms: {}\n", ("FILE:1: arms: ", "at least one")),
    "null arms": ("arms:\n", ("FILE:1: arms: ", "is empty")),
    "a list of arms": ("arms: [popular, als]\n", ("FILE:1: arms: ", "map of fields", "a list")),
    "an arm's name with a space": ("arms: {a b: popular}\n", ("FILE:1: arms.a b: ", "letters, digits", "Rename")),
    "an arm's name that is a path": ("arms: {../x: popular}\n", ("FILE:1: arms.../x: ", "letters, digits")),
    "an arm's name too long": (f"arms: {{{'a' * 41}: popular}}\n", ("FILE:1: arms.aaa", "at most 40")),
    "an arm without recommender": ("arms:\n  a: {params: {k: 1}}\n", ("FILE:2: arms.a.recommender: ", "is missing")),
    "an empty arm": ("arms:\n  a:\n", ("FILE:2: arms.a: ", "is empty")),
    "an arm of a number": ("arms:\n  a: 3\n", ("FILE:2: arms.a: ", "map of fields", "3")),
    "a recommender that is no name": ("arms:\n  a: my recommender\n", ("FILE:2: arms.a.recommender: ", "module:Class")),
    "a plug-in without class": ("arms:\n  a: 'mine.py:'\n", ("FILE:2: arms.a.recommender: ", "path.py:Class")),
    "params that are a list": ("arms:\n  a: {recommender: als, params: [1]}\n", ("FILE:2: arms.a.params: ", "a list")),
    "a time limit of 0": ("arms:\n  a: {recommender: als, timeout_s: 0}\n", ("FILE:2: arms.a.timeout_s: ", "above 0")),
    "fewer than no retries": (
        "arms:\n  a: {recommender: als, retries: -1}\n",
        ("FILE:2: arms.a.retries: ", "at least 0"),
    ),
    "a service with an interpreter": (
        "arms:\n  a: {recommender: 'http://127.0.0.1:8000', python: venv/bin/python}\n",
        ("FILE:2: arms.a", "`python` has no effect on a service"),
    ),
    "a URL without a host": ("arms:\n  a: 'http://'\n", ("FILE:2: arms.a.recommender: ", "http://127.0.0.1:8000")),
    "a URL with a space": ("arms:\n  a: 'http://here /x'\n", ("FILE:2: arms.a.recommender: ", "no address")),
    "a URL with a query": ("arms:\n  a: 'https://x.org/?key=1'\n", ("FILE:2: arms.a.recommender: ", "token_env")),
    "an unknown exploration": (
        "arms:\n  a: {recommender: als, explore: epsilon_gredy}\n",
        ("FILE:2: arms.a.explore.kind: ", "Did you mean epsilon_greedy?"),
    ),
    "an exploration with another's setting": (
        "arms:\n  a: {recommender: als, explore: {kind: plackett_luce, epsilon: 0.1}}\n",
        ("FILE:2: arms.a.explore: ", "`epsilon` has no effect", "Remove it"),
    ),
    "epsilon above 1": (
        "arms:\n  a: {recommender: als, explore: {kind: epsilon_greedy, epsilon: 2}}\n",
        ("FILE:2: arms.a.explore.epsilon: ", "at most 1"),
    ),
    "temperature 0": (
        "arms:\n  a: {recommender: als, explore: {kind: plackett_luce, temperature: 0}}\n",
        ("FILE:2: arms.a.explore.temperature: ", "above 0"),
    ),
    # name, seed
    "a name that is a number": (f"{ARMS}name: 2026\n", ("FILE:2: name: ", "text", "quotes")),
    "an empty name": (f'{ARMS}name: ""\n', ("FILE:2: name: ", "must not be empty")),
    "a seed that is a word": (f"{ARMS}seed: lucky\n", ("FILE:2: seed: ", "whole number")),
    "a seed that is a fraction": (f"{ARMS}seed: 1.5\n", ("FILE:2: seed: ", "whole number")),
    "a negative seed": (f"{ARMS}seed: -1\n", ("FILE:2: seed: ", "between 0")),
    "a seed too large": (f"{ARMS}seed: 9223372036854775808\n", ("FILE:2: seed: ", "9223372036854775807")),
    "a seed twice": (f"{ARMS}seed: [3, 3]\n", ("FILE:2: seed: ", "twice")),
    "no seed in the list": (f"{ARMS}seed: []\n", ("FILE:2: seed: ", "1 to 100")),
    # dataset
    "an unknown dataset": (f"{ARMS}dataset: movielens1m\n", ("FILE:2: dataset.source: ", "Did you mean movielens-1m?")),
    "a table without path": (f"{ARMS}dataset: table\n", ("FILE:2: dataset: ", "`path`", "Add it")),
    "columns of a known set": (
        f"{ARMS}dataset: {{source: movielens-1m, columns: {{user: u, item: i}}}}\n",
        ("FILE:2: dataset: ", "`columns` is for `source: table`"),
    ),
    "columns without user": (
        f"{ARMS}dataset: {{source: table, path: x.csv, columns: {{item: i}}}}\n",
        ("FILE:2: dataset.columns.user: ", "is missing", "person"),
    ),
    "a misspelt column": (
        f"{ARMS}dataset: {{source: table, path: x.csv, columns: {{user: u, itm: i}}}}\n",
        ("FILE:2: dataset.columns.itm: ", "Did you mean item?"),
    ),
    "a path for the sample": (
        f"{ARMS}dataset: {{source: sample, path: x}}\n",
        ("FILE:2: dataset: ", "`path`", "Remove"),
    ),
    "a rating range upside down": (
        f"{ARMS}dataset: {{source: table, path: x.csv, rating_range: [5, 1]}}\n",
        ("FILE:2: dataset: ", "[lowest, highest]"),
    ),
    "a rating range of one": (
        f"{ARMS}dataset: {{source: table, path: x.csv, rating_range: [5]}}\n",
        ("FILE:2: dataset.rating_range: ", "2 values"),
    ),
    "shares that are not 1": (f"{ARMS}dataset: {{split: {{platform: 0.9}}}}\n", ("FILE:2: dataset.split: ", "1.3")),
    "a share below 0": (
        f"{ARMS}dataset: {{split: {{person: -0.1}}}}\n",
        ("FILE:2: dataset.split.person: ", "at least 0"),
    ),
    "nothing held out": (
        f"{ARMS}dataset: {{split: {{platform: 0.8, person: 0.2, held_out: 0}}}}\n",
        ("FILE:2: dataset.split: ", "above 0"),
    ),
    "an unknown order": (
        f"{ARMS}dataset: {{split: {{order: tme}}}}\n",
        ("FILE:2: dataset.split.order: ", "mean time?"),
    ),
    # people, mind, behaviour, memory
    "nobody": (f"{ARMS}population: {{size: 0}}\n", ("FILE:2: population.size: ", "at least 1", "0")),
    "half a person": (f"{ARMS}population: {{size: 1.5}}\n", ("FILE:2: population.size: ", "whole number")),
    "an unknown population": (
        f"{ARMS}population: {{from: census}}\n",
        ("FILE:2: population.from: ", "Available", "history, personas, sample"),
    ),
    "personas of people who are drawn": (
        f"{ARMS}population:\n  from: sample\n  personas: library\n",
        ("FILE:2: population: ", "`personas` has no effect with from: sample", "Remove it"),
    ),
    "a warm-up of people who have a history": (
        f"{ARMS}world: {{warmup: popular}}\n",
        ("FILE:2: world.warmup: ", "has a history there", "population.personas"),
    ),
    "a population that is a number": (f"{ARMS}population: 100\n", ("FILE:2: population: ", "map of fields", "100")),
    "a setting of another mind": (f"{ARMS}mind: {{bound: 1}}\n", ("FILE:2: mind: ", "`bound`", "Remove it")),
    "a deliberation of an archetype": (
        f"{ARMS}mind: {{kind: archetype, deliberation: brief}}\n",
        ("FILE:2: mind: ", "`deliberation`", "archetype"),
    ),
    "a misspelt mind": (f"{ARMS}mind: statistcal\n", ("FILE:2: mind.kind: ", "Did you mean statistical?")),
    "params of the built-in mind": (f"{ARMS}mind: {{params: {{a: 1}}}}\n", ("FILE:2: mind: ", "`params`", "Remove")),
    "an unknown behaviour": (f"{ARMS}behaviour: literall\n", ("FILE:2: behaviour.kind: ", "Did you mean literal?")),
    "an unknown law": (
        f"{ARMS}behaviour: {{laws: {{clik: {{appeal: 1}}}}}}\n",
        ("FILE:2: behaviour.laws.clik: ", "'click'"),
    ),
    "an unknown constant": (
        f"{ARMS}behaviour: {{laws: {{click: {{apeal: 1}}}}}}\n",
        ("FILE:2: behaviour.laws.click.apeal: ",),
    ),
    "a constant that is a list": (
        f"{ARMS}behaviour: {{laws: {{click: {{appeal: [1]}}}}}}\n",
        ("FILE:2: behaviour.laws.click.appeal: ", "one number"),
    ),
    "a constant out of range": (
        f"{ARMS}behaviour:\n  laws:\n    click: {{appeal: 1000}}\n",
        ("FILE:4: behaviour.laws.click.appeal: ", "outside"),
    ),
    "a law that is a number": (f"{ARMS}behaviour: {{laws: {{click: 3}}}}\n", ("FILE:2: behaviour.laws.click: ", "3")),
    "a memory that nobody reads": (f"{ARMS}memory: episodic\n", ("FILE:2: memory.kind: ", "statistical", "Change")),
    "images that nobody describes": (
        f"{ARMS}perception: {{images: caption}}\n",
        ("FILE:2: perception.images: ", "statistical"),
    ),
    "pictures before a model without eyes": (
        f"{ARMS}mind: llm\nllm: scripted\nperception: {{images: caption}}\n",
        ("FILE:4: perception.images: ", "sees no pictures"),
    ),
    "a budget for embeddings": (
        f"{ARMS}mind: llm\nmemory: {{kind: episodic, embedding: endpoint}}\nllm: {{budget: {{tokens: 9}}}}\n",
        ("FILE:3: memory.embedding: ", "no budget"),
    ),
    "an address that is none": (f"{ARMS}llm: {{base_url: localhost}}\n", ("FILE:2: llm.base_url: ", "http address")),
    "a key in an address": (
        f"{ARMS}llm: {{base_url: 'http://me:secret@host/v1'}}\n",
        ("FILE:2: llm.base_url: ", "environment"),
    ),
    "a key in place of its variable": (
        f"{ARMS}llm: {{api_key_env: gsk_abc123}}\n",
        ("FILE:2: llm.api_key_env: ", "name of an environment variable", "OPENAI_API_KEY"),
    ),
    "faults of a real model": (f"{ARMS}llm: {{faults: {{rate: 1}}}}\n", ("FILE:2: llm: ", "scripted", "Remove")),
    "no budget at all": (f"{ARMS}llm: {{budget: {{usd: 0}}}}\n", ("FILE:2: llm.budget.usd: ", "above 0")),
    "a failure rate above one": (f"{ARMS}llm: {{max_failure_rate: 2}}\n", ("FILE:2: llm.max_failure_rate: ", "1")),
    # world
    "a null world": (f"{ARMS}world:\n", ("FILE:2: world: ", "is empty", "delete the line")),
    "no turns": (f"{ARMS}world: {{turns: 0}}\n", ("FILE:2: world.turns: ", "at least 1")),
    "turns in quotes": (
        f'{ARMS}world: {{turns: "20"}}\n',
        ("FILE:2: world.turns: ", "whole number", "Remove the quotes"),
    ),
    "turns that are true": (f"{ARMS}world: {{turns: true}}\n", ("FILE:2: world.turns: ", "whole number", "true")),
    "an empty page": (f"{ARMS}world: {{slate_size: 0}}\n", ("FILE:2: world.slate_size: ", "at least 1")),
    "an unknown layout": (f"{ARMS}world: {{layout: lst}}\n", ("FILE:2: world.layout: ", "Did you mean list?")),
    "no turns a day": (
        f"{ARMS}world: {{sessions: {{turns_per_day: 0}}}}\n",
        ("FILE:2: world.sessions.turns_per_day: ",),
    ),
    # evaluation
    "a control that is no arm": (
        f"{ARMS}evaluation: {{control: treatmnt}}\n",
        ("FILE:2: evaluation.control: ", "Did you mean treatment?"),
    ),
    "an unknown metric": (
        f"{ARMS}evaluation: {{primary: clickrate}}\n",
        ("FILE:2: evaluation.primary: ", "Did you mean click_rate?"),
    ),
    "unknown minds": (f"{ARMS}evaluation: {{minds: ensembel}}\n", ("FILE:2: evaluation.minds: ", "ensemble?")),
    "confidence in percent": (
        f"{ARMS}evaluation: {{confidence: 95}}\n",
        ("FILE:2: evaluation.confidence: ", "below 1"),
    ),
    "an ensemble of one": (
        f"{ARMS}evaluation: {{ensemble_size: 1}}\n",
        ("FILE:2: evaluation.ensemble_size: ", "at least 2"),
    ),
    "an ensemble too large": (f"{ARMS}evaluation: {{ensemble_size: 5000}}\n", ("FILE:2: ", "at most 1024")),
    "refits below 0": (f"{ARMS}evaluation: {{refits: -1}}\n", ("FILE:2: evaluation.refits: ", "at least 0")),
    "an unknown design": (f"{ARMS}evaluation: {{design: unpaired}}\n", ("FILE:2: evaluation.design: ", "paired")),
}

OPTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "--set without =": (("--set", "world.turns"), ("--set world.turns: ", "path.to.field=value")),
    "--set without a field": (("--set", "=3"), ("--set =3: ", "no field")),
    "--set with a gap": (("--set", "world..turns=3"), ("--set world..turns=3: ", "no field")),
    "--set of a misspelt field": (
        ("--set", "evaluation.mnds=single"),
        ("--set evaluation.mnds=single: ", "mean minds?"),
    ),
    "--set of a misspelt section": (("--set", "evaluaton.minds=single"), ("--set evaluaton", "mean evaluation?")),
    "--set of the wrong type": (
        ("--set", "world.turns=many"),
        ("--set world.turns=many: world.turns: ", "whole number"),
    ),
    "--set of nothing": (("--set", "world.turns="), ("--set world.turns=: world.turns: ", "empty")),
    "--set out of range": (("--set", "world.turns=0"), ("--set world.turns=0: world.turns: ", "at least 1")),
    "--set of broken YAML": (("--set", "seed=[1"), ("--set seed=[1: seed: ", "not YAML")),
    "--set of an alias": (("--set", "name=*x"), ("--set name=*x: name: ", "aliases")),
    "--set below a number": (("--set", "seed.first=3"), ("--set seed.first=3: ", "seed is 7", "Set seed itself")),
    "--set of a misspelt arm": (("--set", "arms.treatmnt.params.factors=8"), ("no arm", "Did you mean treatment?")),
    "the second --set": (
        ("--set", "seed=1", "--set", "world.layout=lsit"),
        ("--set world.layout=lsit: ", "mean list?"),
    ),
    "--users 0": (("--users", "0"), ("--users 0: population.size: ", "at least 1")),
    "--users of a word": (("--users", "all"), ("--users", "See `understudy run --help`")),
    "--seed below 0": (("--seed", "-1"), ("--seed -1: seed: ", "between 0")),
    "--workers 0": (("--workers", "0"), ("--workers", "1")),
    "--display unknown": (("--display", "loud"), ("--display", "live", "plain")),
    "an unknown option": (("--sed", "3"), ("--sed", "Did you mean --seed?")),
}


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one message of a command that must be refused."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "\x1b" not in err and "\x07" not in err
    assert err.startswith("Error: ") and err.count("\n") == 1, err
    return err


@pytest.mark.parametrize("case", FILES)
def test_wrong_file_is_refused_with_place_and_cure(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, expected = FILES[case]
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    message = refused(["run", str(file), "--out", str(tmp_path / "out")], capsys)
    for part in expected:
        assert part.replace("FILE", str(file)) in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("case", OPTIONS)
def test_wrong_option_is_refused_by_its_name(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options, expected = OPTIONS[case]
    message = refused(["run", "quickstart", *options, "--out", str(tmp_path / "out")], capsys)
    for part in expected:
        assert part in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("given", ["llm.base_url=http://me:s3cret@host/v1", "llm.api_key_env=sk-s3cret"])
def test_a_key_in_the_wrong_place_is_not_repeated(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(["run", "quickstart", "--set", given, "--out", str(tmp_path / "out")], capsys)
    assert f"--set {given.partition('=')[0]}=…: " in message and "s3cret" not in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("quikstart", ("quikstart: ", "Did you mean quickstart?")),
        ("nowhere/my.yaml", ("nowhere/my.yaml: ", "no such scenario", "scenarios list")),
        ("x" * 5000, ("cannot be a file",)),
        ("a\x00b\x1b[31m", ("'a\\x00b\\x1b[31m': ",)),
    ],
)
def test_scenario_that_is_not_there(name: str, expected: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(["check", name], capsys)
    for part in expected:
        assert part in message


def test_folder_is_no_scenario_but_names_the_file_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.yaml").write_text(ARMS)
    assert str(tmp_path / "mine.yaml") in refused(["check", str(tmp_path)], capsys)


def test_several_mistakes_are_told_together_each_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(f"{ARMS}seed: x\nworld: {{turns: 0}}\n" + "".join(f"zz{i}: 1\n" for i in range(9)))
    assert main(["check", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert f"{file}:2: seed: " in lines[0]
    assert f"{file}:3: world.turns: " in lines[1]
    assert lines[-1] == "… and 6 more"


def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("arms:\n  a: 'http://anna:geheim@127.0.0.1:8000'\n", encoding="utf-8")
    assert main(["check", str(file)]) == 2
    out, err = capsys.readouterr()
    assert "params.token_env" in err and "geheim" not in out + err
