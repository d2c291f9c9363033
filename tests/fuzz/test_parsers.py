"""Random tokens, cursors, recommendation ids and manifests are rejected quickly.

Each kind gets 50 times `FUZZ_EXAMPLES` examples (default 100), because they need no request.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.snapshots import SigningKey, SnapshotError
from adapters.snapshots.layout import MANIFEST, SIGNATURE
from adapters.snapshots.verification import read_manifest
from service.auth import InvalidToken, IssuerPolicy, TokenVerifier
from service.signed.cursors import SALT, CursorFault, Cursors
from service.signed.recommendation_ids import RecommendationIds
from service.signed.signer import TokenSigner
from tests.support.builders.published_snapshots import publish, shop
from tests.support.tokens import ISSUER, Clock, Forge, segment

pytestmark = pytest.mark.timeout(600)

KEY = SigningKey(b"a key of thirty-two bytes or more")
MAX_SECONDS = 1.0
FUZZED = settings(
    max_examples=50 * int(os.environ.get("FUZZ_EXAMPLES") or "100"),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "rsa-1"}
headers = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "jku", "b64", "zip", "cty", "x5c"]),
    values,
    max_size=3,
)
claims = st.dictionaries(
    st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "sub", "client_id", "scope"]), values, max_size=4
)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    made = Forge(tmp_path_factory.mktemp("keys") / "jwks.json")
    made.publish(made.rsa, made.ec, made.okp)
    return made


@pytest.fixture(scope="module")
def runner(forge: Forge) -> Iterator[tuple[asyncio.Runner, TokenVerifier]]:
    policy = IssuerPolicy(issuer=ISSUER, audience="recommender", jwks_file=forge.jwks_file)
    with asyncio.Runner() as running:
        verifier = TokenVerifier([policy], clock=Clock(), monotonic=Clock())
        yield running, verifier
        running.run(verifier.close())


def verified(runner: tuple[asyncio.Runner, TokenVerifier], token: str) -> bool:
    """True if the token is accepted. Other errors and long waits are findings."""
    running, verifier = runner
    started = time.monotonic()
    try:
        running.run(verifier.verify(token))
    except InvalidToken as error:
        # The reason is sent in a header, between quotation marks.
        if not error.reason.isascii() or '"' in error.reason:
            raise AssertionError(error.reason) from error
        return False
    finally:
        assert time.monotonic() - started < MAX_SECONDS
    return True


@FUZZED
@given(token=st.text() | st.from_regex(r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,5}"))
def test_random_texts_are_rejected_as_tokens(
    runner: tuple[asyncio.Runner, TokenVerifier], token: str
) -> None:
    assert not verified(runner, token)


@FUZZED
@given(header=st.binary(max_size=200), payload=st.binary(max_size=200), signature=st.binary(max_size=300))
def test_random_segments_are_rejected_as_tokens(
    runner: tuple[asyncio.Runner, TokenVerifier], header: bytes, payload: bytes, signature: bytes
) -> None:
    assert not verified(runner, b".".join(map(segment, (header, payload, signature))).decode())


@FUZZED
@given(header=headers, changed=claims, signature=st.binary(max_size=300))
def test_token_without_valid_signature_is_rejected(
    runner: tuple[asyncio.Runner, TokenVerifier],
    forge: Forge,
    header: dict[str, Any],
    changed: dict[str, Any],
    signature: bytes,
) -> None:
    parts = (json.dumps(HEADER | header), json.dumps(forge.claims() | changed))
    token = b".".join([*(segment(part.encode()) for part in parts), segment(signature)])
    assert not verified(runner, token.decode())


@FUZZED
@given(changed=claims)
def test_signed_token_needs_its_claims(
    runner: tuple[asyncio.Runner, TokenVerifier], forge: Forge, changed: dict[str, Any]
) -> None:
    found = forge.claims() | changed
    if verified(runner, forge.token(payload=json.dumps(found).encode())):
        assert found["iss"] == ISSUER
        assert "recommender" in found["aud"]
        assert isinstance(found["sub"], str)
        assert isinstance(found["client_id"], str)
        assert found["exp"] > Clock().now - 31


@FUZZED
@given(position=st.integers(0, 10_000), character=st.characters())
def test_token_with_a_changed_character_is_rejected(
    runner: tuple[asyncio.Runner, TokenVerifier], forge: Forge, position: int, character: str
) -> None:
    good = forge.token()
    place = position % len(good)
    changed = good[:place] + character + good[place + 1 :]
    assert verified(runner, changed) == (changed == good)


@FUZZED
@given(cursor=st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{32}"))
def test_random_texts_are_rejected_as_cursors(cursor: str) -> None:
    with pytest.raises(CursorFault):
        Cursors([KEY]).shown(b"arguments", cursor)


@FUZZED
@given(
    shown=st.lists(st.integers(0, 2**32 - 1), max_size=20),
    signature=st.from_regex(r"[A-Za-z0-9_-]{32}", fullmatch=True),
)
def test_cursor_without_valid_signature_is_rejected(shown: list[int], signature: str) -> None:
    payload, _, _ = Cursors([KEY]).after(b"arguments", shown).partition(".")
    with pytest.raises(CursorFault):
        Cursors([KEY]).shown(b"arguments", f"{payload}.{signature}")


@FUZZED
@given(content=st.binary(max_size=200))
def test_cursor_of_another_release_is_rejected(content: bytes) -> None:
    with pytest.raises(CursorFault):
        Cursors([KEY]).shown(b"arguments", TokenSigner([KEY], SALT).sign(content))


@FUZZED
@given(name=st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{32}"))
def test_random_texts_are_rejected_as_recommendation_ids(name: str) -> None:
    assert RecommendationIds([KEY]).read(name) is None


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A snapshot's directory and its original manifest."""
    folder = tmp_path_factory.mktemp("published")
    directory = folder / "snapshots" / publish(shop(), folder, key=KEY).version
    return directory, json.loads((directory / MANIFEST).read_bytes())


def accepted(directory: Path, content: bytes, *, signed: bool) -> bool:
    """True if the manifest is accepted. Errors other than SnapshotError are findings."""
    (directory / MANIFEST).write_bytes(content)
    (directory / SIGNATURE).write_text(KEY.signature(content) if signed else KEY.signature(content + b" "))
    started = time.monotonic()
    try:
        read_manifest(directory, [KEY])
    except SnapshotError:
        return False
    finally:
        assert time.monotonic() - started < MAX_SECONDS
    return True


@FUZZED
@given(content=st.binary(max_size=500), signed=st.booleans())
def test_random_bytes_are_rejected_as_manifest(
    published: tuple[Path, Any], content: bytes, signed: bool
) -> None:
    assert not accepted(published[0], content, signed=signed)


@FUZZED
@given(data=st.data())
def test_manifest_with_random_values_is_rejected(
    published: tuple[Path, dict[str, Any]], data: st.DataObject
) -> None:
    directory, manifest = published
    name = data.draw(st.sampled_from(sorted(manifest)))
    changed = manifest | {name: data.draw(values)}
    content = json.dumps(changed).encode()
    assert not accepted(directory, content, signed=False)
    if accepted(directory, content, signed=True):
        assert changed["files"].keys() == manifest["files"].keys()
        assert 1 <= changed["dims"] <= 4096
