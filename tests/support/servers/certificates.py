"""Certificates that clients of loopback addresses trust: none."""

import ssl

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For `verify` of httpx, which otherwise loads the system's certificates for every client, 30 ms each time."""
