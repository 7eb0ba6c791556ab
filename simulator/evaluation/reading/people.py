"""The people of a run with what they did in each arm: to be filtered, sorted, and looked through page by page.

An order by what people did depends on all rows: of them only that is reckoned, once for each state of the files, and
kept. The figures of the people of one page are reckoned from their own rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from simulator.documents.fields import did_you_mean
from simulator.evaluation.reading.database import bounded, rows_of
from simulator.evaluation.reading.journal import ALL, Journal, require_text
from simulator.evaluation.reading.kept import Kept, states_of
from simulator.evaluation.reading.persona_names import persona_names
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SORTS = ("user_id", "name", "pages", "clicks", "satisfaction", "left", "gain", "divergence")
"""What people may be put in order by: sums over the arms that are shown, the mean satisfaction, what an arm gained or
lost of the control's clicks, the largest divergence from the control."""
_MEANS = ("satisfaction", "divergence")
"""Orders that are undefined, and not 0, for somebody without pages."""
_OF_ARM = ("pages", "visits", "shown", "clicks", "ratings", "satisfaction", "left", "failed", "apart", "first_apart")

_LIVED = "arm = $arm_{n} and appraised_by is distinct from 'skipped'"
_TURN = """
bit_xor(hash(position, item_id)) filter ({lived}) as slate_{n}, any_value(page) filter ({lived}) as page_{n},
count(item_id) filter ({lived}) as shown_{n}, count(*) filter (clicked and {lived}) as clicks_{n},
count(rating) filter ({lived}) as ratings_{n}, any_value(satisfaction) filter ({lived}) as satisfaction_{n},
any_value("left") filter ({lived}) as left_{n},
coalesce(bool_or(appraised_by in ('fallback', 'skipped') or failure is not null) filter (arm = $arm_{n}), false)
    as failed_{n}
"""
_PERSON = """
count(slate_{n}) as pages_{n}, count(*) filter (page_{n} = 0) as visits_{n}, sum(shown_{n})::bigint as shown_{n},
sum(clicks_{n})::bigint as clicks_{n}, sum(ratings_{n})::bigint as ratings_{n},
avg(satisfaction_{n}) filter (not isnan(satisfaction_{n})) as satisfaction_{n},
count(*) filter (left_{n}) as left_{n}, count(*) filter (failed_{n}) as failed_{n},
count(*) filter (slate_{n} is distinct from slate_0) as apart_{n},
min(turn) filter (slate_{n} is distinct from slate_0) as first_apart_{n}
"""
# A page is a turn of a seed; its items are told from another page's by a hash of what stands where.


