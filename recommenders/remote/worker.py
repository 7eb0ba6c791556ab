"""The program that another interpreter runs, by path, to hold one recommender: `python worker.py`, over its own stdio.

That interpreter has libraries of its own, and this house's are not among them; so only two packages of the house are
made importable there, by name, and nothing that lies beside them. What a plug-in prints goes to standard error.
"""

import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location

OLDEST = (3, 11)
_HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_OURS = ("recommenders", "simulator")


class _House:
    """Finds the packages of the house, whatever else has their names."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        if name not in _OURS:
            return None
        folder = os.path.join(_HOUSE, name)
        return spec_from_file_location(name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])


def _share_the_name() -> None:
    """Microsoft's library is called `recommenders` too: its modules are found after the house's own."""
    import recommenders

    for entry in sys.path:
        theirs = os.path.join(entry, "recommenders")
        if os.path.isdir(theirs) and not os.path.samefile(theirs, os.path.join(_HOUSE, "recommenders")):
            recommenders.__path__.append(theirs)


def main() -> None:
    """Take standard input and output for the channel, and serve it."""
    if sys.version_info < OLDEST:
        sys.exit(f"this interpreter is Python {sys.version.split()[0]}; Understudy's plug-ins need 3.11 or later")
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    sys.meta_path.insert(0, _House)
    try:
        from recommenders.remote.serving import serve
    except ModuleNotFoundError as error:
        sys.exit(f"this interpreter has no {error.name}; install numpy and scipy there")
    _share_the_name()
    serve(incoming, outgoing)


if __name__ == "__main__":
    main()
