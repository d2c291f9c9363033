"""Certificate authorities of the tests: the only trusted one, and an untrusted one."""

import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_END = "-----END CERTIFICATE-----\n"
_FOLDER = tempfile.TemporaryDirectory(prefix="authority-")


def trust_one_authority() -> None:
    """Makes clients read one authority.

    To read all of them takes each client 30 ms.
    """
    first, end, _ = Path(certifi.where()).read_text().partition(_END)
    file = Path(_FOLDER.name, "authority.pem")
    file.write_text(first + end)
    os.environ["SSL_CERT_FILE"] = str(file)


def untrusted_server(folder: Path) -> ssl.SSLContext:
    """Context of a server on `localhost` whose authority is not trusted."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    file = folder / "untrusted.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
