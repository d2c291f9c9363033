"""Redis URLs as providers print them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from adapters.urls import ConnectionUrl, check_parameters, split_url

_TLS = {"redis": False, "rediss": True, "valkey": False, "valkeys": True, "unix": False}
_SENTINEL = "+sentinel"
_REDIS_PORT, _SENTINEL_PORT = 6379, 26379
_TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_VALUES = {
    "ssl": ("true", "false"),
    "ssl_cert_reqs": ("none", "optional", "required"),
    "ssl_check_hostname": ("true", "false"),
    "protocol": ("2", "3"),
    # The family of addresses is found by itself.
    "family": ("0", "4", "6"),
}
_OTHERS = re.compile(f"db|client_name|(sentinel_)?(username|password)|{'|'.join(_TLS_FILES)}")


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A Redis URL, ready for redis-py.

    Attributes:
        arguments: arguments of a connection to Redis.
        tls: whether connections are encrypted.
        sentinels: Sentinels that know the server. Empty: the server is in `arguments`.
        service_name: name of the server at the Sentinels.
        sentinel_arguments: arguments of a connection to a Sentinel.
    """

    arguments: dict[str, Any] = field(repr=False)
    tls: bool
    sentinels: tuple[tuple[str, int], ...] = ()
    service_name: str = ""
    sentinel_arguments: dict[str, Any] = field(default_factory=dict, repr=False)


def redis_address(url: str) -> RedisAddress:
    """Parses a Redis URL.

    Args:
        url: `redis://user:password@host:port/db`, `rediss://…`, `unix:///path?db=0`, or
            `redis+sentinel://user:password@sentinel:port,sentinel:port/name/db`.

    Raises:
        ValueError: an unusable URL. The message continues the name of the setting and holds no password.
    """
    if "://" not in url:
        raise ValueError("is not a Redis URL; write redis://…, rediss://…, unix://… or redis+sentinel://…")
    parts = split_url(url)
    kind = parts.scheme.removesuffix(_SENTINEL)
    if kind not in _TLS or (kind == "unix" and kind != parts.scheme):
        raise ValueError("has an unknown scheme; write redis://…, rediss://…, unix://… or redis+sentinel://…")
    given = {name: value.lower() if name in _VALUES else value for name, value in parts.parameters.items()}
    if "ssl_cert_reqs" in given:
        given["ssl_cert_reqs"] = given["ssl_cert_reqs"].removeprefix("cert_")
    check_parameters(given, _VALUES, _OTHERS, "timeouts and pools need none")
    if not re.fullmatch("[!-~]*", given.get("client_name", "")):
        raise ValueError("has a client_name with a character that Redis does not accept")
    for name in _TLS_FILES:
        if name in given and not Path(given[name]).is_file():
            raise ValueError(f"names a file in {name} that does not exist")
    if given.get("ssl") in (("false",) if _TLS[kind] else ("true",) if kind == "unix" else ()):
        raise ValueError("has a value of ssl that contradicts its scheme")
    tls = _TLS[kind] or given.get("ssl") == "true"
    arguments = _arguments(parts, given, tls)
    if parts.scheme.endswith(_SENTINEL):
        return _sentinel_address(parts, given, arguments, tls)
    if kind == "unix":
        return RedisAddress(arguments | {"path": unquote(parts.path), "db": _db("", given)}, tls)
    if len(parts.hosts) > 1:
        raise ValueError(
            "names several hosts; write redis+sentinel://… for Sentinels. Redis Cluster is not supported"
        )
    host, port = parts.hosts[0] if parts.hosts else ("localhost", None)
    arguments |= {"host": host or "localhost", "port": port or _REDIS_PORT}
    return RedisAddress(arguments | {"db": _db(parts.path.strip("/"), given)}, tls)


def _arguments(url: ConnectionUrl, given: Mapping[str, str], tls: bool) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "username": given.get("username", url.user),
        "password": given.get("password", url.password),
        "client_name": given.get("client_name"),
    }
    if "protocol" in given:
        arguments["protocol"] = int(given["protocol"])
    if tls:
        verified = given.get("ssl_cert_reqs", "required")
        named = given.get("ssl_check_hostname", "true") == "true" and verified != "none"
        arguments |= {"ssl_cert_reqs": verified, "ssl_check_hostname": named}
        arguments |= {name: given[name] for name in _TLS_FILES if name in given}
    return {name: value for name, value in arguments.items() if value is not None}


def _sentinel_address(
    url: ConnectionUrl, given: Mapping[str, str], arguments: dict[str, Any], tls: bool
) -> RedisAddress:
    name, _, db = url.path.strip("/").partition("/")
    if not name or not all(host for host, _ in url.hosts) or not url.hosts:
        raise ValueError("names no server at its Sentinels; write redis+sentinel://sentinel:26379/name")
    own = {key: value for key, value in arguments.items() if key.startswith("ssl_")} | {"ssl": tls}
    own |= {
        each: given[f"sentinel_{each}"] for each in ("username", "password") if f"sentinel_{each}" in given
    }
    return RedisAddress(
        arguments | {"db": _db(db, given)},
        tls,
        tuple((host, port or _SENTINEL_PORT) for host, port in url.hosts),
        unquote(name),
        own,
    )


def _db(in_path: str, given: Mapping[str, str]) -> int:
    texts = [text for text in (in_path, given.get("db", "")) if text]
    if not all(re.fullmatch(r"\d{1,4}", text) for text in texts):
        raise ValueError("has a database that is not a number; write redis://host:port/0")
    numbers = {int(text) for text in texts} or {0}
    if len(numbers) > 1:
        raise ValueError("names two databases; write redis://host:port/0")
    return numbers.pop()
