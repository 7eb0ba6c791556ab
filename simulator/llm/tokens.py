"""How many tokens a text takes: an estimate before a call, and twice as much where it must be enough.

The tokeniser is the endpoint's and may be any, so both are stated rules. After a call the endpoint's own count is used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeGuard

from simulator.llm.port import Call, Message

CHARACTERS_PER_TOKEN = 4
"""For English text, as OpenAI says of its own tokenisers ("What are tokens and how to count them?")."""
TOKENS_PER_MESSAGE = 4
"""Role and separators of one message in OpenAI's chat format; three more begin the answer."""
TOKENS_BEFORE_ANSWER = 3
TOKENS_PER_IMAGE = 2000
"""Upper bound for one image; what is counted differs by endpoint (OpenAI: 85 to 1,105 for an image of GPT-4o)."""


MOST_TOKENS = 10_000_000
"""Of one request: several times what any model's context holds."""


def is_count(told: object) -> TypeGuard[int]:
    """Whether what an endpoint told can be a number of tokens: anything else would falsify the bill and the budget."""
    return isinstance(told, int) and 0 <= told <= MOST_TOKENS


def estimated(text: str) -> int:
    """About how many tokens a text takes."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def estimated_in(messages: Sequence[Message]) -> int:
    """About how many tokens messages take, images aside."""
    return sum(estimated(m.content) + TOKENS_PER_MESSAGE for m in messages) + TOKENS_BEFORE_ANSWER


def most(text: str) -> int:
    """What is enough: one token for two UTF-8 bytes, twice the estimate of English text. Only text such as random
    digits takes more; the budget charges that to later turns."""
    return -(-len(text.encode(errors="replace")) // 2)


def most_in(call: Call) -> int:
    """A bound of what a call sends: messages, images, and the schema, which some servers write into the prompt."""
    sent = sum(most(m.content) + TOKENS_PER_MESSAGE + TOKENS_PER_IMAGE * len(m.images) for m in call.messages)
    return sent + TOKENS_BEFORE_ANSWER + most(json.dumps(call.schema))
