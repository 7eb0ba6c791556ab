"""A step that could not be lived, because a model or a plug-in did not answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

from recommenders.errors import PluginError
from simulator.llm.port import BudgetError, CallError, EndpointError
from simulator.minds.language.reliability import UnreliableError
from simulator.minds.plugin import MindError
from simulator.records import UserInputError


class LifeStoppedError(Exception):
    """The step was not lived, and the life is as it was before. The message is for people."""


@contextmanager
def surfaced() -> Iterator[None]:
    """Whatever a mind may fail with becomes a `LifeStoppedError`; what a recommender does, a UserInputError."""
    try:
        yield
    except BudgetError as error:
        what = str(error).partition(" Go on with")[0].rstrip(". ")
        raise LifeStoppedError(f"{what}. Give a larger llm.budget, or take a mind that asks no model") from error
    except UnreliableError as error:
        what = str(error).partition(" What was committed")[0].rstrip(". ")
        raise LifeStoppedError(f"{what}. Mend the endpoint and try again, or set llm.on_failure=fallback") from error
    except (EndpointError, CallError, MindError) as error:
        raise LifeStoppedError(str(error)) from error
    except CancelledError as error:
        raise LifeStoppedError("the wait for the model was ended") from error
    except PluginError as error:
        raise UserInputError(str(error)) from error
