"""The server's answers: an address to a view, a view to HTML or CSV, and every failure to a page with the cure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import jinja2
import pyarrow as pa
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from simulator.evaluation.reading.journal import NotInRunError
from simulator.records import UserInputError
from simulator.report.palette import ARMS, PALETTE
from simulator.viewer import drawing, views, wording
from simulator.viewer.address import Asked, NotHereError, link
from simulator.viewer.desk import BrokenRunError, Crumb, Desk, View
from simulator.viewer.guard import Guard
from simulator.viewer.pulse import Pulse, pulse
from simulator.viewer.serving import WORK
from simulator.viewer.shelf import Shelf
from simulator.viewer.views import runs
from simulator.viewer.warming import Warming

_HERE = Path(__file__).parent
_NOWHERE = Asked(path="/", values={})
_AGAIN = "Load the page again; if that does not help, understudy resume makes what is missing."
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
PATIENCE_S = 0.4
"""Seconds after which a page that is not made yet is begun with a word that it is being read: so something is seen
soon, however large a run is."""


def make_app(shelf: Shelf, *, port: int, patience_s: float = PATIENCE_S) -> ASGIApp:
    """The whole viewer, guarded, for a server that is reached under that port of this machine."""
    answers = _Answers(shelf, patience_s)
    return Guard(
        Starlette(routes=answers.routes(), exception_handlers={HTTPException: _no_page, 500: _fault}), port=port
    )


class _Answers:
    """Holds the runs and what pages are made of; files are read once, here, and by no name of an address."""

    def __init__(self, shelf: Shelf, patience_s: float) -> None:
        self._shelf, self._patience_s = shelf, patience_s
        self._warming = Warming()
        self._pages = environment()
        self._files = {path.name: path.read_bytes() for path in (_HERE / "static").iterdir()}
        self._files["view.css"] = PALETTE.read_bytes() + self._files["view.css"]

    def routes(self) -> list[Route]:
        return [
            Route("/", self.runs),
            Route("/now.json", self.runs_now),
            Route("/static/{name}", self.file),
            Route("/favicon.ico", self.icon),
            Route("/r/{run}/now.json", self.now),
            Route("/r/{run}", self.view),
            Route("/r/{run}/{view}", self.view),
        ]

    def runs(self, request: Request) -> Response:
        asked = Asked.of("/", request.query_params.multi_items())
        shelf = self._shelf.all()
        of_runs = runs.pulses(shelf)
        now = Pulse(mark=runs.mark(of_runs), status="", told="")
        return self._answer(request, asked, runs.view(shelf, of_runs), now, None)

    def runs_now(self, request: Request) -> Response:
        return JSONResponse({"mark": runs.mark(runs.pulses(self._shelf.all())), "again": True})

    def view(self, request: Request) -> Response:
        slug, name = request.path_params["run"], request.path_params.get("view", "")
        asked = Asked.of(request.url.path, request.query_params.multi_items())
        folder = self._shelf.folder(slug)
        if folder is None:
            reason = "It was not named when the viewer was started, or its folder was moved or deleted since."
            return self._failed(asked, 404, "There is no such run here", reason)
        make = views.VIEWS.get(name)
        if make is None:
            return self._failed(asked, 404, "There is no such page", "The address names no view.", slug)
        if asked.text("as") == "csv":
            return self._of_run(request, asked, slug, folder, make)
        page = _begun(lambda: self._of_run(request, asked, slug, folder, make))
        try:
            return page.result(self._patience_s)
        except TimeoutError:
            return StreamingResponse(self._slowly(page, folder.name), media_type="text/html; charset=utf-8")

    def _slowly(self, page: Future[Response], name: str) -> Iterator[str]:
        """The page in two pieces: what can be said before it is made, and all of its body. Its status has been sent by
        then, so of one that cannot be made only the text says so."""
        yield self._pages.get_template("waiting.html.j2").render(title="Reading", name=name)
        try:
            whole = bytes(page.result().body).decode()
        except Exception as error:
            yield _told_fault(error).partition("<body>")[2]
            raise
        yield whole.partition("<body>")[2]

    def _of_run(
        self, request: Request, asked: Asked, slug: str, folder: Path, make: Callable[[Desk], View]
    ) -> Response:
        now = pulse(folder)  # before anything is read, so that what is added meanwhile counts as new
        try:
            desk = Desk(slug, folder, asked)
            answer = self._answer(request, asked, make(desk), now, desk)
            self._warming.see(desk)
            return answer
        except (NotHereError, NotInRunError) as wrong:
            return self._failed(asked, 404, "This is not here", str(wrong), slug)
        except BrokenRunError as broken:
            return self._failed(asked, 409, "This run cannot be read", str(broken), slug)
        except UserInputError as problem:
            return self._failed(asked, 409, "This cannot be shown", str(problem), slug)
        except (OSError, duckdb.Error, pa.ArrowException) as problem:
            what = next(iter(str(problem).splitlines()), type(problem).__name__)
            reason = f"A file of the run went, or changed, while it was read ({what}). {_AGAIN}"
            return self._failed(asked, 409, "This cannot be shown", reason, slug)

    def now(self, request: Request) -> Response:
        folder = self._shelf.folder(request.path_params["run"])
        if folder is None:
            return JSONResponse({"status": "gone", "told": "This run is not here any more.", "mark": ""}, 404)
        now = pulse(folder)
        return JSONResponse({"status": now.status, "told": now.told, "mark": now.mark, "again": now.going_on})

    def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            raise HTTPException(404)
        return Response(self._files[name], media_type=_TYPES[Path(name).suffix])

    def icon(self, request: Request) -> Response:
        return Response(self._files["icon.svg"], media_type=_TYPES[".svg"])

    def _answer(self, request: Request, asked: Asked, view: View, now: Pulse, desk: Desk | None) -> Response:
        if asked.text("as") == "csv" and view.sheet is not None:
            lines = view.sheet.lines()
            begun = next(lines, "")  # what cannot be read fails here, where a page can still say so
            return StreamingResponse(
                [] if request.method == "HEAD" else chain([begun], lines),
                media_type="text/csv; charset=utf-8",
                headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(view.sheet.name)}.csv"},
            )
        crumbs = [Crumb(text="Runs", href="/")] if asked.path != "/" else []
        if desk is not None and asked.path != desk.link():
            crumbs.append(Crumb(text=desk.name, href=desk.link()))
        crumbs += view.crumbs
        return self._html(
            view.template,
            200,
            asked=asked,
            title=view.title,
            name=desk.name if desk is not None else "",
            crumbs=crumbs,
            up=crumbs[-1].href if crumbs else None,
            now=now,
            watch="/now.json" if desk is None else f"/r/{desk.slug}/now.json" if now.going_on else None,
            desk=desk,
            sheet=asked.link(**{"as": "csv"}) if view.sheet is not None else None,
            **view.values,
        )

    def _failed(self, asked: Asked, status: int, title: str, reason: str, slug: str | None = None) -> Response:
        run = None if slug is None or asked.path == f"/r/{slug}" else f"/r/{slug}"
        return HTMLResponse(_sorry(title, reason, asked=asked, run=run), status)

    def _html(self, template: str, status: int, **values: Any) -> Response:
        return HTMLResponse(self._pages.get_template(template).render(values), status)


@cache
def environment() -> jinja2.Environment:
    """Where pages are made: every value is escaped, and cleaned of what is no letter. Templates are read once."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=wording.harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= _FILTERS
    made.globals |= {"link": link, "bar": drawing.bar, "ARMS": ARMS, "wording": wording}
    return made


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "cut": wording.cut,
    "num": wording.number,
    "share": wording.share,
    "count": wording.count,
    "moment": wording.moment,
    "spell": wording.spell,
    "dollars": wording.dollars,
    "words": wording.words,
}


