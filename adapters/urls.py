"""Splits connection URLs, and removes secrets from URLs that are shown."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):/?/?(?P<rest>.*)", re.DOTALL)
# A path keeps one slash of a URL.
_USER_INFO = re.compile(r"(?<=:/)(/?)[^/?#\s\"'<>]*@")
_SECRET_PARAMETER = re.compile(
    r"(?<=[?&;])([^=&\s?#]*(?:pass(?:word|wd)?|pwd|secret|token|key|signature|sig|credential|auth)=)[^&;\s#\"'<>]+",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:\[\]\s]*)(?::(?P<port>[0-9]{0,5}))?")


@dataclass(frozen=True, slots=True, repr=False)
class ConnectionUrl:
    """Parts of a URL, decoded.

    Attributes:
        scheme: in lower case.
        user: None if the URL has none.
        password: None if the URL has none.
        hosts: pairs of host and port. The port is None if the URL has none. Empty without a host.
        path: with its first slash, not decoded.
        parameters: parameters of the query.
    """

    scheme: str
    user: str | None
    password: str | None
    hosts: tuple[tuple[str, int | None], ...]
    path: str
    parameters: dict[str, str]


def split_url(url: str) -> ConnectionUrl:
    """Splits a URL of a server. It may name several hosts, separated by commas.

    No message repeats a part of the URL in which an unencoded password can be.

    Raises:
        ValueError: not a URL; the message continues the name of the setting.
    """
    found = _URL.fullmatch(url.strip())
    if found is None or "://" not in url:
        raise ValueError("is not a URL")
    before_query, _, query = found["rest"].partition("?")
    authority, slash, path = before_query.partition("/")
    if "@" in path + query or "#" in before_query + query:
        raise ValueError(
            "has an unencoded character in its password or parameters: write # as %23, / as %2F, ? as %3F, @ as %40"
        )
    user_info, _, hosts = authority.rpartition("@")
    user, colon, password = user_info.partition(":")
    return ConnectionUrl(
        scheme=found["scheme"].lower(),
        user=unquote(user) if user else None,
        password=unquote(password) if colon and password else None,
        hosts=split_hosts(hosts),
        path=slash + path,
        parameters=_parameters(query),
    )


def split_hosts(hosts: str) -> tuple[tuple[str, int | None], ...]:
    """Splits `host:port,host:port`.

    A host may be an IPv6 address in brackets, or a percent-encoded path.

    Raises:
        ValueError: a port that is not a number from 1 to 65535.
    """
    return tuple(_host(one) for one in hosts.split(",")) if hosts else ()


def check_parameters(
    given: Mapping[str, str], values: Mapping[str, Collection[str]], others: re.Pattern[str], hint: str
) -> None:
    """Checks the names of parameters, and their values where only some are supported.

    Args:
        given: parameters of a URL.
        values: supported values by name.
        others: names of parameters with values of any kind.
        hint: what to do instead of giving another parameter.

    Raises:
        ValueError: an unsupported one. The message continues the name of the setting and holds no secret.
    """
    for name, value in given.items():
        if value not in values.get(name, (value,)):
            raise ValueError(f"has a value of {name} that is not supported; use {', '.join(values[name])}")
        if name not in values and not others.fullmatch(name):
            raise ValueError(f"has the parameter {_shown(name)}, which is not supported; {hint}")


def without_secrets(text: str) -> str:
    """Replaces users, passwords and secret parameters of all URLs."""
    return _SECRET_PARAMETER.sub(r"\1***", _USER_INFO.sub(r"\1***@", text))


def _host(text: str) -> tuple[str, int | None]:
    found = _HOST.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port is not None and not 1 <= port <= 65_535):
        raise ValueError("has an invalid host or port")
    return unquote(found["host"].strip("[]")), port


def _parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        name = unquote(name)
        if name in parameters:
            raise ValueError(f"has the parameter {_shown(name)} twice")
        parameters[name] = unquote(value.replace("+", " "))
    return parameters


def _shown(name: str) -> str:
    """The name of a parameter, unless it may be a part of a password."""
    return name if re.fullmatch(r"[A-Za-z_.-]{1,40}", name) else "…"
