"""Preferences in the API: their JSON form and its validation."""

import dataclasses
import math
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from adapters.catalog import id_fault
from recommender.entities import Preferences
from recommender.snapshot.brands import brand_key
from recommender.snapshot.categories import path_key
from service.http.ids import ProductId, normalize_ids
from service.http.problems import InvalidValues, ProblemError

MAX_NAMES = 100
MAX_HIDDEN = 1_000
MAX_NAME_CHARACTERS = 500
MAX_PREFERENCES_BYTES = 2_000_000
"""Every list at its maximum, in any script, fits."""

_NAME_FIELDS = ("liked_categories", "disliked_categories", "liked_brands", "disliked_brands")
_FIELDS = tuple(field.name for field in dataclasses.fields(Preferences))
_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARACTERS)]
_Names = Annotated[tuple[_Name, ...], Meta(max_length=MAX_NAMES)]


# The decoder checks the lengths, before anything is compared.
class PreferencesView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Likes and dislikes of a shopper.

    Attributes:
        liked_categories, liked_brands: shown more often.
        disliked_categories, disliked_brands: shown less often.
        price_min, price_max: range of prices that is shown more often. Null: no bound.
        hidden_products: never shown.
    """

    liked_categories: _Names = ()
    disliked_categories: _Names = ()
    liked_brands: _Names = ()
    disliked_brands: _Names = ()
    price_min: float | None = None
    price_max: float | None = None
    hidden_products: Annotated[tuple[ProductId, ...], Meta(max_length=MAX_HIDDEN)] = ()

    def __post_init__(self) -> None:
        normalize_ids(self, "hidden_products")

    @classmethod
    def of(cls, preferences: Preferences) -> "PreferencesView":
        """Returns the JSON form of preferences."""
        return cls(**dataclasses.asdict(preferences))


class PreferencesBody(PreferencesView, frozen=True, forbid_unknown_fields=True):
    """Preferences, or a document as a read returns it.

    Attributes:
        user_id: the user of the path. Only with `preferences`.
        preferences: the preferences of a document, which then stand nowhere else.
        updated_at: ignored. Only with `preferences`.
    """

    user_id: str | UnsetType = UNSET
    preferences: PreferencesView | UnsetType = UNSET
    updated_at: datetime | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        normalize_ids(self, "user_id")


def validate_preferences(body: PreferencesBody, user_id: str) -> Preferences:
    """Returns the core's preferences.

    Args:
        body: the request's body.
        user_id: the user of the path.

    Raises:
        InvalidValues: a blank name, an invalid id or price, a name both liked and disliked, fields in two places, or
            another user's document.
    """
    errors = _document_errors(body, user_id)
    view, within = (body, "") if body.preferences is UNSET else (body.preferences, "/preferences")
    errors += [
        msgspec.structs.replace(error, pointer=f"{within}{error.pointer}")
        for find in (_name_errors, _contradictions, _price_errors, _id_errors)
        for error in find(view)
    ]
    if errors:
        raise InvalidValues(errors)
    return Preferences(**{name: getattr(view, name) for name in _FIELDS})


def _document_errors(body: PreferencesBody, user_id: str) -> list[ProblemError]:
    if body.preferences is UNSET:
        return [
            ProblemError("It is only allowed beside `preferences`.", f"/{name}")
            for name in ("user_id", "updated_at")
            if getattr(body, name) is not UNSET
        ]
    misplaced = [name for name in _FIELDS if getattr(body, name) != getattr(PreferencesView(), name)]
    errors = [ProblemError("It belongs within `preferences`.", f"/{name}") for name in misplaced]
    if body.user_id not in (UNSET, user_id):
        errors.append(ProblemError("It is not the user of the path.", "/user_id"))
    return errors


def _id_errors(view: PreferencesView) -> list[ProblemError]:
    faults = ((position, id_fault(product_id)) for position, product_id in enumerate(view.hidden_products))
    return [
        ProblemError(f"The id {fault}.", f"/hidden_products/{position}")
        for position, fault in faults
        if fault
    ]


def _name_errors(view: PreferencesView) -> list[ProblemError]:
    return [
        ProblemError("A name is not blank.", f"/{field}/{position}")
        for field in _NAME_FIELDS
        for position, name in enumerate(getattr(view, field))
        if not name.strip()
    ]


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
