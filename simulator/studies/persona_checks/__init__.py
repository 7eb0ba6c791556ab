"""Are these the people that their files say they are? `check` lets them live, and looks.

files          how much of them is known, and from where
round_trip     people with known traits live, what they did is read as a log, and the traits are inferred again
consistency    each lives twice: are they themselves, and not each other?
heterogeneity  are they as unlike each other as real people are?
stereotypes    gender or origin is swapped, everything else equal: what moves?
privacy        does a persona that was inferred from people give one of them away?
"""

from simulator.studies.persona_checks.checking import SECTIONS, check

__all__ = ["SECTIONS", "check"]
