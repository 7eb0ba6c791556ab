"""Keys stay in the environment, and endpoints that cannot be used are named at once, in one message."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from llm_runs import KEY, MODEL, Workshop, start, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.cli.main import main
from simulator.llm.transcripts import FILE_NAME, read_calls
from simulator.records import UserInputError

CLOSED = "http://127.0.0.1:9/v1"
"""Port 9 (discard) is closed on every machine that this may run on."""
WRONG = "sk-wrong-0123456789abcdef"


class Echoing(BaseHTTPRequestHandler):
    """Refuses every key, and repeats it in headers and body."""

    asks_at_once = True

    def do_GET(self) -> None:
        if self.asks_at_once:
            self._refuse()
        else:
            self._say(404, b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._refuse()

    def log_message(self, *_: object) -> None:
        """Not on the terminal."""

    def _refuse(self) -> None:
        given = self.headers["Authorization"]
        self._say(401, f'{{"error": {{"message": "Incorrect API key provided: {given}", "key": "{given}"}}}}'.encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(params=[True, False], ids=["asked for its models", "asked about a page"])
def echoing(request: pytest.FixtureRequest) -> Iterator[str]:
    handler = type("Handler", (Echoing,), {"asks_at_once": request.param})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def places_of(secret: str, *folders: Path) -> list[Path]:
    """The files that hold it, in whatever encoding of one byte a letter."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert files
    packed = [path for path in files if path.name == FILE_NAME and secret in str(list(read_calls(path)))]
    return [*packed, *(path for path in files if secret.encode() in path.read_bytes())]


def test_the_key_is_in_no_file_and_no_output_of_a_run(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer(models=(MODEL,), api_key=KEY) as keyed:
        scenario = workshop.file(talking(keyed.base_url))
        assert main(["run", scenario, "--out", str(workshop.root / "run"), "--display", "plain"]) == 0
        assert keyed.chats and all("authorization" in chat.headers for chat in keyed.chats)
    assert KEY not in "".join(capfd.readouterr())
    assert (workshop.root / "cache" / "answers.sqlite").exists()
    assert places_of(KEY, workshop.root) == []


def test_a_key_that_a_server_refuses_and_repeats_stays_secret(
    workshop: Workshop, echoing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", WRONG)
    outcome = workshop.run(talking(echoing))
    assert outcome.status == 1 and outcome.message is not None
    assert "does not accept the key" in outcome.message and "OPENAI_API_KEY" in outcome.message
    assert WRONG not in outcome.message
    assert places_of(WRONG, workshop.root) == []


def test_an_endpoint_that_is_not_there_is_named_and_the_run_can_go_on(
    workshop: Workshop, server: OpenAIServer, faultless: Any
) -> None:
    folder = workshop.root / "run"
    process = start("run", workshop.file(talking(CLOSED)), "--out", str(folder))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 1 and out == "" and "Traceback" not in err
    assert err.startswith(f"Error: the run stopped: {CLOSED} cannot be reached") and err.count("\n") == 1
    assert f"understudy resume {folder}" in err
    assert same_rows(rows_of(workshop.resumed("run", f"llm.base_url={server.base_url}")), faultless.rows)


def test_a_model_that_the_endpoint_does_not_have_is_refused(workshop: Workshop, server: OpenAIServer) -> None:
    with pytest.raises(UserInputError, match=r"llm\.model: .* has no model 'large-model'; it has small-model"):
        workshop.run(talking(server.base_url, llm={"model": "large-model"}))
    assert not (workshop.root / "run").exists() and not server.chats


def test_an_address_that_leads_nowhere_stops_the_run_with_the_cure(workshop: Workshop, server: OpenAIServer) -> None:
    outcome = workshop.run(talking(f"{server.base_url}/nowhere"))
    assert outcome.status == 1 and outcome.message is not None
    assert "llm.base_url ends as the server wants it" in outcome.message and outcome.message.count("\n") == 0
