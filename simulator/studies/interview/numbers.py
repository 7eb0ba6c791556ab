"""An interview without a language model: answers from the person's own numbers and memories, in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from simulator.minds.account import Account
from simulator.studies.interview import (
    about_choice,
    about_cues,
    about_factors,
    about_identity,
    about_item,
    about_leaving,
    about_looking,
    about_meeting,
    about_page,
    about_person,
    about_rating,
    about_story,
    about_taste,
    about_visit,
    small_talk,
)
from simulator.studies.interview.answer import Answer, Subject
from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.grammar import NEEDS_ITEM, Topic
from simulator.studies.interview.item_words import nothing_named
from simulator.studies.interview.mention import Mention, Referred
from simulator.studies.interview.reading import Question, read
from simulator.studies.interview.said import Tongue, quoted
from simulator.studies.interview.small_talk import EXAMPLES
from simulator.studies.interview.wording import MOST_CHARACTERS, readable, title_words
from simulator.studies.solo.stopped import LifeStoppedError

ANSWERS: Mapping[Topic, Callable[[Asked], Said]] = {
    **about_choice.ANSWERS,
    **about_item.ANSWERS,
    **about_meeting.ANSWERS,
    **about_rating.ANSWERS,
    **about_cues.ANSWERS,
    **about_factors.ANSWERS,
    **about_page.ANSWERS,
    **about_looking.ANSWERS,
    **about_story.ANSWERS,
    **about_visit.ANSWERS,
    **about_leaving.ANSWERS,
    **about_person.ANSWERS,
    **about_taste.ANSWERS,
    **about_identity.ANSWERS,
    **small_talk.ANSWERS,
}
_TITLED = re.compile(
    r"(?:have you (?:ever |already )?(?:seen|watched|read|heard of)|do you know|"
    r"would you (?:watch|like|read|buy|recommend|click(?: on)?)|(?:do|did) you think (?:of|about)|opinion (?:of|on)|"
    r"thoughts on|why did you (?:skip|click(?: on)?|ignore|choose|pick|watch)|"
    r"did you (?:see|notice|like|watch|click(?: on)?)) (?!what you\b)([^§]+)$"
)
"""A question about an item by title, whatever the title is."""
_CAPITALS = re.compile(r"(?<=[a-z,] )(?!I\b)[A-Z][\w'’]+(?: (?:(?:of|the|and|in|to|a) )*[A-Z][\w'’]*)*")
"""What is written like a title, in the middle of a sentence."""
_SMALL = frozenset(
    title_words("it that this them those these one ones the on something anything so any here to me us all of about")
)
_OF_A_PAGE = {
    Topic.WOULD: Topic.WHICH,
    Topic.NOTICED: Topic.LIST_SEEN,
    Topic.HAVE_SEEN: Topic.LIST_SEEN,
    Topic.THINK_OF: Topic.THINK_PAGE,
    Topic.ABOUT: Topic.THINK_PAGE,
    Topic.RATING_OF: Topic.LIST_RATED,
}
"""What is asked of a page by what would be asked of a thing, where all of its things are meant."""
_FOREIGN = frozenset(
    title_words(
        "warum wieso weshalb wie was wer du hast bist dir dich nicht das die der den und ist pourquoi quoi quel quelle "
        "est tu vous avez pas le la les que por qué cuál cómo quién te gusta el los las eres perché cosa come hai sei "
        " ti piace il non waarom wat hoe je jij heb niet een het"
    )
)
"""Small words of German, French, Spanish, Italian and Dutch."""
_FOLLOWS = (Topic.WHY, Topic.WHAT_ABOUT, Topic.MORE)


class Recalling:
    """A person as they are, until something is lived or changed, who thinks of each thing once."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._accounts: dict[int, Account | None] = {}

    def account(self, item: int) -> Account | None:
        if item not in self._accounts:
            self._accounts[item] = self._subject.account(item)
        return self._accounts[item]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)


def recalling(subject: Subject) -> Subject:
    """The person as they are now: what a want is made of is found out once a thing."""
    return cast(Subject, Recalling(subject))


