"""Pages whose appraisal failed and was skipped: they were shown, and nothing is known of what would have happened."""

from __future__ import annotations

import numpy as np

from simulator.turn import Action, AppraisedBy, LeaveReason, Page, Scene


def nothing_happened(page: Page, scene: Scene) -> Page:
    """The page with the rows of skipped appraisals emptied: nobody notices, feels or leaves.

    The person stays and sees the next page; metrics leave such pages out, so that a failure is never a "no click".
    """
    skipped = page.appraised_by == AppraisedBy.SKIPPED
    if not skipped.any():
        return page
    state, rows = scene.state, page.rows
    places, pages = skipped[:, None], skipped
    for name in ("noticed", "examined", "clicked", "liked"):
        setattr(page, name, getattr(page, name) & ~places)
    page.dwell_s = np.where(places, np.float32(0), page.dwell_s)
    for name in ("rating", "want", "taste"):
        setattr(page, name, np.where(places, np.float32(np.nan), getattr(page, name)))
    page.action = np.where(pages, np.int8(Action.NEXT_PAGE), page.action)
    for name in ("satisfaction", "fatigue", "mood"):
        setattr(page, name, np.where(pages, getattr(state, name)[rows], getattr(page, name)))
    page.left = page.left & ~pages
    page.leave_reason = np.where(pages, np.int8(LeaveReason.STAYED), page.leave_reason)
    page.return_gap_s = np.where(pages, np.float32(np.nan), page.return_gap_s)
    return page
