"""Where a service is, and the token that it asks for. Neither holds anything that a run may not keep and show."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from simulator.records import UserInputError


@dataclass(frozen=True, slots=True)
class Address:
    """A service's base URL, without a slash at its end. The token shows in no repr."""

    url: str
    loopback: bool
    token: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What opens the door."""
        return {} if self.token is None else {"authorization": f"Bearer {self.token}"}


def address_of(url: str, token_env: str | None = None) -> Address:
    """The address that a scenario names. Raises UserInputError where it is none, where it holds credentials, and where
    a token is missing or would travel readable."""
    bare = url.strip().rstrip("/")
    try:
        parts = urlsplit(bare)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(letter.isspace() for letter in bare):
        shown = bare.rpartition("@")[2][:80]
        raise UserInputError(f"{shown!r} is no address of a service; give it whole, such as http://127.0.0.1:8000")
    if "@" in parts.netloc or parts.query or parts.fragment:
        host = parts.netloc.rpartition("@")[2]
        raise UserInputError(
            f"the address {parts.scheme}://{host}{parts.path} comes with a user, a password or a query, which a run "
            "would keep and show. Give the bare address, and the name of the environment variable that holds a token "
            "as params.token_env"
        )
    loopback = _is_loopback(parts.hostname or "")
    return Address(bare, loopback, None if token_env is None else _token(token_env, bare, loopback))


def _token(name: str, url: str, loopback: bool) -> str:
    token = os.environ.get(name, "").strip() if isinstance(name, str) else ""
    if not token:
        raise UserInputError(f"token_env: the environment variable {name!r} is not set, or empty; put the token there")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise UserInputError(
            f"token_env: what {name} holds is no token (a line break, a space, or a letter outside ASCII); set it again"
        )
    if url.startswith("http://") and not loopback:
        raise UserInputError(f"token_env: over {url} anybody on the way could read the token; use https")
    return token


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