def people(
    journal: Journal,
    *,
    text: str = "",
    arm: str | None = None,
    seed: int | None = None,
    mind: str | None = None,
    sort: str = "user_id",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> dict[str, Any]:
    """{run, mind, seed, arms, control, text, sort, descending, total, offset, limit, people, not_there_yet}.

    A person is {user_id, name, persona_id, ensemble, arms: {arm: figures}, gain, divergence}. Figures of an arm: pages,
    visits, shown, clicks, ratings, mean satisfaction (1-5) or None, `left` (visits that ended), `failed` pages, and
    against the control `apart`, the number of turns in which the two showed other items (or only one showed any), and
    `first_apart`, the first of them or None. `gain`: clicks more than in the control (less: below 0), over the other
    arms together; None with one arm. `divergence`: the largest share of such turns over the arms, 0-1; None
    with one arm. With `arm`, figures are of this arm and the control alone, and an order is by this arm alone. Over all
    seeds unless one is chosen.

    `text` is looked for in ids and names, case apart. `total` counts all that it leaves. Ties are in the order of ids.
    Raises UserInputError for names that the run does not have and for an unknown order.
    """
    require_order(sort)
    named = _mind(journal, mind)
    journal.chosen(arm=arm, seed=seed, mind=named)
    files, _ = journal.files(journal.chosen(seed=seed, mind=named))
    arms = _arms(journal, arm)
    with journal.session_over(files) as db:
        _list(db, journal, text, named)
        ((total,),) = db.execute("select count(*) from listed").fetchall()
        source, order = "listed", "lower(coalesce(name, user_id))" if sort == "name" else "user_id"
        if sort not in ("user_id", "name"):
            by = _order(sort, arms, arms if arm is None else [arm])
            db.register("place", _places.get((by, *arms, *states_of(files)), lambda: _figures(db, arms, by=by)))
            source = "listed left join place using (user_id)"
            order = "value" if sort in _MEANS else "coalesce(value, 0)"  # who lived nothing has no row
        rows = _page(db, source, order, descending, limit, offset)
        db.register("figures", _figures(db, arms, users=[row["user_id"] for row in rows]))
        found = {row["user_id"]: row for row in rows_of(db, "select * from figures")}
    return {
        "run": journal.manifest.get("run"),
        "mind": named,
        "seed": seed,
        "arms": arms,
        "control": next(iter(journal.arms), None),
        "text": text,
        "sort": sort,
        "descending": descending,
        "total": total,
        "offset": offset,
        "limit": limit,
        "people": [_person(row, found.get(row["user_id"], {}), arms) for row in rows],
        "not_there_yet": list(journal.gaps(seed=seed, mind=named)),
    }


def all_people(journal: Journal, *, batch: int = 25_000, **choice: Any) -> Iterator[dict[str, Any]]:
    """Everybody that a choice (as in `people`) leaves, one after the other, for a file. Each batch looks once at all
    rows."""
    for offset in count(0, batch):
        some = people(journal, **choice, limit=batch, offset=offset)["people"]
        yield from some
        if len(some) < batch:
            return


def require_order(sort: str) -> None:
    """Raises UserInputError for an order that there is none of."""
    if sort not in SORTS:
        near = did_you_mean(sort, SORTS) or f" Orders: {', '.join(SORTS)}"
        raise UserInputError(f"sort {sort[:80]!r}: people cannot be put in this order.{near}")


def _mind(journal: Journal, mind: str | None) -> str | None:
    if mind == ALL:
        raise UserInputError("--mind all: the minds' figures are not added up. Name one mind")
    return mind or next(iter(journal.minds), None)


def _arms(journal: Journal, arm: str | None) -> list[str]:
    """The control first: what the others are set beside."""
    return [name for nth, name in enumerate(journal.arms) if arm is None or nth == 0 or name == arm]


def _list(db: duckdb.DuckDBPyConnection, journal: Journal, text: str, mind: str | None) -> None:
    """The table `listed`: user_id, name, persona_id and ensemble of the people whom the text leaves."""
    import pyarrow as pa

    require_text(text, "the text to look for,")
    names = persona_names(journal)
    ids, called = pa.array(list(names), pa.string()), pa.array(list(names.values()), pa.string())
    db.register("persona", pa.table({"persona_id": ids, "name": called}))
    columns = {str(row[0]) for row in db.execute("describe people").fetchall()}
    persona_id = "persona_id" if "persona_id" in columns else "null::varchar"
    crowd = "true" if mind == next(iter(journal.minds), None) else "ensemble"
    db.execute(
        "create temp table listed as select one.*, persona.name from (select user_id::varchar as user_id, "
        f"{persona_id} as persona_id, ensemble from people) as one left join persona using (persona_id) "
        "where (contains(lower(user_id), lower($text)) or contains(lower(coalesce(name, '')), lower($text))) "
        f"and {crowd}",
        {"text": text},
    )


def _page(
    db: duckdb.DuckDBPyConnection, source: str, order: str, descending: bool, limit: int, offset: int
) -> list[dict[str, Any]]:
    way = "desc" if descending else "asc"
    return rows_of(
        db,
        f"select * from {source} order by {order} {way} nulls last, user_id limit $limit offset $offset",
        {"limit": bounded(limit), "offset": bounded(offset)},
    )


def _order(sort: str, arms: Sequence[str], chosen: Sequence[str]) -> str:
    """The expression that people are put in order by."""
    if sort == "divergence":
        return "divergence"
    if sort == "gain":
        return " + ".join(f"coalesce(clicks_{n}, 0) - coalesce(clicks_0, 0)" for n in range(1, len(arms))) or "null"
    columns = [f"{sort}_{arms.index(arm)}" for arm in chosen]
    if sort != "satisfaction":
        return " + ".join(f"coalesce({column}, 0)" for column in columns)
    pages = [f"pages_{arms.index(arm)}" for arm in chosen]
    total = " + ".join(f"coalesce({a} * {b}, 0)" for a, b in zip(columns, pages, strict=True))
    return (
        f"({total}) / nullif({' + '.join(f'if({a} is null, 0, {b})' for a, b in zip(columns, pages, strict=True))}, 0)"
    )


def _figures(
    db: duckdb.DuckDBPyConnection, arms: Sequence[str], *, users: Sequence[str] | None = None, by: str = ""
) -> pa.Table:
    """One row a person who lived anything: user_id, the columns of `_OF_ARM` by the number of the arm, divergence.

    `by`: an expression over them; then of everything only that is reckoned, as `value`.
    """
    values: dict[str, Any] = {f"arm_{n}": name for n, name in enumerate(arms)}
    wanted = f"user_id, {by} as value" if by else "*"
    if not arms:
        empty = "select null::varchar as user_id, null::double as divergence, null::double as value where false"
        return db.sql(empty).to_arrow_table()
    turn = ", ".join(_TURN.format(n=n, lived=_LIVED.format(n=n)) for n in range(len(arms)))
    person = ", ".join(_PERSON.format(n=n) for n in range(len(arms)))
    whom = f"arm in ({', '.join(f'$arm_{n}' for n in range(len(arms)))})"
    if users is not None:
        whom += " and user_id in (select unnest($users))"
        values["users"] = list(users)
    apart = [f"apart_{n}" for n in range(1, len(arms))]
    largest = f"greatest({', '.join(apart)}) / nullif(turns, 0)" if apart else "null::double"
    query = f"""
        with page as (select user_id::varchar as user_id, seed, turn, {turn} from event where {whom} group by all),
             person as (select user_id, count(*) as turns, {person} from page group by user_id)
        select {wanted} from (select *, {largest} as divergence from person)"""
    return db.sql(query, params=values).to_arrow_table()


_places: Kept[pa.Table] = Kept(16)
"""The value by which each person is put in order."""


def _person(row: dict[str, Any], figures: dict[str, Any], arms: Sequence[str]) -> dict[str, Any]:
    known = {name: row[name] for name in ("user_id", "name", "persona_id", "ensemble")}
    nothing = {"satisfaction": None, "first_apart": None}
    of_arms = {}
    for n, arm in enumerate(arms):
        found = {name: figures.get(f"{name}_{n}") for name in _OF_ARM}
        of_arms[arm] = {name: value if value is not None else nothing.get(name, 0) for name, value in found.items()}
        if n == 0:
            of_arms[arm] |= {"apart": 0, "first_apart": None}
    clicks: list[int] = [one["clicks"] or 0 for one in of_arms.values()]
    gain = sum(clicks[1:]) - clicks[0] * len(clicks[1:]) if len(clicks) > 1 else None
    return known | {"arms": of_arms, "gain": gain, "divergence": figures.get("divergence")}
