"""Several rounds about one page: appraise, question the answer (what if not?), revise. Three calls instead of one.

After SimUSER (arXiv 2504.12722), whose people appraise, ask themselves causal and counterfactual questions, and may
revise. Each round holds the ones before it, so a page takes three calls and about four times the tokens of one.
"""

from __future__ import annotations

from dataclasses import replace

from simulator.llm.port import Answer, Call, CallError, ChatModel, Message, Usage
from simulator.minds.language.answers import Musing
from simulator.minds.language.prompting import prompt

_UNKNOWN = "~"
"""Stands for one token of an answer that is not known yet, which is one token too when it is sent back."""


async def deliberated(model: ChatModel, call: Call) -> Answer:
    """The revised answer to a call about a page, with the usage of all rounds.

    A round that fails fails the page. Raises CallError with the usage of the rounds before it added.
    """
    used = Usage()
    try:
        first = await model.ask(call)
        used += first.usage
        musing = await model.ask(_questions(call, first.text))
        used += musing.usage
        last = await model.ask(_revision(call, first.text, musing.text))
    except CallError as error:
        raise CallError(error.kind, error.message, usage=used + error.usage, partial=error.partial) from error
    cached = first.cached and musing.cached and last.cached
    latency = first.latency_s + musing.latency_s + last.latency_s
    return replace(last, usage=used + last.usage, cached=cached, latency_s=latency)


def later_rounds(call: Call) -> tuple[Call, Call]:
    """The second and third call that may follow a call about a page, at their longest."""
    anything = _UNKNOWN * call.max_tokens
    return _questions(call, anything), _revision(call, anything, anything)


def _questions(call: Call, first: str) -> Call:
    asked = call.asking(Message("assistant", first), Message("user", prompt("deliberation").render("questions")))
    return replace(asked, kind="deliberation", answer=Musing, identity=(*call.identity, "questions"))


def _revision(call: Call, first: str, musing: str) -> Call:
    asked = _questions(call, first).asking(
        Message("assistant", musing), Message("user", prompt("deliberation").render("revision"))
    )
    return replace(asked, answer=call.answer, identity=(*call.identity, "revision"))
