"""Names in answers: enumerations with a meaning, and reasons as data."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest

from recommender.entities import ReasonCode, TermName
from recommender.explanations.reasons import MIN_NAMED_BUYERS
from recommender.pages import popular, preferences, related_items, shopper_state, similar_items
from recommender.scenarios import bought_together, buy_again, new_arrivals, trending
from service.openapi import vocabulary
from service.recommendations.names import Scenario, Strategy
from service.recommendations.responses import ReasonValues
from service.recommendations.viewers import NOTHING
from service.shoppers.profiles.loaded_profile import Degradation
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, served_shop

CALLS = (
    "/v1/popular",
    "/v1/popular?window=all",
    "/v1/trending?window=30d",
    "/v1/new-arrivals?user_id=u1",
    "/v1/products/p1/similar",
    "/v1/products/p1/bought-together",
    "/v1/users/u1/recommendations?include_purchased=true",
    "/v1/users/u1/buy-again",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(product, title=f"Thing {chr(65 + number % 26)}", created_at=START)
        for number, product in enumerate(catalog.product_list)
    ]
    again = [
        msgspec.structs.replace(one, id=f"again {one.id}", purchased_at=one.purchased_at - timedelta(days=30))
        for one in catalog.purchase_list
    ]
    catalog.purchase_list += again
    now = (START + timedelta(days=25)).timestamp()
    with served_shop(catalog, tmp_path_factory.mktemp("names"), now=now) as running:
        yield running


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (vocabulary.SCENARIOS, Scenario),
        (vocabulary.STRATEGIES, Strategy),
        (vocabulary.DEGRADATIONS, Degradation),
        (vocabulary.REASONS, ReasonCode),
        (vocabulary.TERMS, TermName),
    ],
)
def test_every_name_has_a_meaning(names: dict[str, str], kind: Any) -> None:
    assert set(names) == set(get_args(kind))
    assert all(meaning.endswith(".") for meaning in names.values())


def test_no_meaning_is_given_twice() -> None:
    """Two kinds may share a name, such as `basket`, and no meaning."""
    names = {each.title: each.names for each in vocabulary.VOCABULARIES}
    meanings = [meaning for each in (*names.values(), vocabulary.VALUES) for meaning in each.values()]
    assert len(meanings) == len(set(meanings))


def test_every_strategy_is_an_enumerated_one() -> None:
    used = {popular.POPULAR, preferences.PREFERRED, related_items.RELATED, similar_items.SIMILAR, NOTHING}
    used |= {shopper_state.PERSONALISED, shopper_state.SESSION, bought_together.BOUGHT_TOGETHER}
    used |= {buy_again.BUY_AGAIN, new_arrivals.NEW, trending.TRENDING}
    assert used == set(vocabulary.STRATEGIES)


def test_document_enumerates_and_describes_names(served: ServedShop) -> None:
    schemas = served.client.get("/schema/openapi.json").json()["components"]["schemas"]
    for each in vocabulary.VOCABULARIES:
        found = schemas[each.schema]["properties"][each.property]
        name = found.get("items", found)["$ref"].rpartition("/")[2]
        assert set(schemas[name]["enum"]) == set(each.names), each
        assert all(f"- `{name}`: {meaning}" in found["description"] for name, meaning in each.names.items())
    values = schemas["ReasonValues"]["properties"]
    assert {name: one["description"] for name, one in values.items()} == vocabulary.VALUES
    assert set(ReasonValues.__struct_fields__) == set(vocabulary.VALUES)


def test_values_hold_every_number_of_a_text(served: ServedShop) -> None:
    codes = set()
    for call in CALLS:
        answer = served.get(f"{call}{'&' if '?' in call else '?'}limit=60&explain=true").json()
        assert answer["scenario"] in vocabulary.SCENARIOS
        assert answer["strategy"] in vocabulary.STRATEGIES
        for item in answer["items"]:
            reason = item["reason"]
            codes.add(reason["code"])
            assert reason["code"] in vocabulary.REASONS
            assert {term["term"] for term in item.get("terms", [])} <= set(vocabulary.TERMS)
            said = re.findall(r"\d{4}-\d\d-\d\d|[\d.,]*\d", reason["text"])
            values = msgspec.convert(reason.get("values", {}), ReasonValues, strict=True)
            known = {f"{value}" for value in msgspec.structs.astuple(values) if value is not None}
            assert set(said) <= known, reason
            assert set(reason.get("values", {})) <= set(vocabulary.VALUES)
            if not said and "values" in reason:
                few = reason["values"]  # "before" instead of "on 1 days", "a few" instead of "by 3 shoppers"
                assert few == {"days": 1} or 0 < few["buyers"] < MIN_NAMED_BUYERS
    assert codes >= {"popular", "new", "due_again", "because_you_bought"}


def test_enumerations_have_names_of_their_own(served: ServedShop) -> None:
    document = served.client.get("/schema/openapi.json").json()
    named = {name: one for name, one in document["components"]["schemas"].items() if "enum" in one}
    assert len(named) > 15
    assert json.dumps(document).count('"enum"') == len(named)
    values = [frozenset(one["enum"]) for one in named.values()]
    assert len(values) == len(set(values))
