"""Pictures in words: asked once, checked against the facts, and missing where that fails."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from language_pages import Change, Stub, films

from simulator.llm.port import Call, CallError, FailureKind
from simulator.llm.settings import LLMSettings
from simulator.minds.language.captions import CONTRADICTS, UNREADABLE, Captioner, Captions
from simulator.records import Catalog, UserInputError

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def pictured(folder: Path, n: int = 3) -> Catalog:
    items = []
    for nth, item in enumerate(films()):
        if nth < n:
            (folder / f"{nth}.png").write_bytes(PNG)
            item = replace(item, image=f"{nth}.png")
        items.append(item)
    return Catalog(tuple(items))


def captioned(catalog: Catalog, folder: Path, change: Change | None = None) -> tuple[Captions, Stub]:
    model = Stub(change)
    captioner = Captioner(catalog, LLMSettings(model="scripted", concurrency=2), folder=folder)
    return asyncio.run(captioner.captions(model)), model


def saying(caption: str, contradicts: bool = False, titles: tuple[str, ...] = ()) -> Change:
    return lambda call, value: {"caption": caption, "contradicts": contradicts, "titles": list(titles)}


def test_each_picture_is_described_once_and_the_catalogue_keeps_its_rows(tmp_path: Path) -> None:
    catalog = pictured(tmp_path)
    captions, model = captioned(catalog, tmp_path, saying("a man at a desk"))
    after = captions.applied(catalog)
    assert [item.image_caption for item in after][:4] == ["a man at a desk"] * 3 + [""]
    assert after.item_ids.tolist() == catalog.item_ids.tolist() and captions.asked == 3 and not captions.failed
    (url,) = model.calls[0].messages[1].images
    assert url.startswith("data:image/png;base64,") and model.calls[0].kind == "caption"
    assert "The Salt Ledger of Ninety (1991) Drama" in model.calls[0].messages[1].content
    assert not captioned(after, tmp_path)[1].calls, "what has a caption is not asked about again"


def test_urls_are_sent_as_they_are(tmp_path: Path) -> None:
    catalog = Catalog((replace(films()[0], image="https://example.org/a.jpg"),))
    assert captioned(catalog, tmp_path)[1].calls[0].messages[1].images == ("https://example.org/a.jpg",)


@pytest.mark.parametrize(
    ("caption", "kept"),
    [
        ("a man at a desk", "a man at a desk"),
        ("a man at a desk, as in Penny Novel", "a man at a desk"),
        ("a Horror scene; rain", "rain"),
        ("a Drama about salesmen", "a Drama about salesmen"),
        ("clerks of The Salt Ledger of Ninety, arguing", "clerks of The Salt Ledger of Ninety, arguing"),
        ("the heat of a summer day", "the heat of a summer day"),
    ],
)
def test_claims_that_name_other_titles_or_categories_are_dropped(tmp_path: Path, caption: str, kept: str) -> None:
    catalog = pictured(tmp_path, 1)
    captions, _ = captioned(catalog, tmp_path, saying(caption))
    assert captions.by_id == {"m0": kept} and captions.trimmed == (caption != kept)


@pytest.mark.parametrize(
    "change",
    [saying("x", contradicts=True), saying("x", titles=("Tangier Road",)), saying("Penny Novel"), saying(" \u202e ")],
)
def test_pictures_of_something_else_give_no_caption(tmp_path: Path, change: Change) -> None:
    captions, _ = captioned(pictured(tmp_path, 1), tmp_path, change)
    assert not captions.by_id and captions.failed == {CONTRADICTS: 1}


def test_failures_leave_items_without_a_caption_and_are_counted(tmp_path: Path) -> None:
    catalog = pictured(tmp_path)
    (tmp_path / "1.png").write_bytes(b"no picture")

    def refuse(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        if "Salt Ledger" in call.messages[1].content:
            raise CallError(FailureKind.REFUSED, "no")
        return {"caption": "a helmet", "contradicts": False, "titles": []}

    captions, _ = captioned(catalog, tmp_path, refuse)
    assert captions.by_id == {"m2": "a helmet"} and captions.failed == {"refused": 1, UNREADABLE: 1}


def test_captions_are_read_back_as_they_were_written_and_nothing_else_is(tmp_path: Path) -> None:
    captions, _ = captioned(pictured(tmp_path), tmp_path, saying("é, “quoted”"))
    captions.save(tmp_path / "captions.json")
    assert Captions.load(tmp_path / "captions.json") == captions
    (tmp_path / "captions.json").write_text('{"format": "other"}')
    with pytest.raises(UserInputError, match=r"captions\.json.*Cure"):
        Captions.load(tmp_path / "captions.json")


def test_the_worst_case_has_one_call_a_picture_and_reads_none(tmp_path: Path) -> None:
    catalog = pictured(tmp_path)
    for path in tmp_path.glob("*.png"):
        path.unlink()
    assert len(Captioner(catalog, LLMSettings(), folder=tmp_path).worst()) == 3


def test_a_file_outside_the_catalogue_s_folder_is_never_sent(tmp_path: Path) -> None:
    inside = tmp_path / "pictures"
    inside.mkdir()
    (tmp_path / "private.png").write_bytes(PNG)
    (inside / "link.png").symlink_to(tmp_path / "private.png")
    named = ("../private.png", str(tmp_path / "private.png"), "link.png", "a\0b.png")
    catalog = Catalog(tuple(replace(item, image=image) for item, image in zip(films(), named, strict=False)))
    captions, model = captioned(catalog, inside)
    assert not model.calls
    assert dict(captions.failed) == {UNREADABLE: len(named)}
