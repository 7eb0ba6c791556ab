"""Only this machine's own reader is answered, and answers let a browser do nothing but read."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from viewed_runs import PORT, at, client, empty_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_run(tmp_path_factory.mktemp("guard") / "run")


@pytest.fixture(scope="module")
def viewer(run: Path) -> TestClient:
    return client(run)


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"])
def test_the_loopback_names_are_answered(viewer: TestClient, host: str) -> None:
    assert viewer.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.1.evil.example:{PORT}", ""]
)
def test_a_foreign_name_that_points_here_is_refused(viewer: TestClient, host: str) -> None:
    answer = viewer.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "Runs" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(viewer: TestClient, run: Path, method: str) -> None:
    answer = viewer.request(method, at(run))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_has_no_body(viewer: TestClient) -> None:
    answer = viewer.head("/")
    assert answer.status_code == 200 and answer.content == b""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{PORT + 1}"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
    ],
)
def test_another_sites_page_gets_nothing(viewer: TestClient, headers: dict[str, str]) -> None:
    assert viewer.get("/", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": f"http://127.0.0.1:{PORT}"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    ],
)
def test_its_own_pages_and_a_link_that_somebody_follows_are_answered(
    viewer: TestClient, headers: dict[str, str]
) -> None:
    assert viewer.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/static/view.css", "/static/none", "/nowhere", "/r/none/now.json"])
def test_every_answer_is_fenced(viewer: TestClient, path: str) -> None:
    headers = viewer.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2Fapp.py",
        "/static/%2e%2e/app.py",
        "/r/../../etc/passwd",
        "/r/..%2F..%2Fetc%2Fpasswd",
        "/r/%2Fetc%2Fpasswd",
        "/r/run",
        "//etc/passwd",
        "/r/%00",
    ],
)
def test_no_path_of_an_address_reaches_a_file(viewer: TestClient, path: str) -> None:
    answer = viewer.get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.text and "root:" not in answer.text


def test_an_endless_address_is_refused(viewer: TestClient) -> None:
    assert viewer.get("/?q=" + "a" * 9_000).status_code == 414
