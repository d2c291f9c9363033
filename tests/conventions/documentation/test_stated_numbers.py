"""Numbers and messages on the pages are those of the code and the chart."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
import yaml
from uvicorn import Config

from adapters.cache import RedisBounds
from indexer.build.refresh.pipeline import KEPT_REFRESHES
from indexer.evaluation.dataset import MIN_SHOPPERS, TEST_START, EvaluationOptions
from indexer.factorization.cold import NEAREST
from indexer.factorization.recipe import Recipe
from indexer.protocol.metrics import RESAMPLES, TOP, TOP_SHOWN
from indexer.protocol.repeat_windows import MIN_OWN_PRODUCTS, WINDOW_DAYS, WINDOWS
from indexer.settings import IndexerSettings
from indexer.training.basket_rules import POPULARITY_WEIGHTS as BASKET_WEIGHTS
from indexer.training.complements import ORDERS
from indexer.training.page_rules import MAX_COST
from indexer.training.popularity import LARGE_POPULARITY_WEIGHTS, POPULARITY_WEIGHTS
from indexer.training.regularization import RIDGE_FACTORS
from indexer.training.repurchase import BLENDS
from indexer.training.selection import DEFAULT_HALF_LIFE, EXPONENTS, HALF_LIVES
from purchase_files.options import ReadingOptions
from recommender.pages.preferences import LEADING_PLACES
from recommender.profiles import FATIGUE_IMPRESSIONS
from recommender.reranking.caps import COLD_FLOOR, COLD_SHARE
from service.auth.jwks_cache import MAX_WAITING
from service.auth.policy import MAX_LEEWAY_SECONDS
from service.auth.token_format import MAX_TOKEN_LENGTH
from service.console.facts.live import SAMPLE_SECONDS, SAMPLES
from service.console.facts.shoppers.audience import MAX_SECONDS
from service.console.facts.shoppers.first_pages import SAMPLE
from service.http.middleware.compression import MIN_BYTES
from service.http.middleware.request_limits import BODY_BYTES_PER_SECOND, BODY_SECONDS, MAX_PARAMETERS
from service.http.problems import MAX_ERRORS, MAX_TEXT_CHARACTERS
from service.http.uvicorn_protocol import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from service.recommendations.requests import MAX_BATCH_BYTES, MAX_ENTRIES, MAX_RANKINGS_BYTES
from service.settings import ServiceSettings
from service.shoppers.attribution import WINDOW_SECONDS
from service.shoppers.events import CLOCK_MARGIN, EVENTS_PER_UNIT, MAX_EVENTS
from service.signed.cursors import MAX_DEPTH
from service.wiring.clients import DATABASE_BOUNDS, RESPONSE_BYTES
from tests.conventions.source_files import ALL_FILES, ROOT

VALUES: dict[str, Any] = yaml.safe_load((ROOT / "charts/recommender/values.yaml").read_text())
KIB, MIB = 1024, 1024 * 1024
COMMANDS = {"docker", "helm", "indexer", "kubectl", "make", "pip"}
"""First words of quoted texts that are commands."""
FRACTIONS = {0.25: "¼", 0.5: "½", 0.75: "¾"}
WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 10: "ten"}
SERVICE = {name: field.default for name, field in ServiceSettings.model_fields.items()}
INDEXER = {name: field.default for name, field in IndexerSettings.model_fields.items()}


def choices(values: Iterable[float]) -> str:
    """Values that a build chooses from, as the pages write them."""
    *first, last = [FRACTIONS.get(value, f"{value:,.0f}") for value in sorted(set(values))]
    return f"{', '.join(first)} or {last}" if first else last


LIMITS, CONVENTIONS = "docs/security/limits.md", "docs/api/conventions.md"
STATEMENTS = [
    (LIMITS, f"{MAX_HEAD_BYTES // KIB} KiB, {MAX_HEADERS} headers"),
    (LIMITS, f"{MAX_TARGET_BYTES // KIB} KiB, {MAX_PARAMETERS} parameters"),
    (LIMITS, f"| access token | {MAX_TOKEN_LENGTH // KIB} KiB |"),
    (LIMITS, f"{BODY_SECONDS:g} s, and 1 s per {BODY_BYTES_PER_SECOND // KIB} KiB"),
    (LIMITS, f"{MAX_RANKINGS_BYTES // 10**6} MB for rankings, {MAX_BATCH_BYTES // 10**6} MB for a batch"),
    (LIMITS, f"| {MAX_ERRORS}, with {MAX_TEXT_CHARACTERS} characters per text"),
    (LIMITS, f"{SERVICE['max_in_flight']}, a quarter of which may wait"),
    (LIMITS, f"{SERVICE['body_memory_bytes'] // MIB} MiB, a quarter for one caller"),
    (LIMITS, f"{SERVICE['client_requests_per_minute']:,} [units](#units) per minute"),
    (LIMITS, f"{SERVICE['shopper_requests_per_minute']:,} units per minute, over all pods"),
    (LIMITS, f"| {SERVICE['request_seconds']:g} s | 503; 408"),
    (LIMITS, f"| {SERVICE['max_wait_seconds']:g} s | 503"),
    (LIMITS, f"| events | 1 for {EVENTS_PER_UNIT} |"),
    (LIMITS, f"Up to {MAX_WAITING:,} requests wait for that"),
    (CONVENTIONS, f"A list ends after {MAX_DEPTH} items"),
    (CONVENTIONS, f"up to {MAX_EVENTS} events in one call"),
    (CONVENTIONS, f"A body without 1 to {MAX_ENTRIES} `entries`"),
    (CONVENTIONS, f"{MIN_BYTES // KIB} KiB or more is compressed"),
    (CONVENTIONS, f"at most {WORDS[CLOCK_MARGIN.seconds // 60]} minutes ahead"),
    (CONVENTIONS, f"after {WORDS[FATIGUE_IMPRESSIONS]} impressions without a click"),
    (CONVENTIONS, f"among its first {LEADING_PLACES} places"),
    (CONVENTIONS, f"up to {SERVICE['permanent_events_per_shopper']:,} of a shopper"),
    (CONVENTIONS, f"the latest {SERVICE['recent_events_per_shopper']:,} are kept"),
    ("docs/guides/events.md", f"An id counts for {WORDS[WINDOW_SECONDS // 86_400]} days"),
    ("docs/guides/events.md", f"Send up to {MAX_EVENTS} events in a call"),
    ("docs/guides/shop-pages.md", f"{MAX_ENTRIES} shoppers a call"),
    ("docs/guides/personal-data.md", f"for {VALUES['retention']['days']} days in the chart"),
    ("docs/guides/console.md", f"of up to {SAMPLE} known shoppers"),
    ("docs/guides/console.md", f"at most {WORDS[int(MAX_SECONDS)]} seconds"),
    ("docs/guides/console.md", f"renews itself every {SAMPLE_SECONDS:g} seconds"),
    ("docs/guides/console.md", f"The last {WORDS[int(SAMPLES * SAMPLE_SECONDS / 60)]} minutes"),
    ("docs/guides/tokens.md", "typ` is `at+jwt`"),
    ("docs/guides/evaluate.md", f"latest {'fifth' if TEST_START == 0.8 else '?'} of the purchases"),
    ("docs/security/issuers.md", f"`leeway_seconds`, {MAX_LEEWAY_SECONDS:g} at most"),
    ("docs/operations/connections.md", f"no answer within {RedisBounds().read_seconds:g} s"),
    (
        "docs/operations/connections.md",
        f"again {'twice' if RedisBounds().probe_seconds == 0.5 else '?'} a second",
    ),
    ("docs/operations/sizing.md", f"at most {DATABASE_BOUNDS.connections} connections per pod"),
    ("docs/operations/sizing.md", f"{RESPONSE_BYTES // MIB} MiB each of kept shoppers"),
    ("docs/operations/sizing.md", f"{SERVICE['shopper_memory_bytes'] // MIB} MiB each of kept shoppers"),
    ("docs/operations/sizing.md", f"above {VALUES['autoscaling']['cpuPercent']} % of the requested CPU"),
    ("docs/operations/requirements.md", f"ask for {VALUES['autoscaling']['maxReplicas']} pods"),
    ("docs/operations/requirements.md", f"| {VALUES['indexer']['resources']['requests']['cpu']} | 4 Gi |"),
    ("docs/explanation/quality.md", f"{RESAMPLES:,} resamples"),
    ("docs/explanation/quality.md", f"NDCG@{TOP} with binary relevance"),
    ("docs/explanation/quality.md", f"catalog coverage@{TOP_SHOWN}"),
    ("docs/explanation/quality.md", f"latest {WORDS[WINDOWS]} windows of {WINDOW_DAYS} days"),
    ("docs/explanation/quality.md", f"at least {WORDS[MIN_OWN_PRODUCTS]} own products"),
    ("docs/explanation/quality.md", f"fewer than {MIN_SHOPPERS} cases"),
    (
        "docs/explanation/quality.md",
        f"`INDEXER_GATE_MARGIN` ({INDEXER['gate_margin']:.0%})".replace("%", " %"),
    ),
    ("docs/explanation/quality.md", f"`INDEXER_GATE_MINIMUM_SHOPPERS` ({INDEXER['gate_minimum_shoppers']})"),
    (
        "docs/explanation/quality.md",
        f"more than {MAX_COST:.1%} is dropped".replace("%", " %"),
    ),
    (
        "docs/explanation/quality.md",
        f"| {', '.join(f'{weight:g}' for weight in sorted({mu for mu, _, days in BLENDS if days < 1_000}))}; and",
    ),
    (
        "docs/explanation/quality.md",
        f"at least a {'twentieth' if COLD_SHARE == 0.05 else '?'} of the catalog and it scores"
        f" at least a {'fifth' if COLD_FLOOR == 0.2 else '?'}",
    ),
    ("docs/explanation/quality.md", f"of the {NEAREST} warm products with the nearest texts"),
    (
        "docs/explanation/algorithm.md",
        f"| {' or '.join(f'{days:g}' for days in HALF_LIVES if days < 10_000)} days, or none |",
    ),
    (
        "docs/explanation/algorithm.md",
        f"| {' or '.join(f'{factor:g}' for factor in RIDGE_FACTORS)} times that |",
    ),
    (
        "docs/explanation/algorithm.md",
        f"| weight of popularity in baskets | 0 | | {choices(BASKET_WEIGHTS[1:])} |",
    ),
    ("docs/explanation/quality.md", f"with a weight of {choices(BASKET_WEIGHTS[1:])} where recall@10"),
    (
        "docs/explanation/algorithm.md",
        f"| {' or '.join(f'{weight:g}' for weight in POPULARITY_WEIGHTS)}, in shops of more than 500 products"
        f" {choices(LARGE_POPULARITY_WEIGHTS)} |",
    ),
    ("docs/explanation/algorithm.md", f"`INDEXER_TREND_EXPONENT` | {choices([0, *EXPONENTS])} |"),
    (
        "docs/explanation/algorithm.md",
        f"in bought together | {ORDERS[0][0]:g} | | {choices({k for k, _ in ORDERS} - {ORDERS[0][0]})} |",
    ),
    (
        "docs/explanation/algorithm.md",
        f"| {choices([ORDERS[0][1]])} | | {choices({e for _, e in ORDERS} - {ORDERS[0][1]})} |",
    ),
    ("docs/guides/your-data.md", f"Above {ReadingOptions().memory_bytes >> 30} GiB, tables go to temporary"),
    (
        "docs/operations/sizing.md",
        f"{WORDS[INDEXER['prune_keep']].capitalize()} versions are kept (`INDEXER_PRUNE_KEEP`), and each for at least"
        f" {'a day' if INDEXER['prune_minimum_age_hours'] == 24 else '?'}",
    ),
    (
        "docs/operations/sizing.md",
        f"Refreshes stay for {'an hour' if KEPT_REFRESHES.total_seconds() == 3_600 else '?'}",
    ),
    (
        "docs/operations/install.md",
        f"a refresh every {VALUES['indexer']['refresh']['schedule'][2:4]} minutes",
    ),
    (
        "docs/operations/upgrade.md",
        f"`maxUnavailable: {VALUES['service']['strategy']['rollingUpdate']['maxUnavailable']}`",
    ),
    ("docs/faq.md", f"half-life of {DEFAULT_HALF_LIFE:g} days"),
    ("docs/faq.md", f"the latest {SERVICE['profile_purchases']:,} purchases"),
    (
        "docs/faq.md",
        f"within {WORDS[int(SERVICE['profile_stale_seconds'] / 60)]} minutes (`SERVICE_PROFILE_STALE_SECONDS`)",
    ),
    ("docs/faq.md", f"within {SERVICE['snapshot_poll_seconds']:g} seconds of its publication"),
    (
        "docs/guides/personal-data.md",
        f"{'a day' if SERVICE['profile_keep_seconds'] == 86_400 else '?'} (`SERVICE_PROFILE_KEEP_SECONDS`)",
    ),
    ("docs/explanation/algorithm.md", f"use one seed, {Recipe().seed}, which is no setting"),
    ("docs/explanation/algorithm.md", f"| rank | {INDEXER['rank']} |"),
    ("docs/explanation/algorithm.md", f"| latest products of a history | {INDEXER['history_limit']} |"),
    ("docs/explanation/algorithm.md", f"| buyers that make a product warm | {INDEXER['minimum_buyers']} |"),
    (
        "docs/explanation/algorithm.md",
        f"| half-life of the trend | {INDEXER['trend_half_life_days']:g} days |",
    ),
    ("docs/explanation/algorithm.md", f"| window of popularity | {INDEXER['popularity_days']} days |"),
]


@pytest.mark.parametrize(("page", "statement"), STATEMENTS)
def test_stated_number_is_that_of_the_code(page: str, statement: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert statement in text


def test_change_of_the_catalog_is_seen_within_the_stated_time() -> None:
    """A poll comes up to a fifth later than the mean."""
    assert SERVICE["overlay_poll_seconds"] * 1.2 <= 20
    assert EvaluationOptions().seed == Recipe().seed


def test_proxy_closes_idle_connections_before_the_service() -> None:
    (text,) = re.findall(r"keepalive_timeout (\d+)s", (ROOT / "docker/nginx/upstream.conf").read_text())
    closed = Config(app="service").timeout_keep_alive
    assert int(text) < closed
    page = (ROOT / LIMITS).read_text()
    assert f"idle for {closed} seconds after an answer" in page
    assert f"`keepalive_timeout {text}s` in `upstream`" in page


def test_messages_of_the_troubleshooting_page_are_in_the_code() -> None:
    rows = re.findall(r"^\| (.+?) \|", (ROOT / "docs/troubleshooting.md").read_text(), re.MULTILINE)
    messages = [text for row in rows for text in re.findall(r"`([^`]+ [^`]+)`", row)]
    assert len(messages) >= 4
    parts = [part.strip() for message in messages for part in message.split("…")]
    assert [part for part in parts if part not in shipped_text()] == []


def test_messages_and_log_events_of_all_pages_are_in_the_code() -> None:
    pages = [path for path in ROOT.glob("docs/**/*.md") if not {"adr", "reference"} & set(path.parts)]
    quoted = {text for page in pages for text in re.findall(r"`([a-z]+(?: [a-z]+)+)`", page.read_text())}
    messages = {text for text in quoted if text.split()[0] not in COMMANDS}
    assert "snapshot refused" in messages
    assert {message for message in messages if message not in shipped_text()} == set()


@cache
def shipped_text() -> str:
    """The code of all programs, and the Makefile."""
    code = [path.read_text() for path in ALL_FILES if path.suffix == ".py" and "tests" not in path.parts]
    return "".join([*code, (ROOT / "Makefile").read_text()])
