"""Where a model is asked: the address, and the key that opens it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from simulator.llm.port import EndpointError
from simulator.llm.settings import LLMSettings
from simulator.records import UserInputError

OPENAI = "https://api.openai.com/v1"
NO_KEY = "none"
"""What stands in the header for servers that ask for no key: the client library insists on some."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and its key. The key shows in no repr."""

    base_url: str
    key: str = field(repr=False)
    key_env: str

    @property
    def openai(self) -> bool:
        """Whether this is OpenAI's own."""
        return urlsplit(self.base_url).hostname == "api.openai.com"

    @property
    def name(self) -> str:
        """The address for messages and files: without the password or query that it may carry."""
        return shown(self.base_url)


def shown(base_url: str) -> str:
    """An address without user, password, query and fragment."""
    parts = urlsplit(base_url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def base_url_of(settings: LLMSettings) -> str:
    """The address that the settings mean, without a slash at its end. Raises UserInputError if it is none."""
    given = settings.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
    url = given.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        field_name = "llm.base_url" if settings.base_url else "OPENAI_BASE_URL"
        raise UserInputError(
            f"{field_name}: {shown_or_raw(url)!r} is no address; give it whole, such as http://localhost:8000/v1"
        )
    return url


def shown_or_raw(url: str) -> str:
    """What may be repeated of an address that does not parse: at most 80 characters, nothing before an @."""
    return url.rpartition("@")[2][:80]


def endpoint_of(settings: LLMSettings) -> Endpoint:
    """Address and key by the settings and the environment.

    Raises EndpointError where a key is missing or cannot be one, and UserInputError for a wrong address.
    """
    base_url = base_url_of(settings)
    key = os.environ.get(settings.api_key_env, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise EndpointError(
            f"the key in {settings.api_key_env} holds characters that no key has (a line break, a space, or a letter "
            f"outside ASCII); set it again"
        )
    endpoint = Endpoint(base_url=base_url, key=key or NO_KEY, key_env=settings.api_key_env)
    if endpoint.openai and not key:
        raise EndpointError(
            f"{endpoint.name} needs a key: set {settings.api_key_env}, or point llm.base_url at a server of your own "
            f"(http://localhost:11434/v1 for Ollama), or use llm.model=scripted, which asks nobody"
        )
    return endpoint
