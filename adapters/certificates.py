"""Certificate authorities that clients trust."""

import ssl
from functools import cache

_UNKNOWN = ("unable to get local issuer certificate", "self-signed certificate")


@cache
def trusted_certificates() -> ssl.SSLContext:
    """The system's authorities, with those of SSL_CERT_FILE and SSL_CERT_DIR.

    Loading them takes 30 ms.
    """
    return ssl.create_default_context()


def with_remedy(reason: str, *parameters: str) -> str:
    """The reason of a failure, and the remedy if an authority is unknown.

    Args:
        reason: text of the error.
        parameters: parameters of the URL that name authorities, too.
    """
    if not any(text in reason for text in _UNKNOWN):
        return reason
    remedy = f"{reason}. Set {' or '.join((*parameters, 'SSL_CERT_FILE'))} to its authority"
    # Python leaves out a file that does not exist.
    return remedy if ssl.get_default_verify_paths().cafile else f"{remedy}. SSL_CERT_FILE names no file now"


DIRECT = ("all://localhost", "all://127.0.0.1", "all://[::1]")
"""Addresses that no proxy of the environment can reach."""
