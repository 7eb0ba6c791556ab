"""Apps that end at the size that their terminal has, however fast it was dragged."""

from __future__ import annotations

import shutil
from typing import Generic, TypeVar

from textual.app import App
from textual.events import Event, Resize
from textual.geometry import Size

R = TypeVar("R")


class FittingApp(App[R], Generic[R]):
    """A Textual app that measures its terminal when a change of size is handled, and not only when it is signalled.

    Textual measures in the handler of SIGWINCH, and a signal that comes meanwhile is handled within: the newer size is
    posted first, the older last, and the app stays at a size that is no more.
    """

    async def on_event(self, event: Event) -> None:
        # Terminals that report their size in the stream of keys (mode 2048, with smooth scrolling) do so in order.
        if isinstance(event, Resize) and not self.is_headless and not self.supports_smooth_scrolling:
            size = Size(*shutil.get_terminal_size())
            event = Resize(size, size)
        await super().on_event(event)
