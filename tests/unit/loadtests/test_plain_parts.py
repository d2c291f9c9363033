"""What load tests compute without Locust: draws, shapes, thresholds, tokens, settings."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests import settings, thresholds
from loadtests.answers import OFFERED_AGAIN, content_of, nothing_wrong, offers, page_of, some_events_refused
from loadtests.popularity import ZipfChoice
from loadtests.progress import EVERY_SECONDS, PATIENCE_SECONDS, Moment, Progress
from loadtests.stages import SHAPES, Stage, length, stretched, wanted
from loadtests.thresholds import Limits, Measured, Thresholds, breaches
from loadtests.tokens import Client, Tokens

SECRETS = {"LOADTEST_TOKEN_URL": "http://issuer/token", "LOADTEST_CLIENT_SECRET": "s"}


def test_the_first_of_zipf_draws_twice_as_often_as_the_second() -> None:
    choice, chance = ZipfChoice(["a", "b", "c", "d"]), random.Random(1)
    drawn = Counter(choice.draw(chance) for _ in range(20_000))
    assert [name for name, _ in drawn.most_common()] == ["a", "b", "c", "d"]
    assert drawn["a"] / drawn["b"] == pytest.approx(2.0, rel=0.1)
    assert drawn["a"] / drawn["d"] == pytest.approx(4.0, rel=0.1)
    with pytest.raises(ValueError, match="nothing"):
        ZipfChoice([])


@given(st.floats(min_value=0, max_value=5_000), st.sampled_from(sorted(SHAPES)), st.floats(0.01, 10))
def test_a_shape_has_shoppers_until_its_end(elapsed: float, shape: str, scale: float) -> None:
    now = wanted(SHAPES[shape], elapsed, scale)
    assert (now is None) == (elapsed >= length(SHAPES[shape]))
    if now is not None:
        assert now[0] >= 1
        assert now[1] >= 1


def test_stages_follow_one_another() -> None:
    stages = (Stage(10, 1, 1), Stage(20, 5, 2))
    assert [wanted(stages, second) for second in (0, 9.9, 10, 29.9, 30)] == [
        (1, 1),
        (1, 1),
        (5, 2),
        (5, 2),
        None,
    ]
    assert wanted(stages, 10, scale=3) == (15, 6)
    assert length(stretched(stages, 0.5)) == 15
    assert wanted(stretched(stages, 0.5), 5) == (5, 2)


def test_each_limit_that_is_not_kept_is_named() -> None:
    limits = Limits(p95=100, p99=200, failure_ratio=0.01, calls=50)
    kept = Measured("call", 100, 1, 100, 200)
    assert breaches(Thresholds({"call": limits}), [kept]) == []
    broken = Measured("call", 49, 2, 101, 201)
    found = breaches(Thresholds({"call": limits}), [broken])
    assert [sentence.split()[1] for sentence in found] == ["p95", "p99", "4.08%", "49"]
    assert breaches(Thresholds({"call": limits}), []) == ["call: was never called"]


def test_the_file_of_thresholds_has_limits_for_every_shape() -> None:
    for shape in SHAPES:
        assert thresholds.read(shape).limits[thresholds.TOTAL].failure_ratio is not None
    assert thresholds.read("spike").limits["GET similar"].p95 == 1000
    assert thresholds.read("ramp").limits["GET similar"].p95 == 150


def test_a_limit_that_there_is_not_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text("[default.total]\np96 = 1\n")
    with pytest.raises(ValueError, match="p96"):
        thresholds.read("smoke", file)


def test_a_token_is_asked_for_once_and_again_before_it_ends() -> None:
    now, asked = [0.0], []

    def fetch(form: dict[str, str]) -> tuple[str, float]:
        asked.append(form)
        return f"token-{len(asked)}", 300.0

    tokens = Tokens(Client("demo", "secret"), lambda: now[0])
    assert [tokens.token("7", "read", fetch), tokens.token("7", "read", fetch)] == ["token-1", "token-1"]
    assert tokens.token(None, "read", fetch) == "token-2"
    now[0] = 239.0
    assert tokens.token("7", "read", fetch) == "token-1"
    now[0] = 241.0
    assert tokens.token("7", "read", fetch) == "token-3"
    tokens.forget("7", "read")
    assert tokens.token("7", "read", fetch) == "token-4"
    assert asked[0]["subject"] == "7"
    assert "subject" not in asked[1]


def test_settings_name_what_is_wrong(tmp_path: Path) -> None:
    read = settings.read({**SECRETS, "LOADTEST_SHOPPERS": "3-5"})
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
        {"LOADTEST_STRETCH": "inf"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            settings.read({**SECRETS, **wrong})


def test_an_answer_is_its_content_or_what_was_wrong() -> None:
    assert content_of(200, b'{"items": []}', nothing_wrong) == ({"items": []}, "")
    assert content_of(503, b'{"title": "Overloaded"}', nothing_wrong) == ({}, "503 Overloaded")
    assert content_of(502, b"<html>", nothing_wrong) == ({}, "502, and no JSON object")
    assert content_of(200, None, nothing_wrong)[1]
    assert content_of(200, b'{"items": []}', lambda _: "wrong") == ({}, "wrong")


def test_events_of_which_some_were_refused_are_a_failure() -> None:
    assert not some_events_refused({"accepted": 2})
    assert not some_events_refused({"results": [{"status": 202}]})
    assert "422" in some_events_refused({"results": [{"status": 202}, {"status": 422}]})


def test_what_was_bought_may_come_again_only_where_the_answer_could_not_know() -> None:
    page = {"items": [{"product_id": "a"}, {"product_id": "b"}], "recommendation_id": "r"}
    assert page_of(page).products == ("a", "b")
    assert offers("a")(page) == OFFERED_AGAIN
    assert not offers("c")(page)
    assert not offers("a")({**page, "degraded": ["database"]})
    assert offers("a")({**page, "degraded": ["catalog"]}) == OFFERED_AGAIN


def test_progress_tells_of_the_last_seconds_and_of_those_left() -> None:
    progress = Progress("ramp", 300)
    assert "no call yet" in progress.line(Moment(10, 20, 0, 0, 0, None, 0.0))
    line = progress.line(Moment(20, 40, 500, 10, 480, 123.4, 0.25))
    assert line.startswith(
        "ramp 0:20 of 5:00, 4:40 left: 40 shoppers, 50 calls/s, 10 failed, 95 % within 123 ms"
    )
    assert "25% of a core" in line


def test_a_run_is_hopeless_when_the_service_answers_no_more() -> None:
    progress, answers = Progress("ramp", 300), 0
    elapsed = 0.0
    while elapsed < 2 * PATIENCE_SECONDS:
        elapsed, answers = elapsed + EVERY_SECONDS, answers + 1
        progress.line(Moment(elapsed, 5, 100 * answers, 99 * answers, answers, 10, 0.0))
        assert not progress.hopeless, "one in a hundred is well"
    silent = elapsed
    while elapsed - silent < PATIENCE_SECONDS:
        assert not progress.hopeless
        elapsed += EVERY_SECONDS
        progress.line(Moment(elapsed, 5, 10_000, 9_000, answers, 10, 0.0))
    assert progress.hopeless
