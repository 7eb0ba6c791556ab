"""Messages between two processes: a header in JSON, then arrays as they lie in memory. Nothing is pickled.

A frame is the length of the header (8 bytes, little-endian), the header, and the bytes of each array that the header
announces under `arrays`: [name, dtype, shape].
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_LENGTH = struct.Struct("<Q")
_KINDS = frozenset("biufU")
"""Kinds of array that may be sent: numbers, truth values, text."""
_LONGEST_HEADER = 1 << 32


class BrokenFrameError(Exception):
    """What arrived is no frame: somebody else wrote into the channel."""


def send(stream: BinaryIO, header: Mapping[str, Any], arrays: Mapping[str, Array] | None = None) -> None:
    """Write one frame. Raises OSError if nobody reads."""
    given = arrays or {}
    described = [[name, array.dtype.str, list(array.shape)] for name, array in given.items()]
    head = json.dumps({**header, "arrays": described}).encode()
    stream.write(_LENGTH.pack(len(head)))
    stream.write(head)
    for array in given.values():
        stream.write(array.tobytes())
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read one frame: the header, and the arrays by name. Raises EOFError at the end, and BrokenFrameError."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > _LONGEST_HEADER:
        raise BrokenFrameError(f"a header of {length:,} bytes")
    try:
        header = json.loads(bytes(_exactly(stream, length)))
        described = header.pop("arrays")
    except (ValueError, KeyError, AttributeError) as error:
        raise BrokenFrameError(f"the header is not what it should be ({error})") from None
    arrays = {}
    for name, code, shape in described:
        dtype = np.dtype(code)
        if dtype.kind not in _KINDS:
            raise BrokenFrameError(f"an array of kind {dtype.kind!r}")
        data = _exactly(stream, dtype.itemsize * math.prod(shape))
        arrays[name] = np.frombuffer(data, dtype=dtype).reshape(shape)
    return header, arrays


def _exactly(stream: BinaryIO, size: int) -> bytearray:
    data = bytearray(size)
    view, filled = memoryview(data), 0
    while filled < size:
        got = stream.readinto(view[filled:])  # type: ignore[attr-defined]
        if not got:
            raise EOFError("the channel was closed")
        filled += got
    return data
