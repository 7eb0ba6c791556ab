"""What a stated want means is learnt from prompts like those of the run."""

from typing import Any

import pytest
from llm_runs import Workshop, ledger, talking
from openai_server import OpenAIServer


def calibration_pages(workshop: Workshop, server: OpenAIServer, memory: Any) -> list[str]:
    """The pages that were asked about before the first turn, as the server got them."""
    mind = {"kind": "llm", "calibration": {"method": "platt", "people": 12}}
    folder = workshop.done(talking(server.base_url, mind=mind, memory=memory))
    kinds = [line["kind"] for line in ledger(folder)]
    assert kinds[:12] == ["calibration"] * 12 and "calibration" not in kinds[12:]
    return [str(chat.body["messages"][-1]["content"]) for chat in server.chats[:12]]


@pytest.mark.parametrize("graph", [True, False])
def test_people_know_what_is_like_an_item_where_they_will_in_the_run(
    workshop: Workshop, server: OpenAIServer, graph: bool
) -> None:
    pages = calibration_pages(workshop, server, {"kind": "episodic", "graph": graph})
    assert any(" to you: " in page for page in pages) is graph
    assert not any("You remember" in page for page in pages)
