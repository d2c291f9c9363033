from typing import Any

import pytest
from pydantic import ValidationError

from demo.issuer.guard import NotALocalStack, check_local_stack
from demo.issuer.settings import IssuerSettings

pytestmark = pytest.mark.usefixtures("bare_environment")


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> IssuerSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return IssuerSettings()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_accepted(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    check_local_stack(settings(monkeypatch, ISSUER_LISTEN_HOST=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.test", "127.0.0.1.example.test"])
def test_other_addresses_are_rejected(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with pytest.raises(NotALocalStack, match="ISSUER_LOCAL_STACK=compose"):
        check_local_stack(settings(monkeypatch, ISSUER_LISTEN_HOST=host))


def test_compose_may_listen_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    check_local_stack(settings(monkeypatch, ISSUER_LISTEN_HOST="0.0.0.0", ISSUER_LOCAL_STACK="compose"))


def test_development_cluster_is_rejected_outside_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotALocalStack, match="does not listen on"):
        check_local_stack(
            settings(monkeypatch, ISSUER_LISTEN_HOST="0.0.0.0", ISSUER_LOCAL_STACK="kubernetes-dev")
        )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8200",
        "http://[::1]:8200",
        "http://localhost:8200",
        "http://shop.localhost",
        "http://issuer:8200",
        "http://issuer.recommender-dev.svc:8200",
        "http://issuer.recommender-dev.svc.cluster.local:8200/dev",
        "http://host.docker.internal:8200",
        "https://issuer.test",
    ],
)
@pytest.mark.parametrize("place", [{}, {"ISSUER_LOCAL_STACK": "compose"}], ids=str)
def test_names_of_local_stacks_are_accepted(
    monkeypatch: pytest.MonkeyPatch, url: str, place: dict[str, str]
) -> None:
    check_local_stack(settings(monkeypatch, ISSUER_URL=url, **place))


@pytest.mark.parametrize(
    "url",
    [
        "https://id.shop.example",
        "http://shop.example.",
        "https://localhost.shop.example",
        "https://127.0.0.1.nip.io",
        "https://svc.cluster.local.shop.example",
        "http://192.168.1.7:8200",
        "http://10.0.0.1",
        "http://0.0.0.0:8200",
        "http://2130706433:8200",
        "http://0x08080808",
        "http://[2001:db8::1]:8200",
        "https://id.shop.local",
        "https://id.shop.internal",
        "https://localhost@id.shop.example",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        {},
        {"ISSUER_LOCAL_STACK": "compose", "ISSUER_LISTEN_HOST": "0.0.0.0"},
        {"ISSUER_LOCAL_STACK": "kubernetes-dev", "KUBERNETES_SERVICE_HOST": "10.0.0.1"},
    ],
    ids=str,
)
def test_public_name_is_rejected(monkeypatch: pytest.MonkeyPatch, url: str, place: dict[str, str]) -> None:
    with pytest.raises(NotALocalStack, match="in the name of"):
        check_local_stack(settings(monkeypatch, ISSUER_URL=url, **place))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("stack", ["", "compose"])
def test_kubernetes_is_rejected(monkeypatch: pytest.MonkeyPatch, host: str, stack: str) -> None:
    variables: dict[str, Any] = {"ISSUER_LISTEN_HOST": host, "ISSUER_LOCAL_STACK": stack}
    with pytest.raises(NotALocalStack, match="ISSUER_LOCAL_STACK=kubernetes-dev"):
        check_local_stack(settings(monkeypatch, KUBERNETES_SERVICE_HOST="10.0.0.1", **variables))


def test_development_cluster_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    check_local_stack(
        settings(
            monkeypatch,
            KUBERNETES_SERVICE_HOST="10.0.0.1",
            ISSUER_LISTEN_HOST="0.0.0.0",
            ISSUER_LOCAL_STACK="kubernetes-dev",
        )
    )


@pytest.mark.parametrize("stack", ["production", "Compose", "true"])
def test_unknown_stack_is_rejected(monkeypatch: pytest.MonkeyPatch, stack: str) -> None:
    with pytest.raises(ValidationError, match="compose"):
        settings(monkeypatch, ISSUER_LOCAL_STACK=stack)


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in IssuerSettings.model_fields.values())


def test_issuer_is_named_after_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert IssuerSettings().issuer == "http://127.0.0.1:8200"
    assert settings(monkeypatch, ISSUER_LISTEN_HOST="::1").issuer == "http://[::1]:8200"
    assert settings(monkeypatch, ISSUER_URL="http://issuer:8200").issuer == "http://issuer:8200"
