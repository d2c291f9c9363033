"""URLs with passwords, of dependencies that all fail, are logged without the passwords."""

from pathlib import Path

import httpx
import pytest

from adapters.snapshots import SigningKey
from tests.support.builders.published_snapshots import publish, shop
from tests.support.builders.services.service_processes import valid_token
from tests.support.builders.services.service_settings import service_settings
from tests.support.builders.storage.migrated_databases import migrate_at
from tests.support.leak_watch import leaks, planted
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import serving_module
from tests.support.servers.waiting import wait_until
from tests.support.tokens import ISSUER, Forge

SECRET = planted("catalog-client-secret")
PASSWORD = planted("password")


@pytest.mark.parametrize("address", ["https://127.0.0.1:{port}", "http://no-such-host.invalid"])
def test_failing_urls_with_passwords_are_logged_without_them(
    address: str, free_port: int, tmp_path: Path
) -> None:
    """The catalog, its token endpoint, an issuer and the collector are all down."""
    scheme, _, host = address.format(port=free_port).partition("://")
    url = f"{scheme}://user:{PASSWORD}@{host}"
    keys = {"issuer": "https://i.test", "jwks_url": f"{url}/jwks?token={PASSWORD}"}
    settings = {
        "SERVICE_CATALOG_URL": url,
        "SERVICE_CATALOG_TOKEN_URL": f"{url}/token?key={PASSWORD}",
        "SERVICE_CATALOG_CLIENT_ID": "shop",
        "SERVICE_CATALOG_CLIENT_SECRET": SECRET,
        "SERVICE_OTLP_ENDPOINT": f"{url}?api_key={PASSWORD}",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",  # The end of the service waits for it.
        "SERVICE_LOG_LEVEL": "DEBUG",
        "SERVICE_LISTEN_PORT": str(unused_port()),
    }
    forge = Forge(tmp_path / "jwks.json")
    forge.publish(forge.rsa)
    own = [{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}, keys]
    environment = service_settings(tmp_path, url, own, planted("signing-key")) | settings
    publish(shop(), tmp_path, key=SigningKey((tmp_path / "snapshot.key").read_bytes()))
    migrate_at(environment["SERVICE_DATABASE_URL"])
    live, log = f"http://127.0.0.1:{settings['SERVICE_LISTEN_PORT']}", tmp_path / "service.log"
    with serving_module(["service", "serve"], environment, f"{live}/health/live", log):
        wait_until(lambda: "overlay not refreshed" in log.read_text(), "the catalog's failure", 30)
        wait_until(lambda: "issuer keys unavailable" in log.read_text(), "the issuer's failure", 30)
        token = valid_token(forge, scope="recommendations:read.any", sub="shop")
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.get(f"{live}/v1/users/u1/recommendations", headers=headers, timeout=30)
        assert "catalog" in answer.json()["degraded"]
        ready = httpx.get(f"{live}/health/ready", timeout=60)
        assert (ready.status_code, ready.json()["issuers_without_keys"]) == (200, 1)
        assert list(leaks(ready.content + answer.content)) == []
    assert list(leaks(log.read_bytes())) == []
