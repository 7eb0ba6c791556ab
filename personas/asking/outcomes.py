"""What may come of asking a model about a person. None of it is silent, and none of it stops the others."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The value is what reports say."""

    KEPT = "kept"
    """The person has something that they had not before."""
    NO_SIGNAL = "no signal"
    """Nothing that the model said tells this person from others: the person stays as they were."""
    STATED = "stated already"
    """Whoever made the person has written it. Nobody was asked."""
    TOO_LITTLE = "too little history"
    """Too few choices to tell some and to hold back others. Nobody was asked."""
    CONTRADICTS = "contradicts"
    """What the model wrote says otherwise than what is stated, also when it was told so."""
    FAILED = "failed"
    """The model gave no answer that can be used."""
    NOT_ASKED = "not asked"
    """The budget was spent, or asking was given up before this person's turn."""
