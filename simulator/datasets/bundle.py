"""The files of a dataset, read alike from a folder, from a zip, plain or gzipped, with a fingerprint of what was read.

Nothing is ever unpacked onto the disk: members of a zip are read by name, so no path in it can lead anywhere.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from simulator.records import UserInputError

LARGEST_FILE = 8 * 1024**3
"""Bytes that one file may have unpacked; far above any dataset that fits the memory, far below a zip bomb."""


@dataclass(eq=False)
class Bundle:
    """The files of one dataset under `place`, a folder or a zip."""

    place: Path
    _members: dict[str, str] = field(default_factory=dict, init=False)
    _digests: dict[str, str] = field(default_factory=dict, init=False)
    _is_zip: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.place.is_dir():
            self._members = {path.name: path.name for path in sorted(self.place.iterdir()) if path.is_file()}
        elif self.place.is_file():
            self._is_zip = True
            self._members = _members_of(self.place)
        else:
            raise UserInputError(f"{self.place}: there is no such folder or zip file. Check the path")

    def __contains__(self, name: str) -> bool:
        return name in self._members or f"{name}.gz" in self._members

    def label(self, name: str) -> str:
        """How messages call a file: its path, or ``archive.zip/file``."""
        return str(self.place / name)

    def read(self, name: str) -> bytes:
        """The bytes of a file, unpacked if only its gzipped form is there. Raises `UserInputError`."""
        stored = name if name in self._members else f"{name}.gz"
        if stored not in self._members:
            raise UserInputError(f"{self.place} has no {name}. Is it the official, complete dataset?")
        if self._is_zip:
            content = _read_member(self.place, self._members[stored])
            content = unpack_gzip(content, self.label(stored)) if stored.endswith(".gz") else content
        else:
            content = read_file(self.place / stored)
        self._digests[name] = hashlib.sha256(content).hexdigest()
        return content

    def fingerprint(self) -> str:
        """SHA-256 over the names and contents of the files read so far."""
        whole = "".join(f"{name}\n{digest}\n" for name, digest in sorted(self._digests.items()))
        return hashlib.sha256(whole.encode()).hexdigest()


def read_file(path: Path) -> bytes:
    """The bytes of a file, unpacked if its name ends in ``.gz``. Raises `UserInputError` if it cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserInputError(f"{path}: there is no such file. Check the path") from None
    except OSError as error:
        raise UserInputError(f"{path}: cannot be read ({error.strerror or error})") from None
    return unpack_gzip(content, str(path)) if path.suffix == ".gz" else content


def unpack_gzip(content: bytes, label: str) -> bytes:
    """Raises `UserInputError` if `content` is no whole gzip file."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            unpacked = stream.read(LARGEST_FILE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UserInputError(f"{label}: is not a whole gzip file ({error}). Fetch it again") from None
    if len(unpacked) > LARGEST_FILE:
        raise UserInputError(f"{label}: unpacks to more than {LARGEST_FILE >> 30} GiB. Is it the right file?")
    return unpacked


def _members_of(archive: Path) -> dict[str, str]:
    """Members by base name; the shallowest wins, so that copies in subfolders (or ``__MACOSX``) do not."""
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = opened.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserInputError(
            f"{archive}: is not a whole zip file ({error}). Delete it and fetch it again with: understudy data get"
        ) from None
    members: dict[str, str] = {}
    for info in sorted(infos, key=lambda info: (len(PurePosixPath(info.filename).parts), info.filename)):
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if not info.is_dir() and ".." not in parts and not info.filename.startswith(("/", "__MACOSX")):
            members.setdefault(parts[-1], info.filename)
    return members


def _read_member(archive: Path, member: str) -> bytes:
    try:
        with zipfile.ZipFile(archive) as opened:
            if opened.getinfo(member).file_size > LARGEST_FILE:
                raise UserInputError(f"{archive}/{member}: unpacks to more than {LARGEST_FILE >> 30} GiB")
            return opened.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise UserInputError(
            f"{archive}: {member} in it cannot be unpacked ({error}). Delete the zip and fetch it again"
        ) from None
