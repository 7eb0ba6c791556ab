"""docs/notebook.ipynb is executed from its first cell to its last, and does what it shows."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

PAGE = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def shown(cell: Any) -> list[tuple[str, list[str]]]:
    """What a cell puts out: of which kind, in which forms."""
    return [(output.output_type, sorted(output.get("data", {}))) for output in cell.get("outputs", ())]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    notebook = nbformat.read(PAGE, as_version=4)
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=900, startup_timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def test_every_cell_shows_what_it_shows_on_the_page(executed: Any) -> None:
    page = nbformat.read(PAGE, as_version=4)
    assert [shown(cell) for cell in executed.cells] == [shown(cell) for cell in page.cells]


def test_the_answer_is_the_one_on_the_page(executed: Any) -> None:
    def verdict(notebook: Any) -> list[str]:
        return [
            line.split()[0] + " " + line.split()[-1]
            for cell in notebook.cells
            if "answer(run)" in cell.source
            for line in cell.outputs[0].data["text/plain"].splitlines()[2:]
        ]

    assert verdict(executed) == verdict(nbformat.read(PAGE, as_version=4))
    assert "want robust" in verdict(executed)