class NumbersInterview:
    """Asks one person who has no language model to speak through."""

    def __init__(self, subject: Subject) -> None:
        self._person, self._subject = subject, recalling(subject)
        self._state = (subject.turns, subject.steps)
        self._tongue = Tongue(subject.seed, subject.user_id)
        self._asked = 0
        self._focus: tuple[Mention, ...] = ()
        self._topic: Topic | None = None
        self._grounds: tuple[str, ...] = ()
        self.last = Answer(text="")

    def ask(self, question: str) -> Iterator[str]:
        """The answer, in one piece."""
        self.last = self.answer(question)
        yield self.last.text

    def interrupt(self) -> None:
        """Nothing is waited for."""

    def close(self) -> None:
        """Nothing to let go of."""

    @property
    def subject(self) -> Subject:
        """Whom it asks, as they were when it was asked last."""
        return self._subject

    def answer(self, text: str) -> Answer:
        """The answer to everything that the text asks."""
        self._asked += 1
        state = (self._person.turns, self._person.steps)
        if len(state[0]) != len(self._state[0]) or state[1] != self._state[1]:
            self._subject, self._state = recalling(self._person), state
        if not readable(text):
            return Answer(text=f"Ask me something, such as: {EXAMPLES[self._asked % len(EXAMPLES)]}", understood=False)
        try:
            parts = [self._one(question) for question in read(text, self._subject, self._focus)] or [
                self._puzzled(text)
            ]
        except LifeStoppedError as stopped:
            return Answer(
                text=f"I would have to think about that with a language model, and it gives no answer: {stopped}",
                failed=str(stopped),
            )
        cut = len(text) > MOST_CHARACTERS
        answer = " ".join(part.text for part in parts if part.text)
        if cut:
            answer += " (That was long; I took in only the beginning of it.)"
        grounds = tuple(dict.fromkeys(ground for part in parts for ground in part.grounds))
        self._grounds = grounds or self._grounds
        return Answer(text=answer, understood=any(part.understood for part in parts), grounds=grounds)

    def _one(self, question: Question) -> Said:
        topic = question.topic
        trouble = question.referred.trouble
        if trouble and topic is not None and not (question.referred.items and topic not in NEEDS_ITEM):
            self._topic = topic if topic not in _FOLLOWS else self._topic
            if not self._subject.turns:
                return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
            return said(trouble)
        if topic in _FOLLOWS:
            return self._follow(question, topic)
        if topic is None:
            name = _unknown_title(question)
            return self._nothing_called(name, self._about(question)) if name else self._puzzled(question.said)
        answer = self._give(topic, question)
        if not question.guessed or not answer.understood:
            return answer
        return replace(answer, text=f"If I take you right: {answer.text}")

    def _give(self, topic: Topic, question: Question) -> Said:
        asked = self._about(question)
        if topic in NEEDS_ITEM and not question.referred.items and (name := _unknown_title(question)):
            return self._nothing_called(name, asked)
        if question.referred.group:
            topic = _OF_A_PAGE.get(topic, topic)
        answer = ANSWERS[topic](asked)
        self._focus = answer.items or question.referred.items or self._focus
        self._topic = topic
        return answer

    def _about(self, question: Question) -> Asked:
        return Asked(subject=self._subject, question=question, tongue=self._tongue, nth=self._asked, focus=self._focus)

    def _nothing_called(self, name: str, asked: Asked) -> Said:
        told = f"I know of nothing called {quoted(name, 60)} here"
        return said(told, *([] if asked.page is None else [nothing_named(asked).text]), understood=False)

    def _follow(self, question: Question, topic: Topic | None) -> Said:
        """What goes on from the question before."""
        if topic is Topic.MORE:
            if not self._grounds:
                return said("There is nothing to add yet; ask me something first", understood=False)
            return said("What that rests on:", *self._grounds, grounds=self._grounds)
        if topic is Topic.WHAT_ABOUT:
            before = (
                self._topic
                if self._topic in NEEDS_ITEM or self._topic in (Topic.CUE, Topic.SURE, Topic.HOW_LONG)
                else None
            )
            return self._give(before or Topic.ABOUT, question)
        if not self._focus:
            if self._topic in (Topic.FEELING, Topic.TIRED, Topic.BORED, Topic.SATISFIED):
                return self._give(Topic.WHY_FEELING, question)
            return said("Why what? Ask me about a thing on the page, or about how I feel", understood=False)
        if self._topic in (Topic.FEELING, Topic.TIRED, Topic.BORED, Topic.SATISFIED, Topic.RETURN):
            return self._give(Topic.WHY_FEELING, question)
        referred = Referred(text=question.referred.text, items=self._focus, page=question.referred.page)
        again = Question(said=question.said, topic=Topic.ABOUT, referred=referred)
        chosen = all(one.place is not None and one.place.clicked for one in self._focus)
        return self._give(Topic.WHY_CLICK if chosen else Topic.WHY_NOT, again)

    def _puzzled(self, text: str) -> Said:
        told = title_words(text)
        if len(told) > 1 and 2 * sum(word in _FOREIGN for word in told) >= len(told):
            return said("I understand English only, where no language model speaks for me", understood=False)
        examples = [EXAMPLES[(self._asked + step) % len(EXAMPLES)] for step in (0, 3, 6)]
        return said(
            self._tongue.one_of(
                f"{self._asked}/puzzled",
                (
                    "I do not understand that question, so I will not guess",
                    "That I cannot answer: I do not understand what you ask",
                ),
            ),
            f"You could ask: {' '.join(examples)}",
            understood=False,
        )


def _unknown_title(question: Question) -> str:
    """What stands in a question where a title should, and is none that is known; nothing where none is named."""
    found = _TITLED.search(question.referred.text)
    rest = "" if found is None else found[1].strip()
    if not set(rest.split()) <= _SMALL:
        return rest
    named = _CAPITALS.search(question.said) if question.topic in NEEDS_ITEM and not question.referred.items else None
    return "" if named is None else named[0]
