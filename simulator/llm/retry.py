"""Trying again: the one place that does."""

from __future__ import annotations

from dataclasses import replace

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from simulator.llm.endpoint import base_url_of, shown
from simulator.llm.failures import UnreachableError
from simulator.llm.port import Answer, Call, CallError, ChatModel, EndpointError, Usage
from simulator.llm.settings import LLMSettings

FIRST_WAIT_S = 0.5
MOST_WAIT_S = 8.0
"""Waits are drawn from 0 to 0.5, 1, 2, 4, 8 s ("full jitter": calls that failed together come back apart; M. Brooker,
Exponential Backoff and Jitter, AWS 2015). First wait and ceiling are the openai client's own."""
MOST_RETRY_AFTER_S = 60.0
"""What an endpoint may ask for: the longest window of the common limits is a minute."""
SPREAD = 0.1
"""Part of a Retry-After that is added at random, so that not everybody comes back in the same instant."""
UNREACHABLE_S = 3.0
"""Seconds after which an endpoint to which no connection ever came about is given up."""


class Retry:
    """A `ChatModel` that asks again after failures that may pass.

    At most `attempts` times, none begun `retry_for_s` seconds after the first. Usage is that of all attempts. Raises
    EndpointError where no connection comes about and none ever did; afterwards that is a failure of the call.
    """

    def __init__(self, inner: ChatModel, settings: LLMSettings) -> None:
        self._inner, self._settings = inner, settings
        self._reached = False
        self._stop = stop_after_attempt(settings.attempts) | stop_before_delay(settings.retry_for_s)
        self._jitter = wait_random_exponential(multiplier=FIRST_WAIT_S, max=MOST_WAIT_S)

    async def ask(self, call: Call) -> Answer:
        spent = Usage()
        try:
            async for attempt in AsyncRetrying(
                stop=self._stops, wait=self._wait, retry=retry_if_exception(passing), reraise=True
            ):
                with attempt:
                    try:
                        answer = await self._inner.ask(call)
                    except CallError as failure:
                        failure.usage = spent = spent + failure.usage
                        self._notice(failure)
                        raise
            self._reached = True
            return replace(answer, usage=spent + answer.usage)
        except CallError as failure:
            raise self._told(failure) from None

    async def close(self) -> None:
        await self._inner.close()

    def _notice(self, failure: CallError) -> None:
        """Whether the endpoint was ever reached."""
        self._reached = self._reached or not isinstance(failure, UnreachableError)

    def _told(self, failure: CallError) -> CallError | EndpointError:
        """The failure itself; of an endpoint that was never reached, that it cannot be used at all."""
        if isinstance(failure, UnreachableError) and not self._reached:
            return EndpointError(self._unreachable(failure))
        return failure

    def _stops(self, state: RetryCallState) -> bool:
        if not self._reached and (state.seconds_since_start or 0.0) + state.upcoming_sleep >= UNREACHABLE_S:
            return True
        return self._stop(state)

    def _wait(self, state: RetryCallState) -> float:
        wait = self._jitter(state)
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, CallError) and failure.retry_after_s is not None:
            asked = min(failure.retry_after_s, MOST_RETRY_AFTER_S)
            return asked + min(wait, SPREAD * asked)
        return wait

    def _unreachable(self, failure: CallError) -> str:
        address = shown(base_url_of(self._settings))
        return (
            f"{address} cannot be reached ({failure.message}); start the server, or correct llm.base_url or "
            f"OPENAI_BASE_URL; the run keeps what it has"
        )


def passing(failure: BaseException) -> bool:
    """Whether the same request may succeed later."""
    return isinstance(failure, CallError) and failure.transient
