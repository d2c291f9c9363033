"""Binds the port of a server before anything else starts."""

import errno
import socket


class CannotListen(ValueError):
    """The address cannot be used. The message names the settings."""


class PortTaken(Exception):
    """Another process listens on the port. The message names it and the setting."""


def bound_socket(host: str, port: int, prefix: str) -> socket.socket:
    """A socket that is bound to the address and does not listen yet.

    Args:
        host: value of `LISTEN_HOST`.
        port: value of `LISTEN_PORT`.
        prefix: what the names of these settings begin with, such as "SERVICE_".

    Raises:
        PortTaken: another process listens there.
        CannotListen: the address is not one of this machine, or the port needs privileges.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"{prefix}LISTEN_HOST: {host} is no address of this machine ({error})") from error
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"{host}:{port} is in use by another process. Stop it, or set {prefix}LISTEN_PORT."
            ) from error
        raise CannotListen(
            f"{prefix}LISTEN_HOST, {prefix}LISTEN_PORT: cannot listen on {host}:{port} ({error.strerror})"
        ) from error
    return bound
