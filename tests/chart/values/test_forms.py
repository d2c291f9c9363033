"""Texts of a wrong form are rejected with a sentence, which shows no secret."""

import json
from typing import Any

import pytest

from tests.chart.rendering import CHART, CI, Helm, Refused
from tests.chart.values.test_refusals import cases

SECRET = "hunter2"

FORMS: list[tuple[str, dict[str, Any], str]] = [
    ("name", {"fullnameOverride": "Shop_Recommender"}, "fullnameOverride is no name: write up to 63"),
    ("too-long-name", {"nameOverride": "a" * 64}, "nameOverride is no name"),
    ("namespace", {"namespaceOverride": "Shop-"}, "namespaceOverride is no namespace"),
    ("registry", {"global": {"imageRegistry": "https://a.example"}}, "global.imageRegistry is no registry"),
    ("no-scheme", {"catalog": {"url": "catalog:8100"}}, "catalog.url is no address: write one such as https"),
    ("port", {"catalog": {"url": "http://catalog:99999"}}, "catalog.url is no address"),
    (
        "variable",
        {"tracing": {"otlpEndpoint": "http://$(HOST_IP):4318"}},
        "tracing.otlpEndpoint is no address",
    ),
    (
        "keys-of-an-issuer",
        {"auth": {"issuers": [{"issuer": "a", "jwksUrl": "id.example/keys"}]}},
        "auth.issuers[0].jwksUrl is no address",
    ),
    (
        "password-of-a-proxy",
        {"proxy": {"https": f"http://user:{SECRET}@proxy:3128"}},
        "With a password, set the variable (HTTPS_PROXY) from a secret in the extraEnv",
    ),
    ("origin", {"console": {"publicUrl": "https://a.example/b"}}, "console.publicUrl is no origin"),
    ("database", {"database": {"url": f"mysql://u:{SECRET}@host/a"}}, "database.url is no URL of PostgreSQL"),
    ("redis", {"redis": {"url": f"http://:{SECRET}@redis"}}, "redis.url is no URL of Redis"),
    (
        "key",
        {"snapshot": {"signingKey": {"value": SECRET}}},
        "signingKey.value has fewer than 32 characters: make a key with openssl rand -hex 32",
    ),
    (
        "bucket",
        {"snapshot": {"storage": "object", "object": {"url": f"s3://key:{SECRET}@bucket"}}},
        "snapshot.object.url is no bucket",
    ),
    ("schedule", {"indexer": {"schedule": "at night"}}, "indexer.schedule is no schedule"),
    *(
        (f"no-{one}", {"indexer": {one: ""}}, f"indexer.{one} is no sch")
        for one in ("schedule", "firstRunSchedule")
    ),
    ("no-refresh", {"indexer": {"refresh": {"schedule": ""}}}, "indexer.refresh.schedule is no schedule"),
    ("hour", {"retention": {"schedule": "9 99 * * *"}}, "retention.schedule is no schedule"),
    ("sunday", {"indexer": {"schedule": "0 3 * * 7"}}, 'weekday, such as "17 3 * * *" (Sunday is 0)'),
    ("backward-days", {"indexer": {"schedule": "0 3 * * 5-1"}}, "has the range 5-1, which runs backward"),
    (
        "backward-names",
        {"retention": {"schedule": "0 3 * NOV-feb *"}},
        "retention.schedule has the range NOV-feb",
    ),
    ("zone-in-a-schedule", {"indexer": {"schedule": "TZ=UTC 1 3 * * *"}}, "time zone is a value of its own"),
    ("local-time", {"indexer": {"timeZone": "Local"}}, "indexer.timeZone is no time zone"),
    ("offset", {"retention": {"timeZone": "UTC+2"}}, "retention.timeZone is no time zone"),
    (
        "runbooks",
        {"metrics": {"prometheusRule": {"runbookUrl": "https://docs.example/a"}}},
        "metrics.prometheusRule.runbookUrl is no address that",
    ),
    ("host", {"ingress": {"hosts": ["https://a.example"]}}, "has https://a.example, which is no host name"),
    ("two-dots", {"gateway": {"hostnames": ["a..b"]}}, "gateway.hostnames has a..b, which is no host name"),
    ("address", {"ingress": {"hosts": ["10.0.0.1"]}}, "ingress.hosts has 10.0.0.1, which is no host name"),
    ("path", {"gateway": {"paths": ["v1"]}}, "gateway.paths has v1, which is no path: begin it with a slash"),
    (
        "setting",
        {"service": {"extraEnv": [{"name": "SERVICE_REDIS_URL", "value": SECRET}]}},
        "service.extraEnv sets SERVICE_REDIS_URL, which the chart sets: settings belong in",
    ),
    (
        "volume",
        {"indexer": {"extraVolumes": [{"name": "snapshots", "emptyDir": {}}]}},
        "indexer.extraVolumes has snapshots, a name of the chart's own volumes",
    ),
    (
        "container",
        {"jobs": {"initContainers": [{"name": "migrations", "image": "x"}]}},
        "jobs.initContainers has migrations, a name of the chart's own containers",
    ),
]


@cases(FORMS)
def test_wrong_form_is_rejected_with_a_sentence(each_helm: Helm, values: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused) as refusal:
        each_helm.template(CI["default"], overrides=values)
    assert named in str(refusal.value).partition("These values cannot work")[2]
    assert SECRET not in str(refusal.value)


def test_schema_has_no_condition_that_it_cannot_name() -> None:
    """Helm prints a text that misses its pattern, and says nothing of a `not`."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    properties = schema["properties"]
    for path in (
        "database.url",
        "redis.url",
        "snapshot.signingKey.value",
        "catalog.clientSecret",
        "proxy.https",
    ):
        found = {"properties": properties}
        for name in path.split("."):
            found = found["properties"][name]
        assert found.keys() <= {"type", "description"}, path
    names = schema["definitions"]
    for kind in ("variables", "volumes", "containers"):
        assert "not" not in names[kind]["items"]["properties"]["name"]


def test_anchors_have_a_place(each_helm: Helm) -> None:
    anchored = {"x-pool": {"pool": "shop"}, "service": {"nodeSelector": {"pool": "shop"}}}
    assert each_helm.template(CI["default"], overrides=anchored)
