"""Tokens that are valid except for the property in their name."""

import base64
import hashlib
import hmac
import json
import re
import time
import zlib
from collections.abc import Callable
from typing import Any

from joserfc.jwk import Key, RSAKey
from joserfc.jws import JWSRegistry

from tests.integration.service.security.issuers import BY_FILE, BY_URL, Issuers, claims_text

HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "rsa-1"}
Attack = Callable[[Issuers], str]


def segment(content: bytes | dict[str, Any]) -> str:
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(key: Key, header: bytes | dict[str, Any] = HEADER, claims: bytes | None = None) -> str:
    text = f"{segment(header)}.{segment(claims if claims is not None else claims_text())}"
    return f"{text}.{segment(JWSRegistry.algorithms['RS256'].sign(text.encode(), key))}"


def unsigned(name: object, signature: str) -> Attack:
    return lambda issuers: f"{segment(HEADER | {'alg': name})}.{segment(claims_text())}.{signature}"


def by_hmac(algorithm: str, secret: Callable[[RSAKey], bytes]) -> Attack:
    def attack(issuers: Issuers) -> str:
        text = f"{segment(HEADER | {'alg': algorithm})}.{segment(claims_text())}"
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
        return f"{text}.{segment(hmac.new(secret(issuers.by_url.rsa), text.encode(), digest).digest())}"

    return attack


def header_of(**header: object) -> Attack:
    return lambda issuers: issuers.token(header=header)


def claims_of(**claims: object) -> Attack:
    return lambda issuers: issuers.token(**claims)


def brought(name: str) -> Attack:
    """A token with a foreign key, whose header says where to find the key."""

    def attack(issuers: Issuers) -> str:
        key = RSAKey.generate_key(2048, {"kid": "rsa-1"})
        issuers.server.publish(issuers.by_url.rsa, issuers.by_url.ec, issuers.by_url.okp)
        values: dict[str, object] = {
            "jwk": key.as_dict(private=False),
            "jku": issuers.server.url,
            "x5u": issuers.server.url,
            "x5c": ["MIIC"],
        }
        return signed(key, HEADER | {name: values[name]})

    return attack


def flipped(position: int) -> Attack:
    def attack(issuers: Issuers) -> str:
        parts = issuers.token().split(".")
        text = parts[position]
        parts[position] = text[:10] + ("A" if text[10] != "A" else "B") + text[11:]
        return ".".join(parts)

    return attack


NOW = int(time.time())
DAY = 86_400
"""Longer than any run of the tests: `NOW` is when they were collected."""


def spelled(value: object) -> str:
    """A value for a test's name, the same in every process."""
    return re.sub(r"\b\d{10}\b", lambda found: f"now{int(found[0]) - NOW:+}", repr(value))


