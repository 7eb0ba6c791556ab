"""The picture of a running run: a few lines of fixed height, from what the engine told last. Pure: it draws nothing.

A status line, a line an arm, the effect so far, and what a language model took. A line never is wider than the
terminal less one column; names shrink first, then bars, then columns go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from simulator.console.meter import Meter, clock_time
from simulator.console.text import clean
from simulator.listener import ArmStanding, Effect, ModelStanding, Standing

_COLUMNS = (("done", 4), ("left", 7), ("turns/s", 7), ("open", 6), ("clicks", 6))
_NARROW = 50
"""Columns below which open sessions and clicks are left out."""
_LEAST_ROWS = 2
_WIDEST_NAME, _WIDEST_BAR = 24, 40


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What lines are made of."""

    full: str = "━"
    empty: str = "─"
    more: str = "…"
    minus: str = "−"


PRETTY = Signs()
ASCII = Signs(full="#", empty="-", more="...", minus="-")


def lines(
    standing: Standing, meter: Meter, *, stopping: bool, width: int, height: int, signs: Signs = PRETTY
) -> list[Text]:
    """The panel of a run whose turns are being lived, for a terminal of `width` columns and `height` rows."""
    width = max(20, width - 1)
    rows = max(_LEAST_ROWS, height - 3 - bool(standing.arms) - 2 * (standing.model is not None))
    arms, effects = _shared(len(standing.arms), len(standing.effects), rows)
    name = _name_width(standing, width)
    drawn = [_status(meter, stopping=stopping)]
    if standing.arms:
        drawn += _arm_lines(standing.arms, arms, meter, name, width, signs)
    if standing.effects:
        drawn += _effect_lines(standing.effects, effects, name, signs)
    if standing.model is not None:
        drawn += _model_lines(standing.model, width, signs)
    return [_cut(line, width, signs) for line in drawn[: max(1, height - 1)]]


def _shared(arms: int, effects: int, rows: int) -> tuple[int, int]:
    """How many rows each gets: all it wants, or half of what there is and what the other leaves."""
    if arms + effects <= rows:
        return arms, effects
    half = rows // 2
    of_effects = min(effects, max(1, half if arms > rows - half else rows - arms))
    return min(arms, rows - of_effects), of_effects


def _name_width(standing: Standing, width: int) -> int:
    room = (width - _tail(width) - 1) // 2
    return max(6, min(_WIDEST_NAME, room, max((cell_len(clean(arm.arm)) for arm in standing.arms), default=6)))


def _tail(width: int) -> int:
    return sum(1 + wide for _, wide in _columns(width))


def _columns(width: int) -> Sequence[tuple[str, int]]:
    return _COLUMNS[:3] if width < _NARROW else _COLUMNS


def _status(meter: Meter, *, stopping: bool) -> Text:
    return Text.assemble(
        ("stopping" if stopping else "run", "yellow" if stopping else "bold"),
        f"  {meter.fraction:.0%}, {clock_time(meter.left_s)} left, {clock_time(meter.elapsed_s)} so far",
        (f"  {compact(meter.user_turns)} user-turns, {compact(meter.rate)}/s", "dim"),
    )


def _arm_lines(
    arms: Sequence[ArmStanding], rows: int, meter: Meter, name: int, width: int, signs: Signs
) -> Iterator[Text]:
    columns = _columns(width)
    bar = max(4, min(_WIDEST_BAR, width - _tail(width) - name - 1))
    head = " ".join(f"{word:>{wide}}" for word, wide in columns)
    yield Text(f"{'arm':<{name}} {'':{bar}} {head}", style="dim")
    shown = _most_alive(arms, rows)
    for arm in shown:
        share = arm.done / arm.total if arm.total else 1.0
        done = arm.failed or arm.done >= arm.total
        values = (
            f"{share:.0%}",
            "failed" if arm.failed else "done" if done else clock_time(meter.arm_left_s(arm)),
            compact(meter.arm_rate(arm.arm)) if not done else "",
            compact(arm.open_sessions),
            compact(arm.clicks),
        )
        cells = " ".join(f"{value:>{wide}}" for value, (_, wide) in zip(values, columns, strict=False))
        yield Text.assemble(_padded(arm.arm, name, signs), " ", _bar(share, bar, signs), " ", cells)
    if len(shown) < len(arms):
        yield Text(f"{signs.more} and {len(arms) - len(shown)} more arms", style="dim")


def _most_alive(arms: Sequence[ArmStanding], rows: int) -> Sequence[ArmStanding]:
    """As many as fit, in their order: the ones that are being lived, then those that wait, then those that are done."""
    if len(arms) <= rows:
        return arms

    def rank(arm: ArmStanding) -> int:
        return 2 if arm.failed or arm.done >= arm.total else 0 if arm.open_sessions or arm.done else 1

    chosen = sorted(range(len(arms)), key=lambda nth: (rank(arms[nth]), nth))[: max(1, rows - 1)]
    return [arms[nth] for nth in sorted(chosen)]


