"""The command as a process: from its first moment to its last, Ctrl-C and SIGTERM end it with status 130 and without a
traceback. What is imported here is little, so that hardly anything comes before."""

from __future__ import annotations

import sys

from simulator.cli import leaving


def main() -> int:
    """Runs the command of this process and returns its exit status."""
    status = 130
    try:
        leaving.own_process()
        from simulator.cli.main import main as command

        status = command()
    except KeyboardInterrupt:
        leaving.last_word(status)
        print("Interrupted.", file=sys.stderr)
    leaving.last_word(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