EVIL_KIDS = [
    "../../../../etc/passwd", "/dev/null", "file:///dev/null", "rsa-1' OR '1'='1", "x' UNION SELECT 'secret' -- ",
    "rsa-1\x00", "rsa-1/../rsa-1", "|cat /etc/passwd", "${jndi:ldap://127.0.0.1/a}", "RSA-1", "rsa-1 ", "", "*",
    "a" * 3000,
]  # fmt: skip
HEADERS: dict[str, list[Any]] = {
    "typ": [..., "JWT", "", "id+jwt", "logout+jwt", "at+jwt ", None, 1, ["at+jwt"]],
    "kid": [7, None, ["rsa-1"], {"$ne": ""}, True],
    "crit": [["exp"], ["https://evil.test/x"], [], None, "exp", ["b64"]],
}
CLAIMS: dict[str, list[Any]] = {
    "aud": [..., "catalog", "", None, [], ["catalog"], "RECOMMENDER", {"recommender": 1}, "recommender,x"],
    "iss": [..., "https://evil.test", BY_URL + "/", BY_URL.upper(), "", None, [BY_URL], {BY_URL: 1}, BY_URL + "\x00"],
    "exp": [..., None, NOW - 3600, NOW - 60, 0, -1, str(NOW + 3600), True, 1e308, [NOW + 3600]],
    "nbf": [NOW + DAY, "now", -1, True],
    "iat": [..., NOW + DAY, "now", True],
    "sub": [..., "", None, 7, ["ana"], {"id": "ana"}],
    "client_id": [..., "", None, 7, ["shop"]],
}  # fmt: skip
ATTACKS: dict[str, Attack] = {
    **{
        f"alg {name!r} with signature {signature!r}": unsigned(name, signature)
        for name in ("none", "None", "NONE", "nOnE", "none ", "", None, 0, [], ["none"], ["RS256"], {}, True)
        for signature in ("", "AAAA")
    },
    "no alg": lambda issuers: signed(issuers.by_url.rsa, {"typ": "at+jwt", "kid": "rsa-1"}),
    "alg of another case": lambda issuers: signed(issuers.by_url.rsa, HEADER | {"alg": "rs256"}),
    **{
        f"{algorithm} with the public key as {form}": by_hmac(algorithm, secret)
        for algorithm in ("HS256", "HS384", "HS512")
        for form, secret in {
            "PEM": lambda key: key.as_pem(private=False),
            "PEM without its last line break": lambda key: key.as_pem(private=False).strip(),
            "DER": lambda key: key.as_der(private=False),
            "JWK": lambda key: json.dumps(key.as_dict(private=False)).encode(),
            "nothing": lambda key: b"",
        }.items()
    },
    "key of the other issuer": lambda issuers: signed(issuers.by_file.rsa),
    "key of the other issuer, its own name": lambda issuers: issuers.by_file.token(
        iss=BY_FILE, iat=NOW, exp=NOW + 3600
    ),
    "an algorithm that this issuer may not use": lambda issuers: issuers.token(
        BY_FILE, key=issuers.by_file.okp, header={"alg": "EdDSA"}
    ),
    "the other issuer's name": lambda issuers: issuers.token(iss=BY_FILE),
    "a stranger's key": lambda issuers: signed(RSAKey.generate_key(2048, {"kid": "rsa-1"})),
    **{f"a key brought along as {name}": brought(name) for name in ("jwk", "jku", "x5u", "x5c")},
    **{
        f"a good signature and {name}": header_of(**{name: "https://evil.test/keys"})
        for name in ("jwk", "jku", "x5u", "x5c")
    },
    **{f"kid {kid[:40]!r}": header_of(kid=kid) for kid in EVIL_KIDS},
    **{f"{name} {value!r}": header_of(**{name: value}) for name, values in HEADERS.items() for value in values},
    **{f"{name} {spelled(value)}": claims_of(**{name: value}) for name, values in CLAIMS.items() for value in values},
    "scope as a list": claims_of(scope=["recommendations:read"]),
    "exp that is no number in JSON": lambda issuers: signed(
        issuers.by_url.rsa, claims=claims_text().replace(b'"exp": ', b'"exp": Infinity, "x": ')
    ),
    "exp of ten thousand digits": lambda issuers: signed(
        issuers.by_url.rsa, claims=claims_text().replace(b'"exp": ', b'"exp": 1' + b"0" * 4400 + b', "x": ')
    ),
    "b64 false": header_of(b64=False, crit=["b64"]),
    "1 MB token": claims_of(padding="x" * 1_000_000),
    "1 MB of nothing": lambda issuers: "x" * 1_000_000,
    "a signature of 12,000 characters": lambda issuers: issuers.token().rpartition(".")[0] + "." + "A" * 12_000,
    "a token within a token": lambda issuers: signed(
        issuers.by_url.rsa, HEADER | {"cty": "JWT"}, issuers.token().encode()
    ),
    "a token within a token, claims outside": header_of(cty="JWT"),
    "a compressed token": lambda issuers: signed(
        issuers.by_url.rsa, HEADER | {"zip": "DEF"}, zlib.compress(claims_text())
    ),
    "a compressed header on plain claims": header_of(zip="DEF"),
    "an encrypted token": lambda issuers: ".".join(
        [segment({"alg": "RSA-OAEP", "enc": "A128GCM", "kid": "rsa-1"}), "AAAA", "AAAA", "AAAA", "AAAA"]
    ),
    "claims twice": lambda issuers: signed(
        issuers.by_url.rsa, claims=b'{"sub": "ben", ' + claims_text()[1:]
    ),
    "claims twice, one escaped": lambda issuers: signed(
        issuers.by_url.rsa, claims=b'{"\\u0073ub": "ben", ' + claims_text()[1:]
    ),
    "header twice": lambda issuers: signed(
        issuers.by_url.rsa, b'{"alg": "none", ' + json.dumps(HEADER).encode()[1:]
    ),
    "claims that are a list": lambda issuers: signed(issuers.by_url.rsa, claims=b"[" + claims_text() + b"]"),
    "claims that nest 3,000 deep": lambda issuers: signed(issuers.by_url.rsa, claims=b"[" * 3000 + b"]" * 3000),
    "claims that are no UTF-8": lambda issuers: signed(issuers.by_url.rsa, claims=b'{"sub": "\xff"}'),
    "claims with a lone surrogate": lambda issuers: signed(
        issuers.by_url.rsa, claims=b'{"x": "\\ud800", ' + claims_text()[1:]
    ),
    "no signature": lambda issuers: issuers.token().rpartition(".")[0],
    "an empty signature": lambda issuers: issuers.token().rpartition(".")[0] + ".",
    "trailing junk": lambda issuers: issuers.token() + ".junk",
    "trailing words": lambda issuers: issuers.token() + " junk",
    "two tokens in one header": lambda issuers: f"{issuers.token()}, Bearer {issuers.token()}",
    "padding": lambda issuers: issuers.token() + "=",
    "another spelling of the signature": lambda issuers: issuers.token()[:-1]
    + chr(ord(issuers.token()[-1]) + 1),
    **{f"a changed {name}": flipped(position) for position, name in enumerate(("header", "claim", "signature"))},
    "base64 of the other alphabet": lambda issuers: issuers.token().replace("-", "+").replace("_", "/") + "+",
    "words": lambda issuers: "not a token",
    "dots": lambda issuers: "..",
    "quotes": lambda issuers: '"' + issuers.token() + '"',
    "JSON": lambda issuers: json.dumps({"payload": segment(claims_text()), "signature": "AAAA"}),
    "percent-encoded": lambda issuers: issuers.token().replace(".", "%2E"),
}  # fmt: skip
