"""Pictures of items as a model takes them: http(s) and data URLs as they are, files as data URLs."""

from __future__ import annotations

import base64
from pathlib import Path

LARGEST = 8_000_000
"""Most bytes of a file: a data URL is a third longer, and endpoints take some 20 MB a request."""
_KINDS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))


class UnreadableImageError(ValueError):
    """A file is no picture that can be sent. The message is the reason."""


def image_url(image: str, folder: Path) -> str:
    """The URL of an item's picture. A file must lie in `folder` or below: what a catalogue names is sent away, and a
    catalogue is somebody's data. Raises UnreadableImageError."""
    if image.startswith(("http://", "https://", "data:image/")):
        return image
    try:
        path = (folder / image).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise UnreadableImageError("outside the catalogue's folder")
        if path.stat().st_size > LARGEST:
            raise UnreadableImageError(f"larger than {LARGEST:,} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(error.strerror or "cannot be read") from None
    except ValueError as error:
        if isinstance(error, UnreadableImageError):
            raise
        raise UnreadableImageError("no name of a file") from None  # such as one with a null byte
    kind = next((name for magic, name in _KINDS if content.startswith(magic)), None)
    if kind is None and content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "webp"
    if kind is None:
        raise UnreadableImageError("not a PNG, JPEG, GIF or WebP file")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
