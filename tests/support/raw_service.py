"""A recommender service on a real socket of this machine that answers exactly as a test says, byte for byte."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

Answer = bytes | Iterable[bytes]
"""What goes over the wire; pieces go one by one. Nothing, and the connection is closed."""

ABOUT = {"protocol": 1, "name": "made", "version": "3", "capabilities": {"fits": True}}


def ok(value: Any, **headers: str) -> bytes:
    """A good answer in JSON."""
    return said(200, json.dumps(value), **headers)


def said(status: int, body: str | bytes = "", kind: str = "application/json", **headers: str) -> bytes:
    """An HTTP answer; underscores in the names of headers stand for hyphens."""
    content = body.encode() if isinstance(body, str) else body
    lines = {"content-type": kind, "content-length": str(len(content))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"HTTP/1.1 {status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{head}\r\n".encode() + content


class RawService:
    """`answers[path]` says what a route answers: bytes, or a function of the body. A context manager.

    `asked` keeps (path, headers, body) of every request.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = {"about": ok(ABOUT), "fit": ok({}), "observe": ok({}), **answers}
        self.asked: list[tuple[str, str, Any]] = []
        self.closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []

    def bodies(self, path: str) -> list[Any]:
        """What was sent to a route, one after the other."""
        return [body for route, _, body in self.asked if route == path]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # ends the accept that is waiting
        self._socket.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as incoming:
                while self._one(connection, incoming):
                    pass
        except OSError:
            pass

    def _one(self, connection: socket.socket, incoming: Any) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = incoming.readline()
            if not line:
                return False
            head += line
        text = head.decode()
        length = next((int(x.split(":")[1]) for x in text.splitlines() if x.lower().startswith("content-length")), 0)
        received = incoming.read(length)
        path = text.split(" ")[1].strip("/") or "about"
        lines = [json.loads(line) for line in received.splitlines()] if received else []
        body = lines if path == "fit" else lines[0] if lines else None
        self.asked.append((path, text, body))
        answer: Callable[[Any], Answer] | Answer = self.answers.get(path, said(404, '{"error": "no such route"}'))
        sent = answer(body) if callable(answer) else answer
        if not sent:
            return False
        for piece in [sent] if isinstance(sent, bytes) else sent:
            connection.sendall(piece)
        return True


def slates(body: Any) -> bytes:
    """A good answer to a batch of the tests' world: its first items that are not excluded."""
    ids = [f"i{n}" for n in range(40)]
    return ok(
        {
            "slates": [
                {"item_ids": [i for i in ids if i not in request["exclude"]][: body["k"]]}
                for request in body["requests"]
            ]
        }
    )
