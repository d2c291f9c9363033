"""Restricts the development issuer to local stacks."""

import ipaddress
import re
from urllib.parse import urlsplit

from demo.issuer.settings import IssuerSettings

_LOCAL_SUFFIXES = (".localhost", ".test", ".svc", ".svc.cluster.local")
"""Suffixes that public DNS does not resolve: those of RFC 6761 and of Kubernetes Services."""

_LOCAL_NAMES = ("localhost", "host.docker.internal")
_SINGLE_LABEL = re.compile(r"[a-z][a-z0-9_-]*")
"""A service's name in Compose or in a namespace. A name that starts with a digit may be an address."""


class NotALocalStack(Exception):
    """The issuer must not run here. The text says why and what to do."""


def check_local_stack(settings: IssuerSettings) -> None:
    """Accepts loopback, Compose and development clusters, under a local name.

    A declaration (`ISSUER_LOCAL_STACK`) alone is not enough, because it may be copied to production with its manifest.
    It is accepted only where it can be true. A public name is rejected in any case.

    Raises:
        NotALocalStack: others could reach the issuer, the cluster is not for development, or the name is public.
    """
    _check_place(settings)
    host = urlsplit(settings.issuer).hostname or ""
    if settings.url is not None and not _is_local_name(host):
        raise NotALocalStack(
            f"The development issuer does not issue tokens in the name of {host}, which others may trust. "
            "Set ISSUER_URL to a loopback address, or to a service's name in Compose or in a cluster."
        )


def _check_place(settings: IssuerSettings) -> None:
    if settings.kubernetes_service_host is not None:
        if settings.local_stack != "kubernetes-dev":
            raise NotALocalStack(
                "The development issuer does not start in Kubernetes, because its client can get a token of any "
                "shopper. In a development cluster set ISSUER_LOCAL_STACK=kubernetes-dev. Elsewhere use a real issuer."
            )
    elif settings.local_stack != "compose" and not _is_loopback(settings.listen_host):
        raise NotALocalStack(
            f"The development issuer does not listen on {settings.listen_host}, because its client can get a token "
            "of any shopper. Set ISSUER_LISTEN_HOST=127.0.0.1, or in a local stack ISSUER_LOCAL_STACK=compose."
        )


def _is_local_name(host: str) -> bool:
    """True for this machine, and for names that resolve in a local stack only."""
    name = host.rstrip(".")
    if _is_loopback(name) or name in _LOCAL_NAMES or name.endswith(_LOCAL_SUFFIXES):
        return True
    return _SINGLE_LABEL.fullmatch(name) is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
