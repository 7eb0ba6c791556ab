"""The recommender that the README shows is one: it keeps the contract as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from recommenders.conformance import check

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_example_keeps_the_contract(tmp_path: Path) -> None:
    (code,) = (
        block
        for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
        if "class MyRecommender" in block
    )
    (tmp_path / "my_recommender.py").write_text(code, encoding="utf-8")
    report = check("my_recommender.py:MyRecommender", folder=tmp_path)
    assert report.passed, report.findings
