"""The viewer's server: a socket of the loopback, one process, until somebody stops it."""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from simulator.records import UserInputError
from simulator.viewer.shelf import Shelf

HOST = "127.0.0.1"
"""Nobody but this machine reaches it."""
PORT = 8617
"""Tried first, so that a link holds when the viewer is started again. No registered service has it."""
WORK = "viewer's work"
"""Name of the threads that read runs; they are told to stop with the server."""
_GRACE_S = 2
"""Seconds that answers may still take once the server is told to stop."""


def listen(port: int | None = None) -> socket.socket:
    """A socket of the loopback. None: `PORT`, or any that is free if it is taken; 0: any that is free.

    Raises:
        UserInputError: the port is taken, or may not be used.
    """
    try:
        return _bound(PORT if port is None else port)
    except OSError as error:
        if port is None:
            return _bound(0)
        why = {
            errno.EADDRINUSE: "the port is taken; perhaps another viewer runs",
            errno.EACCES: "ports below 1024 are the system's",
        }.get(error.errno or 0, error.strerror or "it cannot be used")
        raise UserInputError(f"--port {port}: {why}. Give another one, or 0 for any that is free") from None


def serve(shelf: Shelf, sock: socket.socket, *, ready: Callable[[], None] = lambda: None) -> None:
    """Answers until it is interrupted, and then returns. `ready` is called once, when the first page can be asked
    for."""
    import uvicorn

    from simulator.viewer.app import make_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # an answer that is broken off is no news
            answered = threading.Event()
            breaking = threading.Thread(target=_break_off, args=(answered,))
            breaking.start()
            await super().shutdown(sockets)
            answered.set()
            breaking.join()

    config = uvicorn.Config(
        make_app(shelf, port=sock.getsockname()[1]),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
    )
    with sock, suppress(KeyboardInterrupt):  # uvicorn passes Ctrl-C on when it has closed
        Server(config).run(sockets=[sock])


def _break_off(answered: threading.Event) -> None:
    """Ends what is still being read: a process cannot end in the midst of DuckDB's work."""
    from simulator.evaluation.reading.database import interrupt

    end = time.monotonic() + 2 * _GRACE_S
    while time.monotonic() < end:
        interrupt()
        if answered.wait(0.02) and not any(thread.name == WORK for thread in threading.enumerate()):
            return


def address_of(sock: socket.socket) -> str:
    """`http://127.0.0.1:8617/`."""
    host, port = sock.getsockname()[:2]
    return f"http://{host}:{port}/"


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
        sock.listen(128)
    except BaseException:
        sock.close()
        raise
    return sock
