"""Who may ask the viewer, and what its answers allow a browser to do.

A page of a run is private, and every page of the web can make a browser ask for `http://127.0.0.1`. So only requests
are answered that name this server by a loopback name and its own port (a foreign name that was made to point here is
refused: DNS rebinding), that read, and that no other site's page made, but for a person who follows a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
METHODS = ("GET", "HEAD")
MAX_ADDRESS = 8_192
"""Longest path and query, bytes."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "private, no-cache",
}
"""On every answer."""


class Guard:
    """Refuses what has no business here, and puts `HEADERS` on every answer. Outermost of the ASGI layers."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in LOOPBACK} | (set(LOOPBACK) if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name.decode("latin-1") not in HEADERS]
                mine = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*kept, *mine]}
            await send(message)

        status, reason = self._refused(scope)
        if status:
            await _answer(status, reason, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _refused(self, scope: Mapping[str, Any]) -> tuple[int, str]:
        """Status and reason; 0 for a request that is answered."""
        if scope["method"] not in METHODS:
            return 405, "The viewer only reads: GET and HEAD."
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > MAX_ADDRESS:
            return 414, "The address is too long."
        hosts = _all(scope["headers"], "host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "The viewer answers on this machine alone, under 127.0.0.1 or localhost and its own port."
        if any(origin not in self._origins for origin in _all(scope["headers"], "origin")):
            return 403, "Another site's page asked for this."
        sites = set(_all(scope["headers"], "sec-fetch-site")) - {"same-origin", "none"}
        if sites and not _is_a_link(scope["headers"]):
            return 403, "Another site's page asked for this."
        return 0, ""


def _is_a_link(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a person followed a link, so that a page in the browser's own window comes of it, which no site sees."""
    mode, dest = _all(headers, "sec-fetch-mode"), _all(headers, "sec-fetch-dest")
    return mode == ["navigate"] and dest == ["document"]


def _all(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key == name.encode()]


async def _answer(status: int, reason: str, send: Send) -> None:
    body = (reason + "\n").encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if status == 405:
        headers.append((b"allow", ", ".join(METHODS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
