"""The people of a run: who they are, as arrays. What changes while they live is in `simulator.state`.

A population comes from the people of a log (`from_log`), from personas (`from_personas`), or from both side by side. A
trait is estimated or stated where that is possible, else drawn from a stated distribution, keyed by seed and person, so
that nobody's traits depend on who else is there.
"""

from simulator.population.course import Course
from simulator.population.from_log import copies, from_log
from simulator.population.from_personas import from_personas
from simulator.population.people import Later, Person, Population, joined

__all__ = ["Course", "Later", "Person", "Population", "copies", "from_log", "from_personas", "joined"]
