"""What a stated want means is not learnt from a model that hardly answered: that would outlive what made it fail."""

import json
from dataclasses import replace

from llm_runs import Workshop, talking
from openai_server import OpenAIServer

from simulator.studies import ab

MIND = {"kind": "llm", "calibration": {"method": "platt", "people": 40}}


def test_a_calibration_that_failed_is_asked_again_when_the_endpoint_is_mended(
    workshop: Workshop, server: OpenAIServer
) -> None:
    good = server.options
    server.options = replace(good, rate=1.0, kinds=("html",))
    stopped = workshop.run(talking(server.base_url, mind=MIND, llm={"max_failure_rate": 0.3, "attempts": 1}))
    assert stopped.status == ab.FAILED and stopped.message is not None
    assert "40 of the 40" in stopped.message and "llm.max_failure_rate" in stopped.message
    server.options = good
    manifest = json.loads((workshop.resumed("run") / "manifest.json").read_text("utf-8"))
    assert manifest["mind_calibration"]["answered"] >= 30
