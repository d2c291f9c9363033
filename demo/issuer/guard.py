"""Keeps the development issuer out of everything but local stacks."""

import ipaddress

from demo.issuer.settings import IssuerSettings


class NotALocalStack(Exception):
    """The issuer must not run here; the message says why and what to do."""


def check_local_stack(settings: IssuerSettings) -> None:
    """Lets local stacks pass: loopback alone, Compose, or a development cluster.

    Raises:
        NotALocalStack: the issuer would be reachable by others, or runs in a cluster that is not for development.
    """
    if settings.kubernetes_service_host is not None:
        if settings.local_stack != "kubernetes-dev":
            raise NotALocalStack(
                "The development issuer does not start in Kubernetes: it lets its client speak as any shopper. "
                "In a cluster for development set ISSUER_LOCAL_STACK=kubernetes-dev; elsewhere use a real issuer."
            )
    elif settings.local_stack is None and not _is_loopback(settings.listen_host):
        raise NotALocalStack(
            f"The development issuer does not listen on {settings.listen_host}: it lets its client speak as any "
            "shopper. Set ISSUER_LISTEN_HOST=127.0.0.1, or in a local stack ISSUER_LOCAL_STACK=compose."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
