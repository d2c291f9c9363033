"""Preferences as a shop sends them: bounded, and free of contradictions."""

import math

import msgspec

from adapters.catalog import id_fault
from recommender.snapshot.brands import brand_key
from recommender.snapshot.categories import path_key
from service.http.json_bodies import decoded_body
from service.http.problems import ProblemError
from service.http.refusals import InvalidValues
from service.shoppers.records import PreferencesView

MOST_NAMES = 100
MOST_HIDDEN = 1_000
LONGEST_NAME = 500

_PREFERENCES = msgspec.json.Decoder(PreferencesView)
_NAMES = ("liked_categories", "disliked_categories", "liked_brands", "disliked_brands")


def decoded_preferences(body: bytes) -> PreferencesView:
    """The preferences in `body`.

    Raises:
        MalformedBody: it is not JSON.
        InvalidValues: a list or a name is too long, an id or a price cannot be, or something is liked and disliked.
    """
    preferences = decoded_body(body, _PREFERENCES)
    errors = [*_faulty_names(preferences), *_contradictions(preferences), *_faulty_prices(preferences)]
    if len(preferences.hidden_products) > MOST_HIDDEN:
        errors.append(ProblemError(f"There are more than {MOST_HIDDEN:,}.", "/hidden_products"))
    else:
        faults = ((position, id_fault(id_)) for position, id_ in enumerate(preferences.hidden_products))
        errors += [
            ProblemError(f"The id {fault}.", f"/hidden_products/{position}")
            for position, fault in faults
            if fault
        ]
    if errors:
        raise InvalidValues(errors)
    return preferences


def _faulty_names(preferences: PreferencesView) -> list[ProblemError]:
    errors = []
    for field in _NAMES:
        names = getattr(preferences, field)
        if len(names) > MOST_NAMES:
            errors.append(ProblemError(f"There are more than {MOST_NAMES}.", f"/{field}"))
            continue
        errors += [
            ProblemError(f"A name has 1 to {LONGEST_NAME} characters.", f"/{field}/{position}")
            for position, name in enumerate(names)
            if not name.strip() or len(name) > LONGEST_NAME
        ]
    return errors


def _contradictions(preferences: PreferencesView) -> list[ProblemError]:
    errors = []
    for what, key in (("categories", path_key), ("brands", brand_key)):
        liked = {key(name) for name in getattr(preferences, f"liked_{what}")}
        errors += [
            ProblemError(f"{name[:50]!r} is liked too.", f"/disliked_{what}/{position}")
            for position, name in enumerate(getattr(preferences, f"disliked_{what}"))
            if key(name) in liked
        ]
    return errors


def _faulty_prices(preferences: PreferencesView) -> list[ProblemError]:
    low, high = preferences.price_min, preferences.price_max
    errors = [
        ProblemError("A price is finite and not negative.", f"/{name}")
        for name, price in (("price_min", low), ("price_max", high))
        if price is not None and not (math.isfinite(price) and price >= 0)
    ]
    if not errors and low is not None and high is not None and low > high:
        errors.append(ProblemError("It is above price_max.", "/price_min"))
    return errors
