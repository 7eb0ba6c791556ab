"""Small datasets in the official layouts, and the real ones where this machine has them."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from simulator.records import Catalog, InteractionLog, Item

Write = Callable[[Mapping[str, str | bytes]], Path]

ML_1M = {
    "movies.dat": "1::Toy Story (1995)::Animation|Children's|Comedy\n2::Matrix, The (1999)::Action|Sci-Fi\n"
    "10::Misérables, Les (1995)::Drama|Musical\n".encode("latin-1"),
    "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n3::M::25::15::55117\n",
    "ratings.dat": "2::10::3::978300019\n1::10::5::978300760\n1::2::3::978302109\n1::1::4::978301968\n2::1::5::0\n",
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files into a fresh folder and returns it."""

    def _write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return _write


@pytest.fixture
def ml_1m_files() -> dict[str, str | bytes]:
    return dict(ML_1M)


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[str, Mapping[str, str | bytes]], Path]:
    """Writes a zip of the given members and returns its path."""

    def _zipped(name: str, members: Mapping[str, str | bytes]) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return tmp_path / name

    return _zipped


@pytest.fixture(scope="session")
def make_log() -> Callable[..., InteractionLog]:
    """A log of (user, item) pairs of ids, with times if given; everything is chosen unless `clicked` says otherwise."""

    def _make_log(
        pairs: list[tuple[str, str]],
        times: list[int] | None = None,
        clicked: list[bool] | None = None,
        ratings: list[float] | None = None,
    ) -> InteractionLog:
        users = sorted({user for user, _ in pairs})
        items = sorted({item for _, item in pairs})
        n = len(pairs)
        return InteractionLog(
            catalog=Catalog(tuple(Item(item_id=item) for item in items)),
            user_ids=np.array(users, dtype=np.str_),
            user=np.array([users.index(user) for user, _ in pairs], dtype=np.int32),
            item=np.array([items.index(item) for _, item in pairs], dtype=np.int32),
            rating=np.array(ratings if ratings is not None else [np.nan] * n, dtype=np.float32),
            clicked=np.array(clicked if clicked is not None else [True] * n, dtype=np.bool_),
            time=np.array(times if times is not None else [0] * n, dtype=np.int64),
            dwell_s=np.full(n, np.nan, dtype=np.float32),
            position=np.full(n, -1, dtype=np.int32),
        )

    return _make_log


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real datasets; skips where there is none."""
    named = os.environ.get("UNDERSTUDY_DATA_DIR")
    folder = Path(named) if named else Path(__file__).resolve().parents[3].parent / "shared" / "data"
    if not (folder / "ml-1m").is_dir():
        pytest.skip(f"no MovieLens 1M in {folder}: set UNDERSTUDY_DATA_DIR to check against the real data")
    return folder


@pytest.fixture
def no_data_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor the user's cache holds a dataset."""
    monkeypatch.delenv("UNDERSTUDY_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty cache"))
