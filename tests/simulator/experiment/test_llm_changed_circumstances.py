"""What a resumed run may change of how its model is reached and paid, and of when it gives up."""

from dataclasses import replace

from llm_runs import Workshop, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.studies import ab

FEW = {"population": {"size": 12}, "memory": "none"}


def test_dollars_may_be_counted_from_a_resume_on_and_what_was_spent_before_counts(
    workshop: Workshop, server: OpenAIServer
) -> None:
    outcome = workshop.run(talking(server.base_url, llm={"budget": {"tokens": 45_000}}, **FEW))
    assert outcome.status == ab.OUT_OF_BUDGET and server.chats
    in_dollars = ["llm.budget.tokens=null", "llm.price={input: 1000, output: 1000}"]
    outcome = ab.resume(outcome.folder, overrides=[*in_dollars, "llm.budget.usd=0.01"])
    assert outcome.status == ab.OUT_OF_BUDGET and outcome.message is not None
    assert "$0.0000 spent" not in outcome.message and "--set llm.budget.usd=" in outcome.message
    workshop.resumed("run", "llm.budget.usd=1000")


def test_a_run_that_gave_up_goes_on_with_a_higher_failure_rate(workshop: Workshop, server: OpenAIServer) -> None:
    server.options = replace(server.options, rate=0.8, kinds=("refusal",))
    scenario = talking(server.base_url, llm={"max_failure_rate": 0.1})
    outcome = workshop.run(scenario)
    assert outcome.status == ab.FAILED and "raise llm.max_failure_rate" in str(outcome.message)
    folder = workshop.resumed("run", "llm.max_failure_rate=1.0")
    assert same_rows(rows_of(folder), rows_of(workshop.done(talking(server.base_url), "patient")))
