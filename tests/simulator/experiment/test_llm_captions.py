"""Pictures of a catalogue are put into words once a run, before anybody sees a page."""

from __future__ import annotations

import json
from typing import Any

from llm_runs import MODEL, Workshop, ledger
from openai_server import OpenAIServer

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf50"
    "0f0003860180 5a347d6b0000000049454e44ae426082".replace(" ", "")
)


def written(workshop: Workshop) -> dict[str, Any]:
    """A scenario of forty people and thirty items, twenty of them with a picture beside the table."""
    rows = ["id,title,picture"]
    for item in range(30):
        (workshop.root / f"{item}.png").write_bytes(PNG)
        rows.append(f"i{item},Kettle {item},{f'{item}.png' if item < 20 else ''}")
    (workshop.root / "items.csv").write_text("\n".join(rows), encoding="utf-8")
    chosen = [f"u{user},i{(user * 7 + 3 * nth) % 30},1" for user in range(40) for nth in range(10)]
    (workshop.root / "log.csv").write_text("\n".join(["user,item,click", *chosen]), encoding="utf-8")
    return {
        "dataset": {
            "source": "table",
            "path": str(workshop.root / "log.csv"),
            "columns": {"user": "user", "item": "item", "click": "click"},
            "items": {
                "path": str(workshop.root / "items.csv"),
                "columns": {"id": "id", "title": "title", "image": "picture"},
            },
        },
        "population": {"size": 5},
        "world": {"turns": 2, "slate_size": 5},
        "mind": "llm",
        "perception": {"images": "caption"},
        "arms": {"plain": "popular"},
        "evaluation": {"minds": "single"},
    }


def test_each_picture_is_sent_once_and_its_words_stand_on_the_page(workshop: Workshop, server: OpenAIServer) -> None:
    llm = {"model": MODEL, "base_url": server.base_url, "structured": "json_schema"}
    outcome = workshop.run(written(workshop) | {"llm": llm})
    assert outcome.status == 0, outcome.message
    kinds = [line["kind"] for line in ledger(outcome.folder) if line["kind"] != "session"]
    assert kinds.count("caption") == 20
    kept = json.loads((outcome.folder / "llm" / "captions.json").read_text(encoding="utf-8"))
    assert len(kept["by_id"]) == 20 and not kept["failed"]
    sent = [json.dumps(chat.body, ensure_ascii=False) for chat in server.chats]
    pictures = [body for body in sent if "data:image/png;base64," in body]
    pages = [body for body in sent if "Visit 1, page 1" in body]
    assert len(pictures) == 20 and pages
    assert any(f"picture: {next(iter(kept['by_id'].values()))}" in body for body in pages)
