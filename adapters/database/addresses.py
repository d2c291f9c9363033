"""Database URLs as PostgreSQL's own tools and its providers print them."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters.urls import ConnectionUrl, check_parameters, split_hosts, split_url

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_APPLICATION = "recommender"
_ROLES = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Other drivers' names for them.
_OTHER_TLS_MODES = {
    "true": "require",
    "1": "require",
    "false": "disable",
    "0": "disable",
    "no-verify": "require",
}
_TLS_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}

# Parameters that change nothing here. Every wait is bounded, so that no keepalive is needed. No statement is prepared
# by name, so that poolers need no parameter. The rest belongs to Kerberos, or to other clients of the same URL.
_WITHOUT_EFFECT = (
    r"keepalives(_\w+)?|tcp_user_timeout|pgbouncer|prepareThreshold|prepared_statements|(prepared_)?statement_cache_size"
    r"|sslcompression|sslsni|gssdelegation|gsslib|krbsrvname|supa|uselibpqcompat|fallback_application_name"
)
_VALUES: dict[str, tuple[str, ...]] = {
    "channel_binding": ("disable", "prefer", "require"),
    "client_encoding": ("auto", "utf8", "UTF8", "utf-8", "UTF-8"),
    "gssencmode": ("disable", "prefer"),
    "load_balance_hosts": ("disable",),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": _ROLES,
    "ssl_min_protocol_version": tuple(_TLS_VERSIONS),
    "ssl_max_protocol_version": tuple(_TLS_VERSIONS),
}
"""Accepted values of parameters."""

_OTHERS = re.compile(
    r"host|port|user|password|passfile|dbname|sslmode|ssl|sslrootcert|sslcert|sslkey|sslpassword|sslcrl|options"
    rf"|application_name|connect_timeout|connection_limit|pool_timeout|{_WITHOUT_EFFECT}"
)
"""Parameters with values of any kind."""

_OPTIONS = re.compile(r"\s*(?:(?:-c\s*|--)?[A-Za-z_][\w.-]*=(?:[^\s\\]|\\.)*(?:\s+|\Z))*", re.DOTALL)
"""Settings of the server, as `-c name=value` or `--name=value`. Neon also reads a bare `endpoint=name`."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A database URL, ready for its driver.

    Attributes:
        url: URL for SQLAlchemy. For PostgreSQL it holds no secret and no parameter.
        arguments: arguments of the driver's `connect`.
        hosts: PostgreSQL servers to try in this order. Empty: the driver's default.
        roles: roles that a server must have, in the order of preference.
        connect_seconds: timeout for opening a connection, if the URL names one.
        connections: maximum number of connections, if the URL names one.
        pool_seconds: timeout for a free connection, if the URL names one.
    """

    url: URL
    arguments: dict[str, Any] = field(default_factory=dict, repr=False)
    hosts: tuple[tuple[str, int], ...] = ()
    roles: tuple[str, ...] = ("any",)
    connect_seconds: float | None = None
    connections: int | None = None
    pool_seconds: float | None = None

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, False for PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"


def database_address(url: str) -> DatabaseAddress:
    """Parses a database URL.

    Args:
        url: `sqlite:///path`, or `postgresql://user:password@host:port/database?…` with the parameters of libpq.

    Raises:
        ValueError: an unusable URL. The message continues the name of the setting and holds no password.
    """
    scheme = url.strip().partition(":")[0].lower()
    if "://" not in url:
        raise ValueError("is not a database URL; write sqlite:///path or postgresql://…")
    if scheme not in _DRIVERS:
        raise ValueError(f"names the driver {scheme[:40]!r}; SQLite and PostgreSQL are supported")
    if scheme.startswith("sqlite"):
        return DatabaseAddress(_sqlite_url(url.strip()).set(drivername=_DRIVERS[scheme]))
    return _postgres_address(split_url(url))


def _sqlite_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("is not a database URL; write sqlite:///path") from error
    if parsed.database in {None, "", ":memory:"}:
        raise ValueError("names no file; events must outlive a connection: write sqlite:///path")
    if parsed.query:
        raise ValueError("has parameters, which SQLite does not have here; write sqlite:///path")
    return parsed


def _postgres_address(url: ConnectionUrl) -> DatabaseAddress:
    given = {name: value for name, value in url.parameters.items() if value}
    check_parameters(given, _VALUES, _OTHERS, "server settings go into options=-c%20name%3Dvalue")
    hosts = _hosts(url, given)
    user, password = given.get("user", url.user), given.get("password", url.password)
    database = given.get("dbname") or unquote(url.path.removeprefix("/")) or user
    settings = {"application_name": given.get("application_name", _APPLICATION)}
    if "options" in given:
        if not _OPTIONS.fullmatch(given["options"]):
            raise ValueError("has options that are not of the form -c%20name%3Dvalue")
        settings["options"] = given["options"]
    arguments: dict[str, Any] = {"user": user, "password": password, "database": database}
    arguments |= {"passfile": given.get("passfile"), "server_settings": settings} | _tls_arguments(given)
    role = given.get("target_session_attrs", "read-write" if len(hosts) > 1 else "any")
    connections = _number(given, "connection_limit")
    return DatabaseAddress(
        _shown_url(user, hosts, database),
        {name: value for name, value in arguments.items() if value is not None},
        hosts,
        ("standby", "any") if role == "prefer-standby" else (role,),
        _number(given, "connect_timeout"),
        max(1, int(connections)) if connections else None,
        _number(given, "pool_timeout"),
    )


def _hosts(url: ConnectionUrl, given: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """Pairs of host and port.

    Paths are folders of Unix sockets, which may contain colons.
    """
    hosts = url.hosts
    if "host" in given:
        hosts = tuple(
            (name, None) if name.startswith("/") else split_hosts(name)[0]
            for name in given["host"].split(",")
        )
    ports = [split_hosts(f"host:{port}")[0][1] for port in given.get("port", "").split(",")]
    if len(ports) not in (1, len(hosts)):
        raise ValueError("has several ports, but not one for each host")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return tuple(
        (host or "localhost", own or port or 5432) for (host, own), port in zip(hosts, ports, strict=True)
    )


def _shown_url(user: str | None, hosts: tuple[tuple[str, int], ...], database: str | None) -> URL:
    shown = ",".join(host for host, _ in hosts) or None
    port = hosts[0][1] if len(hosts) == 1 else None
    return URL.create("postgresql+asyncpg", username=user, host=shown, port=port, database=database)


def _number(given: dict[str, str], name: str) -> float | None:
    """A positive number, or None. Zero is libpq's word for none."""
    text = given.get(name, "0")
    if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text):
        raise ValueError(f"has a value of {name} that is not a number from 0 to 9999")
    return float(text) or None


