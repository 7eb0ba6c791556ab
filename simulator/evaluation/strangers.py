"""What people without a history mean for the numbers of a run."""

from __future__ import annotations

from simulator.evaluation.run_data import RunData


def stranger_notes(data: RunData, n_people: int) -> list[str]:
    """Sentences for readers of a run of so many people; none where everybody is in the log."""
    if not data.strangers:
        return []
    rest = "." if data.strangers >= n_people else "; slate calibration rests on the others."
    out = [
        f"{data.strangers:,} people are in no log: their tastes are what their personas say, put into imagined "
        f"choices, and nothing that they chose was held out{rest}"
    ]
    if (lived := data.warmup) is None:
        out.append("They met every arm as strangers: there was no warm-up.")
        return out
    explore = "" if not lived["explore"] else f" with {str(lived['explore']['kind']).replace('_', ' ')}"
    visits = f"{lived['sessions']} session{'s' if lived['sessions'] > 1 else ''}"
    did = f"their {lived['choices']:,} choices there are part of every arm's fit and of no metric"
    out.append(f"They first lived {visits} each in front of {lived['policy']}{explore}; {did}.")
    return out
