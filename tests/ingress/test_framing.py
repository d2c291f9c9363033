"""Request smuggling through nginx with ingress-nginx's lines: `Upgrade` is forwarded, connections are reused."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.ingress.programs import program
from tests.support.builders.services.service_processes import service_processes, valid_token
from tests.support.servers.ports import listens, unused_port
from tests.support.servers.processes import serving
from tests.support.servers.raw_client import exchange
from tests.support.tokens import Forge

ROUNDS = 32
SCOPES = "profiles:read profiles:write events:write"
CONFIGURATION = """
worker_processes 1;
daemon off;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    upstream service { server 127.0.0.1:%(upstream)d; keepalive 1; }
    server {
        listen 127.0.0.1:%(port)d;
        location / {
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_request_buffering off;
            proxy_buffering off;
        }
    }
}
"""


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("keys") / "jwks.json")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, forge: Forge) -> Iterator[str]:
    """The proxy's address, in front of one process of the service."""
    port = unused_port()
    # Not in pytest's folders: nginx's workers run as another user, who must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="nginx-"))
    try:
        folder.chmod(0o755)
        with service_processes(tmp_path_factory.mktemp("service"), forge, 1, {}) as urls:
            upstream = int(urls[0].rpartition(":")[2])
            (folder / "nginx.conf").write_text(CONFIGURATION % {"upstream": upstream, "port": port})
            command = [program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
            with serving(command, os.environ, partial(listens, port), folder / "nginx.log"):
                yield f"http://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def smuggle(url: str, outer: bytes, inner: bytes) -> None:
    """Sends a request with `Upgrade`, then a body that looks like a request."""
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(outer)
        time.sleep(0.02)
        connection.sendall(inner)
        connection.recv(65536)


@pytest.mark.parametrize("framing", ["content-length: %d", "transfer-encoding: chunked"])
def test_no_answer_reaches_another_caller(url: str, forge: Forge, framing: str) -> None:
    mallory, bob = (valid_token(forge, sub=who, scope=SCOPES) for who in ("mallory", "bob"))
    inner = (
        f"GET /v1/users/mallory/preferences HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {mallory}\r\n\r\n"
    ).encode()
    body = inner if "length" in framing else b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    outer = (
        "POST /v1/events HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: x\r\n"
        f"authorization: Bearer {mallory}\r\ncontent-type: application/json\r\n"
        f"{framing.replace('%d', str(len(inner)))}\r\n\r\n"
    ).encode()
    with httpx.Client(base_url=url) as client:
        for _ in range(ROUNDS):
            smuggle(url, outer, body)
            answer = client.get("/v1/users/bob/preferences", headers={"authorization": f"Bearer {bob}"})
            assert answer.json()["user_id"] == "bob"


def test_a_client_that_offers_an_upgrade_is_served(url: str, forge: Forge) -> None:
    """As Java's HTTP client does on every first request."""
    token = valid_token(forge, sub="bob", scope=SCOPES).encode()
    body = b'{"liked_brands": ["Acme"]}'
    head = (
        b"PUT /v1/users/bob/preferences HTTP/1.1\r\nhost: test\r\nconnection: Upgrade, HTTP2-Settings\r\n"
        b"upgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABk\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n" % (token, len(body))
    )
    answer = exchange(url, [head, body])
    assert answer.status == 200
    assert b"Acme" in answer.body