def _effect_lines(effects: Sequence[Effect], rows: int, name: int, signs: Signs) -> Iterator[Text]:
    first = effects[0]
    mind = "" if first.mind == "statistical" else f", mind {clean(first.mind)}"
    rest = mind if first.primary else f"{mind} (the primary metric comes at the end)"
    yield Text(f"so far, provisional, {first.confidence:.0%}: {effect_name(first)}{rest}", style="dim")
    shown = effects if len(effects) <= rows else effects[: max(1, rows - 1)]
    for effect in shown:
        value = f"{signed(effect.difference, signs.minus):>9}  {interval(effect, signs.minus)}"
        yield Text.assemble(_padded(effect.treatment, name, signs), value, f"  {people(effect)}")
    if len(shown) < len(effects):
        yield Text(f"{signs.more} and {len(effects) - len(shown)} more", style="dim")


def effect_name(effect: Effect) -> str:
    """What an effect is, but for the treatment."""
    return f"{effect.metric.replace('_', ' ')} minus {clean(effect.control)}'s"


def _model_lines(model: ModelStanding, width: int, signs: Signs) -> Iterator[Text]:
    yield Text(model_calls(model))
    spent, share = model_spent(model)
    took = Text(f"tokens {compact(model.tokens_in)} in, {compact(model.tokens_out)} out  {spent}")
    if share is not None:
        room = min(_WIDEST_BAR, width - took.cell_len - 1)
        if room >= 4:
            took.append(" ").append_text(_bar(share, room, signs))
    yield took


def model_calls(model: ModelStanding) -> str:
    """The model's name, its calls, and how they failed."""
    failed = sum(model.failed.values())
    kinds = ", ".join(f"{number:,} {clean(kind).replace('_', ' ')}" for kind, number in sorted(model.failed.items()))
    return (
        f"model {clean(model.model)}  {model.calls:,} calls, {model.cached:,} cached, {failed:,} failed"
        f"{f' ({kinds})' if kinds else ''}"
    )


def model_spent(model: ModelStanding) -> tuple[str, float | None]:
    """What was spent of the budget in words, and the larger share of its limits; None without a limit."""
    usd = "price not known" if model.usd is None else f"${model.usd:.4f}"
    shares = []
    if model.budget_usd is not None:
        usd += f" of ${model.budget_usd:,.2f}"
        shares.append((model.usd or 0.0) / model.budget_usd if model.budget_usd else 1.0)
    if model.budget_tokens is not None:
        tokens = model.tokens_in + model.tokens_out
        usd += f", {compact(tokens)} of {compact(model.budget_tokens)} tokens"
        shares.append(tokens / model.budget_tokens if model.budget_tokens else 1.0)
    return usd, min(1.0, max(shares)) if shares else None


def compact(number: float) -> str:
    """A number in six letters at most, below a thousand millions."""
    for limit, unit, scale in ((99_999.5, "", 1.0), (9_999_500.0, "k", 1e3), (999_500_000.0, "M", 1e6)):
        if number < limit:
            return f"{number / scale:,.0f}{unit}"
    return f"{number / 1e9:,.1f}G"


def signed(value: float | None, minus: str = "-") -> str:
    """Three significant digits and a sign; `?` for None."""
    if value is None:
        return "?"
    digits = f"{abs(value):,.0f}" if abs(value) >= 1000 else f"{abs(value):#.3g}".rstrip(".")
    digits = f"{abs(value):.4f}" if 0 < abs(value) < 0.01 else digits
    return f"{minus if value < 0 else '+'}{digits}"


def people(effect: Effect) -> str:
    """How many people an effect is over, and whether its interval may take them as independent."""
    return f"{effect.people:,} people{', linked' if effect.linked else ''}"


def interval(effect: Effect, minus: str = "-") -> str:
    """The interval in brackets; empty brackets while there is none."""
    if effect.low is None or effect.high is None:
        return "[?, ?]"
    return f"[{signed(effect.low, minus)}, {signed(effect.high, minus)}]"


def _bar(share: float, wide: int, signs: Signs) -> Text:
    cells = int(min(1.0, max(0.0, share)) * wide)
    return Text.assemble((signs.full * cells, "cyan"), (signs.empty * (wide - cells), "dim"))


def _padded(name: str, wide: int, signs: Signs) -> Text:
    text = _cut(Text(clean(name)), wide, signs)
    text.pad_right(wide - text.cell_len)
    return text


def _cut(line: Text, wide: int, signs: Signs) -> Text:
    if line.cell_len <= wide:
        return line
    line.truncate(max(1, wide - len(signs.more)))
    return line.append(signs.more)
