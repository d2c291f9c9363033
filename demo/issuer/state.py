"""What the issuer keeps between starts: its signing key and its client's secret, readable by the owner only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from demo.issuer.settings import IssuerSettings

KEY_FILE = "signing-key.pem"
SECRET_FILE = "client-secret"  # noqa: S105
KEY_BITS = 2048


class StateError(Exception):
    """The state folder cannot be used; the message names the file."""


def signing_key(folder: Path) -> RSAKey:
    """The issuer's RSA key, made at the first start; its `kid` is its RFC 7638 thumbprint.

    Raises:
        StateError: the file cannot be read or written, or holds no RSA key.
    """
    path = folder / KEY_FILE
    pem = _kept(path, lambda: RSAKey.generate_key(KEY_BITS).as_pem(private=True))
    try:
        key = RSAKey.import_key(pem, {"use": "sig", "alg": "RS256"})
        if not key.is_private:
            raise ValueError("it is a public key")
    except (JoseError, ValueError) as error:
        raise StateError(f"{path} holds no RSA private key ({error}); delete it and start again.") from error
    key.ensure_kid()
    return key


def client_secret(settings: IssuerSettings) -> str:
    """The client's secret: the configured one, else one made at the first start.

    Raises:
        StateError: the file cannot be read or written.
    """
    if isinstance(settings.client_secret, SecretStr):
        return settings.client_secret.get_secret_value()
    path = settings.state_dir / SECRET_FILE
    return _kept(path, lambda: secrets.token_urlsafe(32).encode()).decode().strip()


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's content; a missing file is made whole or not at all, so that a crash leaves no half key."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_private(path, make())
        return path.read_bytes()
    except OSError as error:
        raise StateError(f"{path} cannot be used: {error.strerror or error}.") from error


def _write_private(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
