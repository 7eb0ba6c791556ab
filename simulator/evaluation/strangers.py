"""What people without a history mean for the numbers of a run."""

from __future__ import annotations

from simulator.evaluation.run_data import RunData


def stranger_notes(data: RunData) -> list[str]:
    """Sentences for readers; none where everybody is in the log."""
    if not data.strangers:
        return []
    out = [
        f"{data.strangers:,} people are in no log: their tastes are what their personas say, put into imagined "
        "choices, and nothing that they chose was held out; slate calibration rests on the others."
    ]
    if (lived := data.warmup) is None:
        out.append("They met every arm as strangers: there was no warm-up.")
        return out
    explore = "" if not lived["explore"] else f" with {str(lived['explore']['kind']).replace('_', ' ')}"
    out.append(
        f"They first lived {lived['sessions']} sessions each in front of {lived['policy']}{explore}; their "
        f"{lived['choices']:,} choices there are part of every arm's fit and of no metric."
    )
    return out
