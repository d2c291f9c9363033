"""Rules by which chosen parameters are kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters.snapshots.manifest import EmbeddingModel
from indexer.build.holdout import HoldoutMetrics
from indexer.build.kept_parameters import Choice, Circumstances, KeptParameters, ShopSize
from indexer.factorization import Recipe
from indexer.protocol.metrics import Interval
from indexer.training.selection import ChosenParameters
from indexer.training.train import TrainingConfig

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
THEN = Circumstances(
    TrainingConfig(Recipe()), EmbeddingModel("m", "1", 384), ShopSize(1_000, 20_000, 500), NOW
)
CHOSEN = ChosenParameters(60.0, 0.5, (90, 80, 70), {"ridge 30": (0.1, 0.1, 0.1)}, 0.4, 30.0)
BEFORE = replace(CHOSEN, trend_exponent=0.25)


def holdout(ndcg: float = 0.1, choices: ChosenParameters = BEFORE) -> HoldoutMetrics:
    interval = Interval(ndcg, ndcg, ndcg)
    return HoldoutMetrics(500, interval, 0.2, 0.5, 0.05, interval, choices)


def choice() -> Choice:
    found = Choice.of(THEN, holdout(), CHOSEN)
    assert found is not None
    return found


def later(**changes: object) -> Circumstances:
    return replace(THEN, time=NOW + timedelta(days=1), **changes)


@pytest.mark.parametrize(
    "now",
    [
        later(),
        replace(THEN, time=NOW + WEEK - timedelta(seconds=1)),
        later(size=ShopSize(1_100, 22_000, 550)),
        later(size=ShopSize(900, 18_000, 450)),
    ],
)
def test_choice_holds_in_about_the_same_shop(now: Circumstances) -> None:
    assert choice().outdated(now, WEEK) is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (replace(THEN, time=NOW + WEEK), "too old"),
        (replace(THEN, time=NOW - timedelta(seconds=1)), "too old"),
        (later(config=TrainingConfig(Recipe(rank=64))), "configured"),
        (later(config=TrainingConfig(Recipe(), 90.0)), "configured"),
        (later(model=EmbeddingModel("m", "2", 384)), "configured"),
        (later(size=ShopSize(1_101, 20_000, 500)), "changed"),
        (later(size=ShopSize(1_000, 17_999, 500)), "changed"),
        (later(size=ShopSize(1_000, 20_000, 551)), "changed"),
    ],
)
def test_choice_is_outdated_in_other_circumstances(now: Circumstances, reason: str) -> None:
    assert reason in str(choice().outdated(now, WEEK))


def test_choice_of_another_version_is_outdated() -> None:
    other = msgspec.structs.replace(choice(), version="0.0.1")
    assert "version" in str(other.outdated(later(), WEEK))


def test_age_of_zero_keeps_nothing() -> None:
    assert choice().outdated(THEN, timedelta(0)) is not None


@pytest.mark.parametrize(("ndcg", "fallen"), [(0.11, False), (0.0971, False), (0.0969, True)])
def test_choice_is_given_up_when_quality_falls(ndcg: float, fallen: bool) -> None:
    assert choice().has_fallen(holdout(ndcg)) is fallen


def test_holdout_and_snapshot_keep_their_own_parameters() -> None:
    config = TrainingConfig(Recipe(rank=64))
    kept = choice()
    assert kept.holdout.applied_to(config) == config.with_choices(BEFORE)
    assert kept.final.applied_to(config) == config.with_choices(CHOSEN)


@pytest.mark.parametrize(
    ("measured", "final"),
    [
        (None, CHOSEN),
        (holdout(choices=ChosenParameters(180.0, 0.0)), CHOSEN),
        (holdout(), ChosenParameters(180.0, 0.0)),
    ],
)
def test_choice_without_measurement_or_windows_is_not_kept(
    measured: HoldoutMetrics | None, final: ChosenParameters
) -> None:
    assert Choice.of(THEN, measured, final) is None


def test_choice_survives_the_manifest() -> None:
    record = msgspec.json.decode(msgspec.json.encode(choice().record()))
    assert msgspec.convert(record["choice"], Choice) == choice()
    assert choice().outdated(later(), WEEK) is None
    assert KeptParameters.of(CHOSEN) == choice().final
