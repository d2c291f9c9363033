"""The issuer's signing key and client secret, in files of the owner only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from demo.issuer.settings import IssuerSettings

KEY_FILE = "signing-key.pem"
SECRET_FILE = "client-secret"  # noqa: S105 - the name of a file
KEY_BITS = 2048


class StateError(Exception):
    """The state folder cannot be used. The text names the file."""


def signing_key(folder: Path) -> RSAKey:
    """The issuer's RSA key, created at the first start.

    Its `kid` is its RFC 7638 thumbprint.

    Raises:
        StateError: the file cannot be read or written, or holds no RSA key.
    """
    path = folder / KEY_FILE
    pem = _stored(path, lambda: RSAKey.generate_key(KEY_BITS).as_pem(private=True))
    try:
        key = RSAKey.import_key(pem, {"use": "sig", "alg": "RS256"})
        if not key.is_private:
            raise ValueError("the key is public")
    except (JoseError, ValueError) as error:
        raise StateError(f"{path} holds no RSA private key ({error}); delete it and restart.") from error
    key.ensure_kid()
    return key


def client_secret(settings: IssuerSettings) -> str:
    """The configured client secret, or one created at the first start.

    Raises:
        StateError: the file cannot be read or written.
    """
    if isinstance(settings.client_secret, SecretStr):
        return settings.client_secret.get_secret_value()
    path = settings.state_dir / SECRET_FILE
    return _stored(path, lambda: secrets.token_urlsafe(32).encode()).decode().strip()


def _stored(path: Path, make: Callable[[], bytes]) -> bytes:
    """Content of the file, which is created atomically if missing."""
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
