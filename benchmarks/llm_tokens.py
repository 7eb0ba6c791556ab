"""Calls and tokens of a page, and how much of a prompt a server's prefix cache can keep, on MovieLens-1M.

    python benchmarks/llm_tokens.py --data DIR [--people 40] [--turns 8]

Runs `llm_scripted` with the people of MovieLens-1M, two arms, ten items a page and five memories told, before a server
that records what it is sent. Tokens are the server's own count: one for four characters of each message and of the
answer, four for each message and three before the answer; the schema of the answer, which some endpoints count too, is
told apart. Both peers' figures were taken the same way, before the same kind of server. Pages on which five memories
are told are shown apart: nobody has any on a first page. Without the data (`--sample`) the sample stands in.

*Prefix*: of each later prompt of a person (the messages of one page in one line), the share that equals, byte by byte,
the beginning of the prompt before it; ten people, five pages each.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import numpy as np
from llm_bench import MODEL, SERVER, STAY, live, load

sys.path.append(str(SERVER.parent))

from openai_server import OpenAIServer

from simulator.llm.port import Message
from simulator.llm.scripted import reply
from simulator.llm.tokens import estimated, estimated_in

PEERS = (
    ("Agent4Rec, 4 items", 2.7, 2120),
    ("RecAgent, 5 items", 11.5, 3760),
)
"""Calls and tokens a page, measured before a server that counts as this one does."""
WHOLE = 5
"""Memories that are told with a page, if there are as many."""
SLATE = 10
"""Items on a page. People do not notice all of them; what they do not notice is not asked about."""


@dataclass(frozen=True)
class Asked:
    """One request as it came, and what it took."""

    system: str
    user: str
    items: int
    """0: it was about no page."""
    memories: int
    tokens_in: int
    tokens_out: int
    schema: int
    """Tokens of the schema, by the same rule."""

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def prompt(self) -> bytes:
        return f"{self.system}\n{self.user}".encode()

    @classmethod
    def of(cls, body: dict[str, Any]) -> Asked:
        messages = [Message(one["role"], one["content"]) for one in body["messages"]]
        schema = body["response_format"]["json_schema"]["schema"]
        system, user = messages[0].content, messages[-1].content
        told = user.partition("You remember:\n")[2].partition("\nPage:")[0]
        return cls(
            system=system,
            user=user,
            items=sum("want" in part.get("properties", {}) for part in schema["properties"].values()),
            memories=len(told.splitlines()),
            tokens_in=estimated_in(messages),
            tokens_out=estimated(reply(messages, schema)),
            schema=estimated(json.dumps(schema, separators=(",", ":"))),
        )


def requests_of(scratch: Path, chosen: argparse.Namespace, *, people: int, turns: int, settings: Sequence[str]) -> Any:
    """The requests of one run, in the order in which they came, and its user-turns."""
    with OpenAIServer(models=(MODEL,)) as server:
        common = [
            f"llm.base_url={server.base_url}",
            f"llm.model={MODEL}",
            "llm.cache=off",
            "llm.structured=json_schema",
            "mind.calibration=none",
            f"population.size={people}",
            f"world.turns={turns}",
            "evaluation.minds=single",
            *(() if chosen.sample else ("dataset=movielens-1m",)),
        ]
        outcome = live("llm_scripted", scratch, [*common, *settings], data=chosen.data)
        assert outcome.summary is not None
        pages = int(outcome.summary["performance"]["user_turns"])
        return [Asked.of(request.body) for request in server.chats], pages


def shared_prefix(one: bytes, other: bytes) -> int:
    """Bytes with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def prefixes(asked: Sequence[Asked], *, people: int, pages: int) -> list[float]:
    """For each page but a person's first: the share of its prompt that begins like the one before."""
    by_person: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.items:
            by_person[one.system].append(one)  # the system message holds the person's own word
    whole = [theirs[:pages] for theirs in by_person.values() if len(theirs) >= pages][:people]
    if len(whole) < people:
        raise SystemExit(f"only {len(whole)} people saw {pages} pages; give more turns")
    return [
        shared_prefix(later.prompt, earlier.prompt) / len(later.prompt)
        for theirs in whole
        for earlier, later in pairwise(theirs)
    ]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--data", type=Path, help="folder that holds ml-1m")
    arguments.add_argument("--sample", action="store_true", help="the sample in place of MovieLens-1M")
    arguments.add_argument("--people", type=int, default=40)
    arguments.add_argument("--turns", type=int, default=8)
    chosen = arguments.parse_args()
    print(load())
    with tempfile.TemporaryDirectory() as scratch:
        asked, pages = requests_of(
            Path(scratch) / "tokens", chosen, people=chosen.people, turns=chosen.turns, settings=()
        )
        one_arm, _ = requests_of(
            Path(scratch) / "prefix",
            chosen,
            people=20,
            turns=8,
            settings=["arms={control: popular}", STAY],
        )
    about_pages = [one for one in asked if one.items]
    told = [one for one in about_pages if one.memories >= WHOLE]
    full = [one for one in told if one.items == SLATE]
    rest = [one for one in asked if not one.items]
    print(f"{pages} pages, {len(asked)} calls, of them {len(rest)} reflections\n")
    print(f"{'':44}{'n':>6}{'in':>7}{'out':>6}{'tokens':>8}{'p95':>7}{'schema':>8}")
    for name, some in (
        ("all page calls", about_pages),
        ("page calls with 5 memories", told),
        ("page calls with 5 memories, all 10 noticed", full),
        ("reflections", rest),
    ):
        if some:
            columns = np.array([(one.tokens_in, one.tokens_out, one.tokens, one.schema) for one in some])
            mean, late = columns.mean(axis=0), np.percentile(columns[:, 2], 95)
            print(f"{name:44}{len(some):>6}{mean[0]:>7.0f}{mean[1]:>6.0f}{mean[2]:>8.0f}{late:>7.0f}{mean[3]:>8.0f}")
    print(f"\n{'':44}{'calls a page':>14}{'tokens a page':>15}")
    print(f"{'Understudy, 10 items':44}{len(asked) / pages:>14.2f}{sum(one.tokens for one in asked) / pages:>15.0f}")
    for name, calls, tokens in PEERS:
        print(f"{name:44}{calls:>14.1f}{tokens:>15,}")
    shares = prefixes(one_arm, people=10, pages=5)
    print(
        f"\nprefix that is kept, of {len(shares)} later prompts: median {np.median(shares):.3f}, "
        f"least {min(shares):.3f}, {np.mean(np.array(shares) >= 0.6):.0%} of them .6 or more"
    )


if __name__ == "__main__":
    main()
