"""Redis URLs as providers print them."""

from pathlib import Path
from typing import Any

import pytest

from adapters.cache import redis_address
from service.__main__ import main
from tests.support.leak_watch import leaks, planted

PASSWORD = planted("password")
LOCAL = {"host": "localhost", "port": 6379, "db": 0}
USER = {"username": "default", "password": PASSWORD}
VERIFIED = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
UNVERIFIED = {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
THREE = (("a", 26379), ("b", 26380), ("c", 26379))


@pytest.mark.parametrize(
    ("url", "tls", "arguments"),
    [
        ("redis://", False, LOCAL),
        ("redis://cache.test", False, LOCAL | {"host": "cache.test"}),
        ("redis://cache.test:1/3", False, {"host": "cache.test", "port": 1, "db": 3}),
        ("redis://cache.test?db=3", False, LOCAL | {"host": "cache.test", "db": 3}),
        ("redis://cache.test/3?db=3", False, LOCAL | {"host": "cache.test", "db": 3}),
        ("valkey://cache.test/", False, LOCAL | {"host": "cache.test"}),
        # Redis Cloud, Upstash, Aiven, DigitalOcean
        ("redis://default:SECRET@cache.test:1", False, USER | {"host": "cache.test", "port": 1, "db": 0}),
        (
            "rediss://default:SECRET@cache.test:1",
            True,
            USER | {"host": "cache.test", "port": 1, "db": 0} | VERIFIED,
        ),
        (
            "redis://default:SECRET@cache.test?ssl=true",
            True,
            LOCAL | USER | {"host": "cache.test"} | VERIFIED,
        ),
        # Heroku
        (
            "rediss://:SECRET@h?ssl_cert_reqs=none",
            True,
            LOCAL | {"host": "h", "password": PASSWORD} | UNVERIFIED,
        ),
        ("rediss://h?ssl_cert_reqs=CERT_NONE", True, LOCAL | {"host": "h"} | UNVERIFIED),
        (
            "rediss://h?ssl_check_hostname=false",
            True,
            LOCAL | {"host": "h"} | VERIFIED | {"ssl_check_hostname": False},
        ),
        # Railway, ElastiCache, others
        ("redis://h?family=0&protocol=3", False, LOCAL | {"host": "h", "protocol": 3}),
        ("redis://h?username=default&password=SECRET", False, LOCAL | USER | {"host": "h"}),
        (
            "redis://default:p%40%2F%3F%23@h",
            False,
            LOCAL | {"host": "h", "username": "default", "password": "p@/?#"},
        ),
        ("redis://[2001:db8::1]:1", False, {"host": "2001:db8::1", "port": 1, "db": 0}),
        ("unix:///run/redis.sock?db=2", False, {"path": "/run/redis.sock", "db": 2}),
        ("unix://default:SECRET@/run/redis.sock", False, USER | {"path": "/run/redis.sock", "db": 0}),
    ],
)
def test_a_printed_url_works(url: str, tls: bool, arguments: dict[str, Any]) -> None:
    address = redis_address(url.replace("SECRET", PASSWORD))
    assert (address.tls, address.arguments, address.sentinels) == (tls, arguments, ())
    assert not list(leaks(repr(address)))


def test_a_url_names_sentinels_and_the_server() -> None:
    url = "rediss+sentinel://default:SECRET@a,b:26380,c/main/1?sentinel_password=SECRET&ssl_cert_reqs=none"
    address = redis_address(url.replace("SECRET", PASSWORD))
    assert (address.sentinels, address.service_name, address.tls) == (THREE, "main", True)
    assert address.arguments == USER | UNVERIFIED | {"db": 1}
    assert address.sentinel_arguments == UNVERIFIED | {"ssl": True, "password": PASSWORD}
    assert not list(leaks(repr(address)))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("h:6380,password=SECRET,ssl=True,abortConnect=False", "is not a Redis URL"),
        ("SECRET", "is not a Redis URL"),
        ("http://:SECRET@h", "unknown scheme"),
        ("redis+cluster://:SECRET@h", "unknown scheme"),
        ("redis://:SECRET@a,b,c", "Redis Cluster is not supported"),
        ("redis://:SECRET@h/name", "database that is not a number"),
        ("redis://:SECRET@h?db=one", "database that is not a number"),
        ("redis://:SECRET@h/1?db=2", "names two databases"),
        ("redis://:SECRET@h?client_name=a%20b", "client_name"),
        ("redis://:SECRET@h:port", "invalid host or port"),
        ("redis://:SECRET/x@h", "write # as %23"),
        ("redis://:SECRET@h?decode_responses=true", "decode_responses"),
        ("redis://:SECRET@h?socket_timeout=5", "socket_timeout"),
        ("redis://:SECRET@h?SECRET=5", "the parameter …"),
        ("redis://:SECRET@h?family=7", "family"),
        ("rediss://:SECRET@h?ssl=false", "contradicts"),
        ("rediss://:SECRET@h?ssl_cert_reqs=maybe", "ssl_cert_reqs"),
        ("rediss://:SECRET@h?ssl_ca_certs=/nowhere.pem", "ssl_ca_certs that does not exist"),
        ("redis+sentinel://:SECRET@a,b", "names no server at its Sentinels"),
    ],
)
def test_an_unusable_url_is_rejected_at_the_start_with_a_sentence(
    url: str,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_ISSUERS", '[{"issuer": "https://i.test", "jwks_url": "https://i.test/jwks"}]')
    monkeypatch.setenv("SERVICE_REDIS_URL", url.replace("SECRET", PASSWORD))
    assert main(["serve"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: SERVICE_REDIS_URL: ")
    assert problem in said.err
    assert not list(leaks(said.out + said.err))
