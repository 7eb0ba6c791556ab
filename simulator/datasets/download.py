"""Fetching an official dataset from its publisher, whole and unaltered, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.datasets.locate import data_dirs, find_in
from simulator.datasets.sources import Source

BASE_URL_VARIABLE = "UNDERSTUDY_DATA_URL"
"""Another folder on the web to fetch the official zips from, such as a mirror; the checksums stay the publisher's."""
TIMEOUT_S = 30.0
"""Seconds without an answer or a byte after which a server is given up."""

Progress = Callable[[int, int], None]
"""Called with the bytes fetched so far and all that are to come (0 unknown)."""


class DownloadError(Exception):
    """A dataset could not be fetched. The message says why, and how to get it by hand."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where a dataset lies now, and whether it lay there before."""

    path: Path
    already_there: bool


def fetch(source: Source, data_dir: Path | None = None, progress: Progress | None = None) -> Fetched:
    """Bring a downloadable source into the first data folder, unless it is there already.

    The zip is written beside its place and moved there only when its checksum is right; it is never unpacked. Raises
    `DownloadError`, leaving what lay there untouched.
    """
    import pooch
    import requests

    folder = data_dirs(data_dir)[0]
    found = find_in(source, folder)
    if found is not None and found.is_dir():
        return Fetched(found, already_there=True)
    base = os.environ.get(BASE_URL_VARIABLE, "").strip()
    source = replace(source, base_url=base.rstrip("/") + "/") if base else source
    target = folder / source.archive
    if target.is_file() and pooch.hashes.hash_matches(str(target), source.checksum):
        return Fetched(target, already_there=True)
    pooch.get_logger().setLevel("WARNING")
    meter = False if progress is None else _Meter(progress)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            source.url,
            known_hash=source.checksum,
            fname=source.archive,
            path=folder,
            downloader=pooch.HTTPDownloader(progressbar=meter, timeout=TIMEOUT_S),
        )
    except requests.HTTPError as error:
        raise _failed(source, folder, f"the server answered: {error}") from None
    except requests.RequestException as error:
        raise _failed(source, folder, f"the connection failed or broke off ({type(error).__name__})") from None
    except ValueError:
        why = f"what came has not the official checksum ({source.checksum}), so it was thrown away"
        raise _failed(source, folder, why) from None
    except OSError as error:
        raise _failed(source, folder, f"it could not be written ({error.strerror or error})") from None
    return Fetched(target, already_there=False)


def _failed(source: Source, folder: Path, why: str) -> DownloadError:
    return DownloadError(
        f"{source.title} could not be fetched from {source.url}: {why}. Try again, or download it by hand and put "
        f"{source.archive} into {folder}"
    )


class _Meter:
    """A progress bar in the shape that pooch drives."""

    def __init__(self, progress: Progress) -> None:
        self.total = 0
        self._progress = progress
        self._done = 0

    def update(self, n_bytes: int) -> None:
        # pooch counts whole chunks, and once more the total at the end.
        self._done = min(self._done + n_bytes, self.total or self._done + n_bytes)
        self._progress(self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        self._progress(self.total, self.total)
