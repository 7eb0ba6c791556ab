"""What is compared beside which items were clicked: how many, ratings, time, satisfaction, leaving, own lives.

Each part holds numbers with their errors, and `words`, which claim nothing where there is too little to claim from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.studies.play.double import Foretold, OwnLives
from simulator.studies.play.looking import REASONS
from simulator.studies.play.scores import DOUBLE, counted, mean_with_interval
from simulator.studies.play.staging import Staged
from simulator.turn import LeaveReason, Page

F64 = npt.NDArray[np.float64]
_FEWEST_RATED = 5
_LITTLE_CHANCE = 0.025


def clicks_per_page(pages: Sequence[Page], told: Sequence[Foretold], confidence: float) -> dict[str, Any] | None:
    """Yours, and what the copies would have clicked on the same pages: the interval is of what could have happened."""
    if not pages:
        return None
    n = len(pages)
    yours = sum(int(page.clicked.sum()) for page in pages)
    totals = np.sum([one.clicks for one in told], axis=0)
    low, high = (float(end) for end in np.quantile(totals, [(1 - confidence) / 2, (1 + confidence) / 2]))
    often = "fewer than it would" if yours < low else "more than it would" if yours > high else "as many as it might"
    return {
        "yours": yours / n,
        "double": float(totals.mean()) / n,
        "might_be": [low / n, high / n],
        "words": f"You opened {counted(yours, 'title')}; on the same pages the double would have opened "
        f"{totals.mean():.1f}, between {low:.0f} and {high:.0f}: you clicked {often}.",
    }


def ratings(staged: Staged, pages: Sequence[Page], told: Sequence[Foretold]) -> dict[str, Any] | None:
    """Mean absolute error on what was rated, beside that of the player's usual rating and of each item's mean."""
    rated = [np.isfinite(page.rating[0]) for page in pages]
    if not any(on.any() for on in rated):
        return None
    yours = np.concatenate([page.rating[0][on] for page, on in zip(pages, rated, strict=True)]).astype(np.float64)
    items = np.concatenate([page.items[0][on] for page, on in zip(pages, rated, strict=True)])
    double = np.concatenate([one.rating[on] for one, on in zip(told, rated, strict=True)])
    usual = np.full(yours.size, float(staged.stage.everyone.rating_mean[0]))
    others = _item_means(staged)[items]
    seed, confidence = staged.plan.seed, staged.plan.confidence
    rows = []
    for name, guess in ((DOUBLE, double), ("your usual rating", usual), ("the item's mean rating", others)):
        error, ci = mean_with_interval(np.abs(guess - yours), confidence=confidence, seed=seed)
        rows.append({"name": name, "mae": error, "ci": ci})
    trivial = min(rows[1:], key=lambda row: row["mae"] or 0.0)
    rival = usual if trivial["name"] == rows[1]["name"] else others
    gap, ci = mean_with_interval(np.abs(rival - yours) - np.abs(double - yours), confidence=confidence, seed=seed)
    if yours.size < _FEWEST_RATED or ci is None:
        words = f"With {counted(yours.size, 'rating')} nothing can be told of how well it knows them."
    elif ci[0] > 0:
        words = f"It is nearer to your ratings than {trivial['name']} is."
    elif ci[1] < 0:
        words = f"It is farther from your ratings than {trivial['name']} is."
    else:
        words = f"Whether it is nearer to your ratings than {trivial['name']} cannot be told."
    return {
        "n": int(yours.size),
        "rows": rows,
        "gain_over": trivial["name"],
        "gain": gap,
        "gain_ci": ci,
        "words": words,
    }


def _item_means(staged: Staged) -> F64:
    """Mean rating of each item by the people of the log, shrunk to the mean of all by one rating. (n_items,)."""
    log = staged.split.known.positives()
    rated = np.isfinite(log.rating)
    mean = float(log.rating[rated].mean()) if rated.any() else 3.0 * staged.unit
    n = len(staged.catalog)
    total = np.bincount(log.item[rated], log.rating[rated], n)
    means: F64 = (total + mean) / (np.bincount(log.item[rated], minlength=n) + 1)
    return means


def dwell(staged: Staged, pages: Sequence[Page], told: Sequence[Foretold]) -> dict[str, Any] | None:
    """Seconds an opened item. A ratio only where items have no length: there the double reads what the player reads."""
    if not any(page.clicked.any() for page in pages):
        return None
    yours = np.concatenate([page.dwell_s[0][page.clicked[0]] for page in pages]).astype(np.float64)
    items = np.concatenate([page.items[0][page.clicked[0]] for page in pages])
    double = np.concatenate([one.dwell_s[page.clicked[0]] for one, page in zip(told, pages, strict=True)])
    length = bool(np.isfinite(staged.catalog.duration_s[items]).any())
    found = {"n": int(yours.size), "yours_s": float(yours.mean()), "double_s": float(double.mean())}
    if length or yours.mean() <= 0:
        return found | {
            "ratio": None,
            "ci": None,
            "words": "Not comparable: yours is the time you read about a title, the double's the time it spends with "
            "the thing itself.",
        }
    seed, confidence = staged.plan.seed, staged.plan.confidence
    apart = np.log(np.maximum(double, 0.1)) - np.log(np.maximum(yours, 0.1))
    middle, ci = mean_with_interval(apart, confidence=confidence, seed=seed)
    ratio = None if middle is None else float(np.exp(middle))
    ends = None if ci is None else [float(np.exp(end)) for end in ci]
    if ends is None:
        words = f"With {yours.size} opened titles nothing can be told of the time spent."
    else:
        words = f"The double stays {ratio:.1f} times as long as you (geometric mean)."
    return found | {"ratio": ratio, "ci": ends, "words": words}


def satisfaction(staged: Staged, pages: Sequence[Page], told: Sequence[Foretold]) -> dict[str, Any] | None:
    """Levels on the pages on which the player answered."""
    asked = [np.isfinite(page.satisfaction[0]) for page in pages]
    yours = np.array([float(page.satisfaction[0]) for page, on in zip(pages, asked, strict=True) if on])
    if not yours.size:
        return None
    double = np.array([one.satisfaction for one, on in zip(told, asked, strict=True) if on])
    seed, confidence = staged.plan.seed, staged.plan.confidence
    gap, ci = mean_with_interval(double - yours, confidence=confidence, seed=seed)
    error, error_ci = mean_with_interval(np.abs(double - yours), confidence=confidence, seed=seed)
    middle, _ = mean_with_interval(np.abs(3.0 - yours), confidence=confidence, seed=seed)
    if ci is None:
        words = f"With {counted(yours.size, 'answer')} nothing can be told."
    elif ci[0] <= 0 <= ci[1]:
        words = "Whether the double is more or less satisfied than you cannot be told."
    else:
        words = f"The double is {'more' if gap and gap > 0 else 'less'} satisfied than you."
    return {
        "n": int(yours.size),
        "yours": float(yours.mean()),
        "double": float(double.mean()),
        "gap": gap,
        "gap_ci": ci,
        "mae": error,
        "mae_ci": error_ci,
        "mae_of_always_3": middle,
        "words": words,
    }


def leaving(pages: Sequence[Page], told: Sequence[Foretold]) -> dict[str, Any] | None:
    """How the double would have left on the player's own visits. A visit ends once, so this is never a claim."""
    if not pages:
        return None
    hazard = np.array([one.hazard for one in told])
    left = np.array([bool(page.left[0]) for page in pages])
    first = np.array([int(page.session[0]) for page in pages]) == int(pages[0].session[0])
    stays = float(np.prod(1 - hazard[first], axis=0).mean())  # the patient copies are the ones that stay
    before = float(np.prod(1 - hazard[first][:-1], axis=0).mean())
    n = int(first.sum())
    reason = LeaveReason(int(pages[n - 1].leave_reason[0]))
    why = REASONS.get(reason, "nothing more was shown")
    how = (
        f"You left your first visit after page {n} ({why})"
        if left[first].any()
        else f"You were still there after page {n}"
    )
    if before < _LITTLE_CHANCE:
        judged = "it would hardly ever have stayed so long"
    elif left[first].any() and 1 - stays < _LITTLE_CHANCE:
        judged = "it would hardly ever have left so soon"
    else:
        judged = "so one visit does not tell you apart"
    return {
        "visits_left": int(left.sum()),
        "pages_first_visit": n,
        "chance_to_leave_page": [one.leaves for one in told],
        "chance_to_stay_as_long": before,
        "chance_to_stay_longer": stays,
        "words": f"{how}; the double would have stayed as long with a chance of {_percent(before)}, and longer "
        f"with {_percent(stays)}: {judged}.",
    }


def _percent(chance: float) -> str:
    """No chance is called 0 or 1 by rounding."""
    return "less than 1%" if chance < 0.005 else "more than 99%" if chance > 0.995 else f"{chance:.0%}"


def own_lives(pages: Sequence[Page], lives: OwnLives) -> dict[str, Any]:
    """What copies of the double did on pages of their own."""
    clicks = sum(int(page.clicked.sum()) for page in pages)
    lived = lives.pages > 0
    found: dict[str, Any] = {"lives": int(lived.sum()), "fault": lives.fault}
    if not lived.any():
        return found | {
            "pages": None,
            "pages_might_be": None,
            "clicks": None,
            "clicks_might_be": None,
            "words": lives.fault,
        }
    spread = {name: getattr(lives, name)[lived] for name in ("pages", "clicks")}
    for name, values in spread.items():
        found[name] = float(values.mean())
        found[f"{name}_might_be"] = (
            None if values.size < 20 else [float(end) for end in np.quantile(values, [0.025, 0.975])]
        )
    return found | {
        "words": f"Left to itself the double sees {found['pages']:.1f} pages and opens {found['clicks']:.1f} titles "
        f"(you: {len(pages)} and {clicks})."
    }
