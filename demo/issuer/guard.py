"""Keeps the development issuer out of everything but local stacks."""

import ipaddress
import re
from urllib.parse import urlsplit

from demo.issuer.settings import IssuerSettings

_LOCAL_SUFFIXES = (".localhost", ".test", ".svc", ".svc.cluster.local")
"""Names that no public DNS resolves: reserved by RFC 6761, and those of a cluster's own Services."""

_LOCAL_NAMES = ("localhost", "host.docker.internal")
_SINGLE_LABEL = re.compile(r"[a-z][a-z0-9_-]*")
"""A service's name in Compose or in a namespace; what begins with a digit may be an address."""


class NotALocalStack(Exception):
    """The issuer must not run here; the message says why and what to do."""


def check_local_stack(settings: IssuerSettings) -> None:
    """Lets local stacks pass: loopback alone, Compose, or a development cluster, under a name of no other place.

    What is declared is not enough by itself: a declaration is copied along with the manifest that it stands in. It is
    believed where it can be true, and a name that the rest of the world could trust is refused in any case.

    Raises:
        NotALocalStack: the issuer would be reachable by others, runs in a cluster that is not for development, or
            speaks in the name of a public place.
    """
    _check_place(settings)
    host = urlsplit(settings.issuer).hostname or ""
    if settings.url is not None and not _is_local_name(host):
        raise NotALocalStack(
            f"The development issuer does not speak in the name of {host}: what trusts that name must not trust it. "
            "Set ISSUER_URL to a loopback address, or to the name of a service in Compose or in a cluster."
        )


def _check_place(settings: IssuerSettings) -> None:
    if settings.kubernetes_service_host is not None:
        if settings.local_stack != "kubernetes-dev":
            raise NotALocalStack(
                "The development issuer does not start in Kubernetes: it lets its client speak as any shopper. "
                "In a cluster for development set ISSUER_LOCAL_STACK=kubernetes-dev; elsewhere use a real issuer."
            )
    elif settings.local_stack != "compose" and not _is_loopback(settings.listen_host):
        raise NotALocalStack(
            f"The development issuer does not listen on {settings.listen_host}: it lets its client speak as any "
            "shopper. Set ISSUER_LISTEN_HOST=127.0.0.1, or in a local stack ISSUER_LOCAL_STACK=compose."
        )


def _is_local_name(host: str) -> bool:
    """Whether a host is this machine, or a name that means something only inside a local stack."""
    name = host.rstrip(".")
    if _is_loopback(name) or name in _LOCAL_NAMES or name.endswith(_LOCAL_SUFFIXES):
        return True
    return _SINGLE_LABEL.fullmatch(name) is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
