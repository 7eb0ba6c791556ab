"""Optional: a run against a real llama.cpp server, where `llama-cpp-python[server]` and `gguf` are installed.

The model is made here: two layers of random numbers over an alphabet of bytes. What it says means nothing, but it is
sampled under the grammar of the schema, so this shows that a real server and the client understand each other.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from small_runs import small

from scenarios.loader import check
from simulator.llm.ledger import read_totals
from simulator.studies import ab

needed = ("llama_cpp", "llama_cpp.server", "gguf", "uvicorn")
installed = find_spec("llama_cpp") is not None and all(find_spec(name) is not None for name in needed)
pytestmark = pytest.mark.skipif(
    not installed, reason="optional: needs llama-cpp-python[server] and gguf, which are not installed"
)
WIDTH, LAYERS, HEADS, ROOM = 64, 2, 4, 8192


def write_model(path: Path) -> None:
    """A llama of random weights whose tokens are bytes; only printable ASCII can be said (type 3: control)."""
    import gguf

    tokens = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256))]
    tokens += [bytes([byte]) for byte in range(32, 127)]
    printable = range(0x20, 0x7F)
    types = [2, 3, 3, *(6 if byte in printable else 3 for byte in range(256)), *([1] * 95)]
    luck = np.random.default_rng(5)

    def weights(*shape: int) -> np.ndarray:
        return (luck.standard_normal(shape) * 0.05).astype(np.float32)

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(ROOM)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_tensor("token_embd.weight", weights(len(tokens), WIDTH))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    writer.add_tensor("output.weight", weights(len(tokens), WIDTH))
    for layer in range(LAYERS):
        for name, shape in (
            ("attn_q", (WIDTH, WIDTH)),
            ("attn_k", (WIDTH, WIDTH)),
            ("attn_v", (WIDTH, WIDTH)),
            ("attn_output", (WIDTH, WIDTH)),
            ("ffn_gate", (2 * WIDTH, WIDTH)),
            ("ffn_up", (2 * WIDTH, WIDTH)),
            ("ffn_down", (WIDTH, 2 * WIDTH)),
        ):
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights(*shape))
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("llama")
    write_model(folder / "random.gguf")
    port = 8791
    options = ["--model", str(folder / "random.gguf"), "--port", str(port), "--n_ctx", str(ROOM), "--n_threads", "2"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "llama_cpp.server", *options], stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}/v1"
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{url}/models", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.5)
            yield url
        finally:
            server.terminate()
            server.wait(20)


@pytest.mark.parametrize("structured", ["auto", "function_calling"])
def test_a_real_llama_cpp_server_drives_a_whole_run(
    tmp_path: Path, base_url: str, monkeypatch: pytest.MonkeyPatch, structured: str
) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    with urllib.request.urlopen(f"{base_url}/models") as answer:
        (model,) = (one["id"] for one in json.load(answer)["data"])
    asked = small(
        population={"size": 4},
        world={"turns": 2, "slate_size": 3},
        mind="llm",
        llm={
            "model": model,
            "base_url": base_url,
            "structured": structured,
            "concurrency": 1,
            "max_tokens": 2000,
            "timeout_s": 120.0,
            "max_failure_rate": 1.0,
        },
    )
    outcome = ab.run(check(asked, file="llama.yaml", base_dir=tmp_path), tmp_path / "run")
    assert outcome.status == 0, outcome.message
    totals = read_totals(tmp_path / "run" / "llm" / "ledger.jsonl")
    assert totals["calls"] > totals["failed"], totals
