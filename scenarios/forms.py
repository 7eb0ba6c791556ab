"""The forms that scenario sections share: plug-in addresses, and kinds still to come."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLUG_IN = re.compile(r"(?P<where>[^\n]*[^\s:]):(?P<name>[^\W\d]\w*)")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def plug_in_file(spec: str) -> str | None:
    """The file part of a `path.py:Class`, or None if the text is a name or a `module:Class`."""
    found = _PLUG_IN.fullmatch(spec)
    return found["where"] if found and found["where"].endswith(".py") else None


def is_plug_in(spec: str) -> bool:
    """Whether a text is written as `path.py:Class` or `module:Class`; whether that exists is another matter."""
    found = _PLUG_IN.fullmatch(spec)
    return bool(found and (found["where"].endswith(".py") or _MODULE.fullmatch(found["where"])))


def is_url(spec: str) -> bool:
    """Whether a text is the address of a service; whether anybody answers there is another matter."""
    return spec.startswith(("http://", "https://"))


def name_or_plug_in(spec: str) -> str:
    """Accepts a name, the address of a plug-in, or the URL of a service, and returns it."""
    if is_url(spec):
        return _plain_url(spec)
    if _NAME.fullmatch(spec) or is_plug_in(spec):
        return spec
    raise PydanticCustomError(
        "plug_in",
        "is neither the name of a recommender, nor a plug-in written module:Class or path.py:Class, nor an http(s) URL",
    )


def _plain_url(url: str) -> str:
    """A scenario is kept with its run and shown in reports, so an address must hold nothing that opens a door."""
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(letter.isspace() for letter in url):
        raise PydanticCustomError("url", "is no address of a service; give it whole, such as http://127.0.0.1:8000")
    if "@" in parts.netloc or parts.query or parts.fragment:
        told = "holds a user, a password or a query, which the run would keep and show. Give the bare address, and the "
        raise PydanticCustomError("url", told + "name of the environment variable with a token as params.token_env")
    return url


def one_of(*available: str, later: tuple[str, ...], what: str, plug_ins: bool = False) -> BeforeValidator:
    """Accepts the available kinds; says of a kind that is planned what can be had instead."""
    choice = ", ".join(available) + (", or your own as module:Class or path.py:Class" if plug_ins else "")

    def check(value: Any) -> Any:
        if not isinstance(value, str) or value in available or (plug_ins and is_plug_in(value)):
            return value
        if value in later:
            told = "{kind} is not available in this version. Available {what}: {choice}"
            raise PydanticCustomError("not_yet", told, {"kind": value, "what": what, "choice": choice})
        told = "{kind} is unknown. Available {what}: {choice}"
        context = {"kind": repr(value[:60]), "what": what, "choice": choice, "names": list(available)}
        raise PydanticCustomError("unknown_kind", told, context)

    return BeforeValidator(check)
