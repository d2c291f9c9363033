"""Database URLs as providers print them."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from adapters.database import DatabaseAddress, database_address
from service.__main__ import main
from tests.support.leak_watch import leaks, planted

PASSWORD = planted("password")
HOST = "postgresql://u:SECRET@db.test/shop"


def in_short(address: DatabaseAddress) -> dict[str, Any]:
    """Meaning of an address, with the TLS context in words."""
    arguments = address.arguments
    tls = arguments.get("ssl")
    if isinstance(tls, ssl.SSLContext):
        tls = "verified, with its name" if tls.check_hostname else tls.verify_mode.name
    words = {"ssl": tls, "hosts": address.hosts, "roles": address.roles}
    words |= {"options": arguments.get("server_settings", {}).get("options")}
    words |= {"name": arguments.get("server_settings", {}).get("application_name")}
    words |= {"direct": arguments.get("direct_tls"), "connect": address.connect_seconds}
    words |= {"connections": address.connections, "pool": address.pool_seconds}
    return words | {name: arguments.get(name) for name in ("user", "password", "database", "passfile")}


ONE_HOST = {"hosts": (("db.test", 5432),), "user": "u", "password": PASSWORD, "database": "shop"}
VERIFIED, UNVERIFIED = {"ssl": "verified, with its name"}, {"ssl": "CERT_NONE"}


PRINTED: list[tuple[str, dict[str, Any]]] = [
    (HOST, ONE_HOST | {"ssl": None, "name": "recommender", "roles": ("any",)}),
    (HOST.replace("postgresql", "postgres"), ONE_HOST),
    (HOST.replace("postgresql", "postgresql+asyncpg"), ONE_HOST),
    # Neon
    (f"{HOST}?sslmode=require&channel_binding=require", ONE_HOST | VERIFIED),
    (f"{HOST}?sslmode=require&options=endpoint%3Dep-a-1", UNVERIFIED | {"options": "endpoint=ep-a-1"}),
    # Supabase, Prisma
    (
        "postgresql://postgres.ref:SECRET@aws-0-eu.pooler.supabase.com:6543/postgres"
        "?pgbouncer=true&connection_limit=3&pool_timeout=20",
        {"hosts": (("aws-0-eu.pooler.supabase.com", 6543),), "connections": 3, "pool": 20.0},
    ),
    (f"{HOST}?sslmode=require&supa=base-pooler.x", ONE_HOST | UNVERIFIED),
    # Amazon RDS, Aiven, DigitalOcean
    (f"{HOST}?sslmode=verify-full&sslrootcert=system", VERIFIED),
    (f"{HOST}?sslmode=require&sslrootcert=CA", {"ssl": "CERT_REQUIRED"}),
    (f"{HOST}?sslmode=verify-ca&sslrootcert=CA", {"ssl": "CERT_REQUIRED"}),
    (f"{HOST}?sslmode=verify-full&sslrootcert=CA", VERIFIED),
    # Azure
    ("postgres://u%40srv:SECRET@db.test/shop?sslmode=prefer", {"user": "u@srv", "ssl": "prefer"}),
    # Heroku, node
    (f"{HOST}?sslmode=no-verify", UNVERIFIED),
    (f"{HOST}?ssl=true", UNVERIFIED),
    (f"{HOST}?ssl=false", {"ssl": False}),
    # Google Cloud SQL, Unix sockets
    (
        "postgresql://u:SECRET@/shop?host=/cloudsql/project:region:shop",
        {"hosts": (("/cloudsql/project:region:shop", 5432),), "database": "shop"},
    ),
    ("postgresql:///shop?host=/run/postgresql&user=u&port=5433", {"hosts": (("/run/postgresql", 5433),)}),
    ("postgresql://u:SECRET@%2Frun%2Fpostgresql/shop", {"hosts": (("/run/postgresql", 5432),)}),
    ("postgresql:///shop", {"hosts": (), "database": "shop"}),
    # several hosts
    (
        "postgresql://u:SECRET@a.test:5433,b.test/shop",
        {"hosts": (("a.test", 5433), ("b.test", 5432)), "roles": ("read-write",)},
    ),
    (
        "postgresql://u:SECRET@a.test,b.test:1/shop?target_session_attrs=any",
        {"hosts": (("a.test", 5432), ("b.test", 1)), "roles": ("any",)},
    ),
    ("postgresql:///shop?host=a,b&port=1,2", {"hosts": (("a", 1), ("b", 2))}),
    (f"{HOST}?target_session_attrs=prefer-standby", {"roles": ("standby", "any")}),
    ("postgresql://u:SECRET@[2001:db8::1]:5433/shop", {"hosts": (("2001:db8::1", 5433),)}),
    # libpq
    (f"{HOST}?connect_timeout=10&application_name=shop", {"connect": 10.0, "name": "shop"}),
    (f"{HOST}?connect_timeout=0", {"connect": None}),
    (f"{HOST}?keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=3", ONE_HOST),
    (f"{HOST}?gssencmode=disable&tcp_user_timeout=1000&client_encoding=utf8", ONE_HOST),
    (f"{HOST}?sslmode=require&sslnegotiation=direct&ssl_min_protocol_version=TLSv1.3", {"direct": True}),
    (f"{HOST}?options=-c%20a.b%3D1%20--c%3Dx%5C%20y", {"options": "-c a.b=1 --c=x\\ y"}),
    (f"{HOST}?sslmode=&options=", ONE_HOST | {"ssl": None, "options": None}),
    (f"{HOST}?passfile=/run/secrets/pgpass", {"passfile": "/run/secrets/pgpass"}),
    ("postgresql://u:p%40ss%2F%3F%23@db.test/a%20b", {"password": "p@ss/?#", "database": "a b"}),
    (
        "postgresql://db.test?dbname=shop&user=u&password=p",
        {"user": "u", "password": "p", "database": "shop"},
    ),
]


@pytest.mark.parametrize(("url", "meaning"), PRINTED)
def test_a_printed_url_works(url: str, meaning: dict[str, Any], authority: Path) -> None:
    address = database_address(url.replace("=CA", f"={authority}").replace("SECRET", PASSWORD))
    assert {name: in_short(address)[name] for name in meaning} == meaning
    assert not list(leaks(repr(address) + str(address.url)))


@pytest.mark.parametrize("given", ["sqlite:///events.db", "sqlite+aiosqlite:////data/events.db"])
def test_a_file_gets_the_asynchronous_driver(given: str) -> None:
    url = database_address(given).url
    assert (url.drivername, url.database) == ("sqlite+aiosqlite", given.partition("///")[2])


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://u:SECRET@db/shop", "'mysql'; SQLite and PostgreSQL are supported"),
        ("postgresql+psycopg2://u:SECRET@db/shop", "psycopg2"),
        ("jdbc:postgresql://db/shop?user=u&password=SECRET", "'jdbc'"),
        ("host=db user=u password=SECRET", "is not a database URL"),
        ("u:SECRET", "is not a database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///events.db?mode=ro", "SQLite does not have"),
        (f"{HOST}?sslmode=sometimes", "sslmode"),
        (f"{HOST}?sslmode=disable&channel_binding=require", "channel binding"),
        (f"{HOST}?channel_binding=always", "channel_binding"),
        (f"{HOST}?gssencmode=require", "gssencmode"),
        (f"{HOST}?target_session_attrs=main", "target_session_attrs"),
        (
            f"{HOST}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
            "sslrootcert that cannot be read: No such",
        ),
        (f"{HOST}?sslcert=/nowhere/client.pem", "sslcert"),
        (f"{HOST}?connect_timeout=soon", "connect_timeout"),
        (f"{HOST}?options=-c%20nonsense", "options"),
        (f"{HOST}?options=--%20x", "options"),
        (f"{HOST}?connect_timeout=inf", "connect_timeout"),
        (f"{HOST}?search_path=shop", "search_path"),
        (f"{HOST}?sslmode=require&sslmode=disable", "sslmode twice"),
        (f"{HOST}?SECRET=1", "the parameter …"),
        (f"{HOST}?SECRET=1&SECRET=2", "the parameter … twice"),
        ("postgresql://u:SECRET/x@db/shop", "write # as %23"),
        ("postgresql://u:SECRET?x@db/shop", "write # as %23"),
        ("postgresql://u:SECRET#x@db/shop", "write # as %23"),
        ("postgresql://db:SECRET/shop", "invalid host or port"),
        ("postgresql://db:99999/shop", "invalid host or port"),
        ("postgresql://u:SECRET@a,b/shop?port=1,2,3", "several ports"),
    ],
)
def test_an_unusable_url_is_rejected_at_the_start_with_a_sentence(
    url: str, problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICE_DATABASE_URL", url.replace("SECRET", PASSWORD))
    for command in (["migrate"], ["serve"]):
        assert main(command) == 2
        said = capsys.readouterr()
        sentence = next(
            line for line in said.err.splitlines() if line.startswith("error: SERVICE_DATABASE_URL: ")
        )
        assert problem in sentence
        assert "Traceback" not in said.err
        assert not list(leaks(said.out + said.err))


@pytest.fixture(scope="module")
def authority() -> Path:
    """A file with the certificates of public authorities."""
    found = ssl.get_default_verify_paths().cafile
    import certifi

    return Path(found or certifi.where())
