"""Who opens the door: the setting, whom one may meet there, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.resolved import resolved
from simulator.console.text import clean
from simulator.records import UserInputError
from simulator.studies.interview.opening import open_interview
from simulator.studies.solo.autosave import Autosave, free_autosave
from simulator.studies.solo.first_meeting import somebody
from simulator.studies.solo.people import PersonSource, find, sit_down
from simulator.studies.solo.replaying import Replay, open_replay
from simulator.studies.solo.saving import save_journal, save_persona, save_scenario, session_of
from simulator.studies.solo.session_file import read_file

if TYPE_CHECKING:
    from personas.schema import Persona
    from simulator.console.chat.session import Session
    from simulator.llm.settings import LLMSettings
    from simulator.llm.talk import Talk
    from simulator.studies.interview.answer import Interview
    from simulator.studies.solo.life import Life
    from simulator.studies.solo.setting import Setting


@dataclass(frozen=True, eq=False, kw_only=True)
class Meeting:
    """Somebody who has sat down."""

    source: PersonSource
    life: Life
    interview: Interview
    traits: Mapping[str, float]
    """As they were at the beginning."""
    autosave: Autosave | None
    """Keeps what is done; None where it cannot."""
    told: tuple[str, ...] = field(default=())
    """What the human should know of how the person came about."""


class Host:
    """Opens a setting's door to one person after the other, and closes everything at the end.

    `talk`: the language model that speaks for them; None: they answer from their numbers. `llm`: the model that reads
    sentences about invented people; None: a grammar does.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        seed: int | None = None,
        talk: Talk | None = None,
        llm: LLMSettings | None = None,
        data_dir: Path | None = None,
    ) -> None:
        self.setting, self.seed, self.talk, self.llm, self.data_dir = setting, seed, talk, llm, data_dir
        self._met: list[Meeting] = []
        self._settings = [setting]

    @property
    def recommenders(self) -> tuple[str, ...]:
        """Those that can be named: the scenario's arms, the built-in ones, the plug-ins."""
        return self.setting.recommenders.names

    @property
    def recommender(self) -> str:
        """The one whose page is shown first."""
        return _first(self.setting)

    def find(self, who: str | None) -> PersonSource:
        """Whom these words mean; without words, somebody whom one has not met yet. Raises UserInputError."""
        if who is None:
            met = {each.source.persona.id for each in self._met if each.source.persona is not None}
            return somebody(self.setting, self.recommender, seed=self.seed, met=met)
        return find(who, setting=self.setting, llm=self.llm)

    def meet(self, source: PersonSource) -> Meeting:
        """The person sits down. Raises UserInputError."""
        return self.seated(source, sit_down(self.setting, source, seed=self.seed))

    def seated(self, source: PersonSource, life: Life, *, told: Sequence[str] = ()) -> Meeting:
        """Somebody who lives already, to be talked with. `told`: what else the human should know."""
        understood, missed = "; ".join(source.understood), "; ".join(source.missed)
        told = [*told, *([f"Understood: {understood}"] if understood else []), *source.notices]
        told += [f"Not understood, so not used: {missed}"] if missed else []
        autosave = None
        try:
            header = session_of(life, source, {}, data_dir=self.data_dir)
            autosave = Autosave(free_autosave(), header, life.setting.catalog)
        except UserInputError as error:
            told.append(f"This session does not save itself: {error}")
        meeting = Meeting(
            source=source,
            life=life,
            interview=open_interview(life, self.talk),
            traits=dict(life.traits),
            autosave=autosave,
            told=tuple(clean(each) for each in told),
        )
        self._met.append(meeting)
        return meeting

    def people(self) -> list[tuple[str, str]]:
        """The library: ids, and who that is."""
        from personas.files import library

        return [(one.id, _who(one)) for one in library()]

    def replay(self, path: Path) -> Replay:
        """A saved session, ready to be lived again: in this setting, if it was lived in one like it, else in its own,
        where the human then stays. Raises UserInputError."""
        saved = read_file(path)
        setting = self.setting if saved.scenario == resolved(self.setting.scenario) else None
        replay = open_replay(path, setting=setting, data_dir=self.data_dir)
        if replay.setting not in self._settings:
            self._settings.append(replay.setting)
        self.setting = replay.setting
        return replay

    def save(self, kind: str, session: Session, path: Path) -> Iterator[str]:
        """Keeps the session, or the person, in a place where nothing is yet; tells where, and what it is good for.
        Raises UserInputError."""
        life, source = session.life, session.meeting.source
        if kind == "journal":
            branches = {name: each.steps for name, each in session.branches.items()}
            run = save_journal(path, life, source, line=session.branch, branches=branches, data_dir=self.data_dir)
            yield f"The session is a run now: {run.path}. Read it with understudy log timeline {run.path}, or view."
            yield f"Live it again with understudy chat --replay {run.path}"
        elif kind == "scenario":
            saved = save_scenario(path, life, source)
            yield f"A scenario with this person: {saved.path}, and beside it {saved.persona}."
            yield f"Run it with understudy run {saved.path}"
            if saved.left_out:
                yield f"A scenario cannot say, so it leaves out: {'; '.join(saved.left_out)}."
        else:
            save_persona(path, life)
            yield f"The person as a persona: {path}. Meet them again with understudy chat {path}"

    def dismiss(self) -> None:
        """Lets go of everybody who was met."""
        while self._met:
            meeting = self._met.pop()
            meeting.interview.close()
            meeting.life.close()
            if meeting.autosave is not None:
                meeting.autosave.__exit__()

    def close(self) -> None:
        """Lets go of everybody, and of the settings."""
        self.dismiss()
        if self.talk is not None:
            self.talk.close()
        for setting in self._settings:
            setting.close()


def _first(setting: Setting) -> str:
    """The recommender whose page is shown first: that of the scenario's first arm, by its own name if it needs no
    parameters."""
    name = setting.recommenders.default
    plain = {arm.name: arm.recommender for arm in setting.plan.arms if not arm.params}
    return plain.get(name, name) if plain.get(name, name) in setting.recommenders.names else name


def _who(persona: Persona) -> str:
    identity = persona.identity
    facts = [str(fact) for fact in (identity.age, identity.occupation, identity.place) if fact is not None]
    return ", ".join([persona.name, *facts])
