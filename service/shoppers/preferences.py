"""Preferences in the API: their JSON form and its validation."""

import dataclasses
import math

import msgspec

from adapters.catalog import id_fault
from recommender.entities import Preferences
from recommender.snapshot.brands import brand_key
from recommender.snapshot.categories import path_key
from service.http.ids import ProductId
from service.http.problems import InvalidValues, ProblemError

MAX_NAMES = 100
MAX_HIDDEN = 1_000
MAX_NAME_CHARACTERS = 500

_NAME_FIELDS = ("liked_categories", "disliked_categories", "liked_brands", "disliked_brands")


class PreferencesView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Likes and dislikes of a shopper. The API limits the length of each list."""

    liked_categories: tuple[str, ...] = ()
    disliked_categories: tuple[str, ...] = ()
    liked_brands: tuple[str, ...] = ()
    disliked_brands: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    hidden_products: tuple[ProductId, ...] = ()

    @classmethod
    def of(cls, preferences: Preferences) -> "PreferencesView":
        """Returns the JSON form of preferences."""
        return cls(**dataclasses.asdict(preferences))

    def preferences(self) -> Preferences:
        """Returns the core's preferences."""
        return Preferences(**msgspec.structs.asdict(self))


def validate_preferences(view: PreferencesView) -> Preferences:
    """Returns the core's preferences.

    Raises:
        InvalidValues: a list or name that is too long, an invalid id or price, or a name both liked and disliked.
    """
    errors = [*_name_errors(view), *_contradictions(view), *_price_errors(view), *_id_errors(view)]
    if errors:
        raise InvalidValues(errors)
    return view.preferences()


def _id_errors(view: PreferencesView) -> list[ProblemError]:
    if len(view.hidden_products) > MAX_HIDDEN:
        return [ProblemError(f"There are more than {MAX_HIDDEN:,}.", "/hidden_products")]
    faults = ((position, id_fault(product_id)) for position, product_id in enumerate(view.hidden_products))
    return [
        ProblemError(f"The id {fault}.", f"/hidden_products/{position}")
        for position, fault in faults
        if fault
    ]


def _name_errors(view: PreferencesView) -> list[ProblemError]:
    errors = []
    for field in _NAME_FIELDS:
        names = getattr(view, field)
        if len(names) > MAX_NAMES:
            errors.append(ProblemError(f"There are more than {MAX_NAMES}.", f"/{field}"))
            continue
        errors += [
            ProblemError(f"A name has 1 to {MAX_NAME_CHARACTERS} characters.", f"/{field}/{position}")
            for position, name in enumerate(names)
            if not name.strip() or len(name) > MAX_NAME_CHARACTERS
        ]
    return errors


def _contradictions(view: PreferencesView) -> list[ProblemError]:
    errors = []
    for kind, key in (("categories", path_key), ("brands", brand_key)):
        liked = {key(name) for name in getattr(view, f"liked_{kind}")}
        errors += [
            ProblemError(f"{name[:50]!r} is also liked.", f"/disliked_{kind}/{position}")
            for position, name in enumerate(getattr(view, f"disliked_{kind}"))
            if key(name) in liked
        ]
    return errors


def _price_errors(view: PreferencesView) -> list[ProblemError]:
    low, high = view.price_min, view.price_max
    errors = [
        ProblemError("A price is finite and not negative.", f"/{name}")
        for name, price in (("price_min", low), ("price_max", high))
        if price is not None and not (math.isfinite(price) and price >= 0)
    ]
    if not errors and low is not None and high is not None and low > high:
        errors.append(ProblemError("It is above price_max.", "/price_min"))
    return errors
