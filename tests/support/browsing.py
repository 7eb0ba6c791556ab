"""A browser that is driven: Chromium without a window, which notes every fault and every request that leaves the
machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def chromium() -> str:
    """Where the browser is; skips the test where there is none."""
    found = os.environ.get("UNDERSTUDY_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine; UNDERSTUDY_CHROMIUM may name one")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """The browser, as Playwright drives it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium(), args=list(_ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


class Watched:
    """A page in a context of its own. `faults`: what its console called an error, scripts that failed, requests off
    the machine."""

    def __init__(self, started: Any, **context: Any) -> None:
        self.context = started.new_context(**({"viewport": {"width": 1280, "height": 900}} | context))
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).hostname not in _LOOPBACK:
            self.faults.append(f"asked for {request.url}")

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *failed: object) -> None:
        self.context.close()
