"""An interview in which a language model speaks for the person: in character, streamed, and held to the journal.

The model is told who it is, what the person lived (as data), and what the person's own numbers say to the question;
what it then claims of acts is checked (`claims`). A claim that the journal contradicts is told, and the answer goes
into the conversation with its correction, never bare. Where no answer comes, the numbers speak.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from simulator.llm.fencing import Fence
from simulator.llm.port import BudgetError, Call, CallError, EndpointError, FailureKind, Message
from simulator.llm.prompting import Prompt
from simulator.llm.streaming import Speech
from simulator.llm.talk import Talk, TalkInterruptedError
from simulator.llm.tokens import estimated
from simulator.studies.interview.answer import Answer, Subject
from simulator.studies.interview.claims import contradictions
from simulator.studies.interview.facts import facts
from simulator.studies.interview.numbers import NumbersInterview
from simulator.studies.interview.reading import read
from simulator.studies.interview.small_talk import WHAT_I_AM

PROMPT = Prompt("interview", 1, Path(__file__).with_name("prompts"))
EXPECTED = 130
"""Tokens of an answer: one to four sentences."""
DIALOGUE_TOKENS = 900
"""Of what was said before that is told again, by estimate; the latest first."""
FACT_TOKENS = 2_200
"""Of facts, by estimate; the most telling first."""
_FACT, _QUESTION, _ANSWER = 420, 1_500, 900
"""Characters of a fact, a question and an earlier answer."""
LONGEST = 20_000
"""Characters of an answer that are taken; an endpoint that heeds no `max_tokens` is stopped there."""
BROKEN_OFF = " …"
_ASSISTANT = re.compile(
    r"\bas an? (?:ai|artificial intelligence|(?:large )?language model|(?:ai |virtual |helpful )?assistant)\b|"
    r"\bi(?:'m| am) (?:only |just )?an? (?:ai|(?:large )?language model|(?:ai |virtual |helpful )assistant)\b|"
    r"\bhow (?:can|may) i (?:help|assist) you\b",
    re.IGNORECASE,
)
"""Words of who forgets that they speak for a person."""


class SpokenInterview:
    """Asks one person through a language model. `persona`: who they are, in lines that the fence has quoted."""

    def __init__(self, subject: Subject, talk: Talk, persona: Callable[[Fence], Sequence[str]]) -> None:
        self._subject, self._talk, self._persona = subject, talk, persona
        self._numbers = NumbersInterview(subject)
        self._fence = Fence.of(subject.seed, f"interview/{subject.user_id}")
        self._dialogue: list[tuple[str, str]] = []
        """Questions and answers, those with a correction corrected."""
        self.last = Answer(text="")

    def ask(self, question: str) -> Iterator[str]:
        """Pieces as the model makes them; the person's own numbers where it does not."""
        plain = self._numbers.answer(question)
        if not question.strip():
            self.last = plain
            yield plain.text
            return
        call = self._call(question, plain)
        said: list[str] = []
        failed: str | None = None
        try:
            for piece in self._talk.say(call):
                said.append(piece)
                yield piece
                if sum(map(len, said)) > LONGEST:
                    self._talk.interrupt()
                    raise CallError(FailureKind.TRUNCATED, f"it is longer than {LONGEST:,} characters")
        except TalkInterruptedError:
            failed = "the answer was interrupted"
        except CallError as failure:
            failed = failure.message
        except (BudgetError, EndpointError) as failure:
            failed = str(failure)
        text = "".join(said).strip()
        if failed is None and not _is_speech(text):
            failed = "the model answered with something that is no sentence"
        self.last, more = self._answer(question, text, plain, failed)
        self._remember(question)
        if more:
            yield more

    def interrupt(self) -> None:
        """Stop the answer; what came stands."""
        self._talk.interrupt()

    def close(self) -> None:
        """The model belongs to whoever opened it."""

    def _answer(self, question: str, text: str, plain: Answer, failed: str | None) -> tuple[Answer, str]:
        """The answer, and what of it was not yielded yet."""
        asked = [one.referred for one in read(question, self._subject, ())]
        named = [mention for one in asked for mention in one.items]
        pages = [page for page in (*(one.page for one in asked), *(one.lived for one in named)) if page is not None]
        page = pages[-1] if pages else None
        wrong = contradictions(text, self._subject, about=[one.item for one in named], page=page)
        corrected = (*self._out_of_character(text, plain), *wrong)
        whole = Answer(text=text, understood=True, grounds=plain.grounds, failed=failed, corrected=corrected)
        if failed is None:
            return whole, ""
        if "interrupted" in failed:
            return replace(whole, text=text + BROKEN_OFF), BROKEN_OFF
        told = (
            f"{BROKEN_OFF}\n[The answer broke off: {failed}. From my own numbers:] "
            if text
            else f"[{_why(failed)} From my own numbers:] "
        )
        more = f"{told}{plain.text}"
        return replace(whole, text=f"{text}{more}", understood=plain.understood), more

    def _out_of_character(self, text: str, plain: Answer) -> tuple[str, ...]:
        if plain.text == WHAT_I_AM or not _ASSISTANT.search(text):
            return ()
        return (f"That was said as an assistant would say it; {self._subject.name} is none.",)

    def _remember(self, question: str) -> None:
        answer = self.last.text
        if self.last.corrected:
            answer += f" (That was wrong. {' '.join(self.last.corrected)})"
        self._dialogue.append((question, answer))

    def _call(self, question: str, plain: Answer) -> Call:
        fence, subject = self._fence, self._subject
        told = [fence.quoted(one, _FACT) for one in facts(self._numbers.subject, plain)]
        system = PROMPT.render("system", word=fence.word, persona=self._persona(fence))
        asked = PROMPT.render(
            "question",
            word=fence.word,
            facts=_within(told, FACT_TOKENS),
            question=fence.quoted(f"Question: {question}", _QUESTION),
        )
        messages = [Message("system", system), *self._before(), Message("user", asked)]
        return Call(
            kind="interview",
            messages=tuple(messages),
            answer=Speech,
            max_tokens=self._talk.settings.room(EXPECTED),
            identity=(subject.seed, "interview", subject.user_id, len(subject.turns), PROMPT.id),
            user_id=subject.user_id,
            turn=subject.turns[-1].turn if subject.turns else -1,
        )

    def _before(self) -> list[Message]:
        """What was said before, as far back as there is room."""
        fence, room, messages = self._fence, DIALOGUE_TOKENS, list[Message]()
        for question, answer in reversed(self._dialogue):
            asked = PROMPT.render(
                "before", word=fence.word, question=fence.quoted(f"Question: {question}", _QUESTION // 3)
            )
            said = json.loads(fence.quoted(answer, _ANSWER))
            room -= estimated(asked) + estimated(said)
            if room < 0:
                break
            messages = [Message("user", asked), Message("assistant", said), *messages]
        return messages


def _within(texts: Sequence[str], room: int) -> list[str]:
    """As many texts, from the first, as there is room for."""
    out: list[str] = []
    for text in texts:
        room -= estimated(text) + 1
        if room < 0:
            break
        out.append(text)
    return out


def _is_speech(text: str) -> bool:
    """Whether a text can be what a person says: letters, and no JSON or page of markup."""
    start = text.lstrip()[:200].lower()
    return any(letter.isalpha() for letter in text) and not start.startswith(("{", "[{", "<!doctype", "<html", "<?xml"))


def _why(failed: str) -> str:
    line = failed.rstrip(".")
    return f"The model gave no answer: {line}."
