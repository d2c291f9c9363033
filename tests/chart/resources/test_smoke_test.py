"""The script of `helm test`, run against a stand-in for service and issuer."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.rendering import CHART

SCRIPT = CHART / "files" / "smoke_test.py"
ITEMS = [{"product_id": "1", "score": 1.0}]
CLIENT = {"SMOKE_CLIENT_ID": "smoke", "SMOKE_CLIENT_SECRET": "s", "SMOKE_SCOPE": "a", "SMOKE_AUDIENCE": "b"}


class Shop(BaseHTTPRequestHandler):
    """The service's readiness and popular products, and the issuer's token endpoint."""

    ready = True
    version: str | None = "v1"
    open_to_strangers = False
    items = ITEMS

    def do_GET(self) -> None:
        if self.path == "/health/ready":
            self._answer(200 if self.ready else 503, {"status": "ok", "snapshot_version": self.version})
        elif self.headers["authorization"] == "Bearer good" or self.open_to_strangers:
            self._answer(200, {"items": self.items})
        else:
            self._answer(401, {"title": "Unauthorized"})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        known = form["client_secret"] == ["s"] and form["grant_type"] == ["client_credentials"]
        self._answer(200 if known else 401, {"access_token": "good"})

    def log_message(self, *args: object) -> None:
        """Logs nothing."""

    def _answer(self, status: int, content: dict[str, object]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())


@pytest.fixture
def shop() -> Iterator[str]:
    """Address of the stand-in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def smoke(address: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script as the pod does."""
    return subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={"PATH": os.environ["PATH"], "SMOKE_SERVICE_URL": address, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_working_service_passes(shop: str) -> None:
    done = smoke(shop, SMOKE_TOKEN_URL=f"{shop}/token", **CLIENT)
    assert done.stdout == "ready with snapshot v1, recommends 1 products\n", done.stderr


def test_rejections_are_checked_without_a_token_endpoint(shop: str) -> None:
    assert "rejects calls without a token" in smoke(shop).stdout


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"version": None}, "no snapshot is published yet"),
        ({"ready": False}, "/health/ready answered 503 instead of 200"),
        ({"open_to_strangers": True}, "answered 200 instead of 401"),
        ({"items": []}, "the service returned no recommendations"),
    ],
)
def test_faulty_service_fails_the_test(
    shop: str, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], said: str
) -> None:
    for name, value in fault.items():
        monkeypatch.setattr(Shop, name, value)
    done = smoke(shop, SMOKE_TOKEN_URL=f"{shop}/token", **CLIENT)
    assert done.returncode == 1
    assert said in done.stderr


def test_wrong_secret_fails_the_test(shop: str) -> None:
    done = smoke(shop, SMOKE_TOKEN_URL=f"{shop}/token", **CLIENT | {"SMOKE_CLIENT_SECRET": "wrong"})
    assert done.returncode == 1
    assert "/token answered 401" in done.stderr


def test_pod_runs_the_script(rendered: Rendered) -> None:
    resources = rendered("existing-secrets")
    script = only(resources, "ConfigMap", "shop-recommender-smoke-test")["data"]["smoke_test.py"]
    assert script.strip() == SCRIPT.read_text().strip()
    pod = only(resources, "Pod")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    container = pod["spec"]["containers"][0]
    given = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert given.keys() == {"SMOKE_SERVICE_URL", "SMOKE_TOKEN_URL", *CLIENT}
    port = only(resources, "Service", "shop-recommender")["spec"]["ports"][0]["port"]
    assert given["SMOKE_SERVICE_URL"] == f"http://shop-recommender:{port}"
    assert container["command"] == ["python", f"{container['volumeMounts'][0]['mountPath']}/smoke_test.py"]
