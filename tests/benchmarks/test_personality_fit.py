"""Reading GroupLens' personality data as it is published, and the estimates that the links rest on."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import fit_personality
import numpy as np
import pytest

from personas.links import LINKS
from personas.traits import BIG_FIVE
from simulator.records import UserInputError

HEADER = (
    "userid,openness,agreeableness,emotional_stability,conscientiousness,extraversion,assigned metric,"
    "assigned condition,"
    + ",".join(f"movie_{n},predicted_rating_{n}" for n in range(1, 13))
    + ",is_personalized,enjoy_watching "
)
FILMS = ",".join(f"{n},4.{n:02d}" for n in range(1, 13))
ROWS = (
    f"a,5.0,2.0,3.0,2.5,6.5,serendipity,high,{FILMS},4,5\n"
    f"b,4.0,3.0,4.5,2.0,2.5,all,default,{FILMS},2,2\n"
    f"a,1.0,1.0,1.0,1.0,1.0,diversity,low,{FILMS},1,1\n"
)


@pytest.mark.parametrize("packed", [False, True])
def test_the_original_file_is_read_packed_or_not_with_its_header_that_ends_in_a_space(
    tmp_path: Path, packed: bool
) -> None:
    text = f"{HEADER}\n{ROWS}".encode()
    if packed:
        (tmp_path / "personality-data.csv.gz").write_bytes(gzip.compress(text))
    else:
        (tmp_path / "personality-data.csv").write_bytes(text)
    data = fit_personality.read_experiment(tmp_path)
    assert data.traits.tolist() == [[5.0, 2.5, 6.5, 2.0, -3.0], [4.0, 2.0, 2.5, 3.0, -4.5]], "stability is turned"
    assert data.manipulation.tolist() == ["serendipity", "all"]
    assert data.answers["enjoy_watching"].tolist() == [5.0, 2.0]
    assert data.predicted[0] == pytest.approx(4.065)


def test_another_file_is_refused_by_its_missing_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "personality2018"
    folder.mkdir()
    (folder / "personality-data.csv").write_text("userid,openness\na,3\n")
    with pytest.raises(UserInputError, match="has no column 'conscientiousness'"):
        fit_personality.read_experiment(folder)
    assert fit_personality.main(["--data", str(tmp_path)]) == 2
    assert "has no column" in capsys.readouterr().err


def test_sets_that_are_not_there_are_named_and_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit_personality.main(["--data", str(tmp_path)]) == 0
    skipped = capsys.readouterr().err
    assert all(f"{name}: skipped" in skipped for name in ("personality2018", "sapa-spi", "self-regulation"))


def test_an_interaction_that_is_there_is_found_and_standard_errors_are_honest() -> None:
    luck = np.random.default_rng(1)
    n = 900
    traits = luck.normal(size=(n, 5))
    level = luck.choice(list(fit_personality.LEVELS), n)
    effect = np.array([fit_personality.LEVELS[name] for name in level]) * traits[:, 0]
    data = fit_personality.Experiment(
        traits=traits,
        manipulation=np.full(n, "diversity"),
        level=level,
        predicted=luck.normal(size=n),
        answers={"enjoy_watching": 0.5 * effect + luck.normal(size=n)},
    )
    whole = fit_personality.interactions
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_personality, "MANIPULATIONS", ("diversity",))
        found = {one.cause: one for one in whole(data, "enjoy_watching")}
    scale = np.std(data.answers["enjoy_watching"])
    assert found["openness"].value == pytest.approx(0.5 / scale, abs=4 * found["openness"].se)
    assert found["openness"].value > 5 * found["openness"].se
    assert all(abs(found[name].value) < 3.5 * found[name].se for name in BIG_FIVE[1:])


def test_several_tests_are_judged_together() -> None:
    assert fit_personality.holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_the_links_that_rest_on_the_experiment_are_what_it_says() -> None:
    named = os.environ.get("UNDERSTUDY_DATA_DIR")
    folder = Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not (folder / "personality2018").is_dir():
        pytest.skip(f"no personality2018 in {folder}: set UNDERSTUDY_DATA_DIR to check against the real data")
    data = fit_personality.read_experiment(folder / "personality2018")
    measured = {(one.trait, one.cause): one for one in fit_personality.pickiness(data)}
    for link in LINKS:
        if link.trait == "pickiness":
            now = measured["pickiness", link.cause]
            assert link.effect == pytest.approx(now.value, abs=3 * now.se)
    p = [fit_personality.chance(one) for one in fit_personality.interactions(data, "enjoy_watching")]
    assert fit_personality.holm(p).min() > 0.05, "no interaction stands, as the links say"
