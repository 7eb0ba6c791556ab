"""From what was asked for at the command line to an open session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.records import UserInputError

if TYPE_CHECKING:
    from simulator.console.chat.host import Host
    from simulator.console.chat.session import Session
    from simulator.listener import Listener
    from simulator.llm.settings import LLMSettings
    from simulator.llm.talk import Talk
    from simulator.studies.solo.people import PersonSource
    from simulator.studies.solo.setting import Setting

Opening = Callable[["Listener"], "Session"]
"""Makes the session, and tells what it does meanwhile. Raises UserInputError and LifeStoppedError."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whom to meet, and where. All are optional."""

    who: str | None = None
    run: Path | None = None
    user: str | None = None
    turn: int | None = None
    arm: str | None = None
    scenario: str | None = None
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    model: str | None = None
    base_url: str | None = None
    budget_usd: float | None = None
    replay: Path | None = None
    data_dir: Path | None = None

    def check(self) -> None:
        """Raises UserInputError for options that do not go together."""
        if self.replay is not None:
            others: dict[str, object] = {"WHO": self.who, "--run": self.run, "--user": self.user, "--turn": self.turn}
            others |= {"--arm": self.arm, "--scenario": self.scenario, "--set": self.overrides or None}
            others |= {"--seed": self.seed}
            if given := [name for name, value in others.items() if value is not None]:
                raise UserInputError(f"chat --replay: a session holds all of that itself; leave out {', '.join(given)}")
        if self.model is None:
            idle: dict[str, object] = {"--base-url": self.base_url, "--budget": self.budget_usd}
            if given := [name for name, value in idle.items() if value is not None]:
                raise UserInputError(f"chat: {' and '.join(given)} need --model NAME, the model that is served there")

    @property
    def llm(self) -> LLMSettings | None:
        """The model that was named."""
        if self.model is None:
            return None
        from simulator.llm.settings import LLMSettings

        return LLMSettings(model=self.model, base_url=self.base_url, budget_usd=self.budget_usd)


def open_session(wanted: Wanted, listener: Listener) -> Session:
    """Opens the setting, and lets somebody sit down. Raises UserInputError and LifeStoppedError."""
    from simulator.console.chat.host import Host
    from simulator.console.chat.session import Session
    from simulator.studies.solo.people import run_named
    from simulator.studies.solo.replaying import open_replay
    from simulator.studies.solo.setting import open_setting

    if wanted.replay is not None:
        replay = open_replay(wanted.replay, data_dir=wanted.data_dir, listener=listener)
        host = Host(replay.setting, llm=wanted.llm, data_dir=wanted.data_dir)
        try:
            host.talk = _talk(wanted, replay.setting)
            return Session.replayed(host, replay)
        except BaseException:
            host.close()
            raise
    run = wanted.run or run_named(wanted.who)
    setting = open_setting(
        wanted.scenario, overrides=wanted.overrides, data_dir=wanted.data_dir, listener=listener, run=run
    )
    host = Host(setting, seed=wanted.seed, llm=wanted.llm, data_dir=wanted.data_dir)
    try:
        host.talk = _talk(wanted, setting)
        return Session(host, host.meet(_source(wanted, run, host)))
    except BaseException:
        host.close()
        raise


def _source(wanted: Wanted, run: Path | None, host: Host) -> PersonSource:
    """Who is meant. Raises UserInputError."""
    from simulator.studies.solo.people import find

    of_a_run = (wanted.user, wanted.turn, wanted.arm)
    if run is None and wanted.who is None and all(each is None for each in of_a_run):
        return host.find(None)
    return find(
        wanted.who,
        setting=host.setting,
        run=wanted.run,
        user=wanted.user,
        turn=wanted.turn,
        arm=wanted.arm,
        seed=wanted.seed,
        llm=wanted.llm,
    )


def _talk(wanted: Wanted, setting: Setting) -> Talk | None:
    """The model that speaks for people: the one that was named, else the one that drives them, else none. Raises
    UserInputError."""
    from simulator.llm.port import EndpointError
    from simulator.llm.talk import Talk

    try:
        if wanted.llm is not None:
            return Talk(wanted.llm)
        if setting.paid is not None and setting.plan.llm is not None:
            return Talk(setting.plan.llm, ledger=setting.paid.ledger, budget=setting.paid.budget)
    except EndpointError as error:
        raise UserInputError(f"--model {wanted.model or ''}: {error}") from error
    return None