def _tls_arguments(given: dict[str, str]) -> dict[str, Any]:
    """Arguments of the driver for TLS. Without any parameter, the driver's default holds."""
    mode = _tls_mode(given)
    if mode is None or mode == "disable":
        return {} if mode is None else {"ssl": False}
    if mode in ("allow", "prefer") and not _names_files(given):
        return {"ssl": mode}
    if given.get("sslnegotiation") == "direct":
        return {"ssl": _tls_context(mode, given), "direct_tls": True}
    return {"ssl": _tls_context(mode, given)}


def _tls_mode(given: dict[str, str]) -> str | None:
    named = given.get("sslmode", given.get("ssl"))
    mode = _OTHER_TLS_MODES.get(named, named) if named is not None else None
    if mode is not None and mode not in _TLS_MODES:
        raise ValueError(f"has a value of sslmode that is not supported; use {', '.join(_TLS_MODES)}")
    if given.get("channel_binding") == "require":
        if mode == "disable":
            raise ValueError("requires channel binding, which needs TLS; remove sslmode=disable")
        # The driver cannot bind. The purpose is to know the server, which its certificate serves as well.
        if mode != "verify-ca" and "sslrootcert" not in given:
            mode = "verify-full"
    if given.get("sslrootcert") == "system":
        mode = "verify-full"
    return "prefer" if mode is None and _names_files(given) else mode


def _names_files(given: dict[str, str]) -> bool:
    return not given.keys().isdisjoint({"sslrootcert", "sslcert", "sslcrl"})


def _tls_context(mode: str, given: dict[str, str]) -> ssl.SSLContext:
    """Context that verifies what libpq verifies.

    `verify-full` without `sslrootcert` uses the user's `root.crt`, or the system's authorities.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = mode == "verify-full"
    context.set_alpn_protocols(["postgresql"])
    context.minimum_version = _TLS_VERSIONS[given.get("ssl_min_protocol_version", "TLSv1.2")]
    if "ssl_max_protocol_version" in given:
        context.maximum_version = _TLS_VERSIONS[given["ssl_max_protocol_version"]]
    own = Path("~/.postgresql/root.crt").expanduser()
    root = given.get("sslrootcert") or (str(own) if own.is_file() else "system")
    if mode in ("allow", "prefer") or (mode == "require" and root == "system"):
        context.verify_mode = ssl.CERT_NONE
    elif root == "system":
        context.load_default_certs()
    else:
        _loaded("sslrootcert", lambda: context.load_verify_locations(root))
    if "sslcrl" in given:
        _loaded("sslcrl", lambda: context.load_verify_locations(given["sslcrl"]))
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if "sslcert" in given:
        password = given.get("sslpassword", "")
        _loaded("sslcert", lambda: context.load_cert_chain(given["sslcert"], given.get("sslkey"), password))
    return context


def _loaded(name: str, load: Callable[[], object]) -> None:
    try:
        load()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not usable"
        raise ValueError(f"names a file in {name} that cannot be read: {reason}") from error
