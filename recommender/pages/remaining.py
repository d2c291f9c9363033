"""Searches the whole catalog for products that a page does not show."""

from collections.abc import Callable
from dataclasses import replace

from recommender import candidate_generation
from recommender.arrays import Mask, Rows
from recommender.pages.page import Page, PageSpec
from recommender.snapshot import Snapshot

_FIRST_BLOCK = 256
"""Popular rows to test first. One of them nearly always fits."""


def with_more(spec: PageSpec, page: Page) -> Page:
    """`page` with `more` set if it is full and any further product fits."""
    if len(page) < spec.limit:
        return page
    left = spec.item_filter.without(page.rows)
    more = _any_product(spec.snapshot, lambda rows: left.allows(rows) & spec.cap.fits(rows, spec.limit))
    return replace(page, more=more)


def relax_cap_if_only_category(spec: PageSpec) -> PageSpec:
    """`spec` without its cap if the query's filters accept capped categories alone."""
    cap, item_filter = spec.cap, spec.item_filter
    if not len(cap.codes) or not item_filter.conditions:
        return spec
    others = _any_product(spec.snapshot, lambda rows: item_filter.allows(rows) & ~cap.capped(rows))
    return spec if others else replace(spec, cap=cap.lifted())


def _any_product(snapshot: Snapshot, fits: Callable[[Rows], Mask]) -> bool:
    """True if any product fits. Popular products are tested first."""
    return any(
        bool(fits(rows).any())
        for block in candidate_generation.popular_rows(snapshot)
        for rows in (block[:_FIRST_BLOCK], block[_FIRST_BLOCK:])
    )
