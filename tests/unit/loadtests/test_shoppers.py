import random
from collections import Counter
from pathlib import Path

import pytest

from loadtests import settings
from loadtests.answers import (
    OFFERED_AGAIN,
    accept_any,
    all_events_accepted,
    does_not_offer,
    page_of,
    parse_answer,
)
from loadtests.popularity import ZipfChoice
from loadtests.tokens import Client, Tokens


def test_most_popular_product_is_drawn_twice_as_often_as_the_next() -> None:
    choice, rng = ZipfChoice(["a", "b", "c", "d"]), random.Random(1)
    drawn = Counter(choice.draw(rng) for _ in range(20_000))
    assert drawn["a"] / drawn["b"] == pytest.approx(2.0, rel=0.1)
    assert drawn["a"] / drawn["d"] == pytest.approx(4.0, rel=0.1)


def test_token_is_cached_until_shortly_before_it_expires() -> None:
    now, forms = [0.0], []

    def fetch(form: dict[str, str]) -> tuple[str, float]:
        forms.append(form)
        return f"token-{len(forms)}", 300.0

    tokens = Tokens(Client("demo", "secret"), lambda: now[0])
    assert [tokens.token("7", "read", fetch), tokens.token("7", "read", fetch)] == ["token-1", "token-1"]
    assert tokens.token(None, "read", fetch) == "token-2"
    now[0] = 239.0
    assert tokens.token("7", "read", fetch) == "token-1"
    now[0] = 241.0
    assert tokens.token("7", "read", fetch) == "token-3"
    assert forms[0]["subject"] == "7"
    assert "subject" not in forms[1]


def test_invalid_setting_is_named(tmp_path: Path) -> None:
    required = {"LOADTEST_TOKEN_URL": "http://issuer/token", "LOADTEST_CLIENT_SECRET": "s"}
    read = settings.read({**required, "LOADTEST_SHOPPERS": "3-5"})
    assert (read.shape, read.shoppers) == ("smoke", ("3", "4", "5"))
    ids = tmp_path / "ids"
    ids.write_text("a b\nc\n")
    assert settings.known_shoppers(str(ids)) == ("a b", "c")
    for wrong in (
        {"LOADTEST_SHAPE": "big"},
        {"LOADTEST_SHOPPERS": "5-3"},
        {"LOADTEST_TOKEN_URL": ""},
        {"LOADTEST_SCALE": "many"},
        {"LOADTEST_STRETCH": "0"},
        {"LOADTEST_SEED": "x"},
        {"LOADTEST_CLIENT_SECRET_FILE": "none"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            settings.read({**required, **wrong})


def test_answer_has_content_or_a_fault() -> None:
    assert parse_answer(200, b'{"items": []}', accept_any) == ({"items": []}, "")
    assert parse_answer(503, b'{"title": "Overloaded"}', accept_any) == ({}, "503 Overloaded")
    assert parse_answer(502, b"<html>", accept_any) == ({}, "502 without a JSON object")
    assert parse_answer(200, b'{"items": []}', lambda _: "wrong") == ({}, "wrong")


def test_batch_with_a_rejected_event_is_a_fault() -> None:
    assert not all_events_accepted({"accepted": 2})
    assert "422" in all_events_accepted({"results": [{"status": 202}, {"status": 422}]})


def test_bought_product_may_be_offered_only_without_the_database() -> None:
    page = {"items": [{"product_id": "a"}, {"product_id": "b"}], "recommendation_id": "r"}
    assert page_of(page).products == ("a", "b")
    assert does_not_offer("a")(page) == OFFERED_AGAIN
    assert not does_not_offer("c")(page)
    assert not does_not_offer("a")({**page, "degraded": ["database"]})
    assert does_not_offer("a")({**page, "degraded": ["catalog"]}) == OFFERED_AGAIN