def _no_page(request: Request, error: Exception) -> Response:
    """An address that no route knows."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return HTMLResponse(_sorry("There is no such page", "The address names nothing that the viewer has."), status)


def _fault(request: Request, error: Exception) -> Response:
    """A mistake of the viewer's own; the terminal has what a report of it needs."""
    return HTMLResponse(_told_fault(error), 500)


def _told_fault(error: Exception) -> str:
    told = f"The viewer made a mistake ({type(error).__name__}); more stands in the terminal where it was started."
    return _sorry("This went wrong", told)


def _begun(act: Callable[[], Response]) -> Future[Response]:
    """An act in a thread of its own."""
    found: Future[Response] = Future()

    def carried_out() -> None:
        try:
            found.set_result(act())
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=carried_out, daemon=True, name=WORK).start()
    return found


def _sorry(title: str, reason: str, *, asked: Asked = _NOWHERE, run: str | None = None) -> str:
    """A few plain words and the ways back."""
    crumbs = [Crumb(text="Runs", href="/"), *([] if run is None else [Crumb(text="This run", href=run)])]
    return (
        environment()
        .get_template("failed.html.j2")
        .render(
            asked=asked,
            title=title,
            name="",
            reason=reason,
            crumbs=crumbs,
            up=crumbs[-1].href,
            now=Pulse(mark="", status="", told=""),
            watch=None,
            desk=None,
            sheet=None,
        )
    )
