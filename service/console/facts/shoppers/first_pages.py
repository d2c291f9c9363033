"""First pages of personal recommendations, for known shoppers."""

import asyncio
from collections.abc import Iterable, Sequence

from recommender.entities import Filters, Query
from service.console.facts.shoppers.shopper import is_known
from service.recommendations.paging import ListRequest
from service.recommendations.responses import ItemView, Presentation
from service.recommendations.service import Recommendations
from service.shoppers.profiles.loaded_profile import LoadedProfile

SAMPLE = 500
"""Most shoppers whose pages are made for one question."""

PAGE = 20
"""Items of a page."""

_READS = 8
"""Profiles that are read at the same time."""

PLAIN = Presentation()


def chunks(users: Sequence[str]) -> Iterable[Sequence[str]]:
    """The shoppers in portions whose profiles are read at the same time."""
    return (users[start : start + _READS] for start in range(0, len(users), _READS))


async def known_profiles(recommendations: Recommendations, users: Iterable[str]) -> list[LoadedProfile]:
    """Profiles of those shoppers of whom anything is known."""
    profiles = await asyncio.gather(*map(recommendations.profile_of, users))
    return [loaded for loaded in profiles if is_known(loaded)]


def page_query(recommendations: Recommendations) -> Query:
    """The query of a first page, with the shop's usual filter."""
    return Query(PAGE, Filters(in_stock=recommendations.in_stock_by_default))


async def first_page(recommendations: Recommendations, loaded: LoadedProfile) -> list[ItemView]:
    """The items for one shopper, in a time slice of their own."""
    request = ListRequest.of("for-you", loaded.profile.user_id, page_query(recommendations), PLAIN)
    await recommendations.slices.take()
    return recommendations.personal_page(request, loaded).view.items
