"""Login, session and logout of the console, with the development issuer."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from service.console.rendering.page import PAGE_POLICY
from service.settings import ServiceSettings
from service.signed.signer import TokenSigner
from tests.support.builders.console_shop import PUBLIC, ConsoleShop, console_shop
from tests.support.builders.published_snapshots import KEY, shop
from tests.support.builders.served_shop import served_shop

SESSION, PENDING = "console-session", "console-login"


def page_title(answer: httpx.Response) -> str:
    found = re.search(r"<h1[^>]*>([^<]*)</h1>", answer.text)
    assert found is not None, answer.text
    return found[1]


def test_login_leads_to_the_page_that_was_asked_for(console: ConsoleShop) -> None:
    asked = console.get("/console/nothing?a=1&b=2")
    assert asked.status_code == 303
    login = console.get(asked.headers["location"])
    answer = console.get(console.callback(login.headers["location"]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/nothing?a=1&b=2")
    overview = console.get("/console")
    assert overview.status_code == 200
    assert "merchandiser" in overview.text


def test_login_requests_code_with_pkce_state_and_nonce(console: ConsoleShop) -> None:
    parameters = [parse_qs(urlsplit(console.begin()).query) for _ in range(2)]
    for query in parameters:
        assert (query["response_type"], query["code_challenge_method"]) == (["code"], ["S256"])
        assert query["redirect_uri"] == [f"{PUBLIC}/console/callback"]
        assert query["scope"] == ["openid console:read console:write"]
    first, second = parameters
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


def test_session_cookie_is_bound_to_this_browser_and_site(console: ConsoleShop) -> None:
    cookie = next(value for value in console.sign_in().headers.get_list("set-cookie") if SESSION in value)
    lowered = cookie.lower()
    assert "httponly" in lowered
    assert "samesite=lax" in lowered
    assert "path=/" in lowered
    assert re.search(r"max-age=[1-9]\d{3}(;|$)", lowered)  # about an hour, as the token
    assert "secure" not in lowered  # loopback without TLS


def test_cookies_of_a_public_console_are_secure_and_of_this_host(tmp_path: Path) -> None:
    settings = {
        "console_enabled": True,
        "console_public_url": "https://recs.example",
        "console_client_id": "console",
        "console_authorization_url": "https://id.example/authorize?audience=recommender",
        "console_token_url": "https://id.example/token",
    }
    with served_shop(shop(), tmp_path, settings=settings, published=False) as served:
        answer = served.client.get("/console/login", follow_redirects=False)
    assert answer.headers["location"].startswith(
        "https://id.example/authorize?audience=recommender&response_type=code&"
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{PENDING}=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/console\\@evil.test",
        "/v1/popular",
        "/consolex",
        "/console\r\nlocation: x",
        "javascript:alert(1)",
        "/console//evil.test/../" + "x" * 2000,
        "/console/../v1/popular",
        "/console/%2e%2E//evil.test",
        "/console//evil.test",
        "",
    ],
)
def test_login_continues_at_no_other_address(console: ConsoleShop, target: str) -> None:
    assert console.sign_in(target).headers["location"] == "/console"


def test_foreign_state_begins_no_session(console: ConsoleShop) -> None:
    attacker = console.callback(console.begin())
    console.served.client.cookies.clear()
    without_cookie = console.get(attacker)
    console.begin()  # the victim's own login, with another state
    with_other_state = console.get(attacker)
    for answer in (without_cookie, with_other_state, console.get("/console/callback")):
        assert answer.status_code == 400
        assert page_title(answer) == "Signing in did not work"
        assert SESSION not in answer.headers.get("set-cookie", "")


def test_code_works_once(console: ConsoleShop) -> None:
    pending = console.begin()
    cookies = dict(console.served.client.cookies)
    callback = console.callback(pending)
    assert console.get(callback).status_code == 303
    console.served.client.cookies.clear()
    console.served.client.cookies.update(cookies)
    assert page_title(console.get(callback)) == "Signing in did not work"


def test_login_is_tried_once(console: ConsoleShop) -> None:
    """The issuer is not asked again for one login, whatever the code."""
    callback = console.callback(console.begin())
    state = parse_qs(urlsplit(callback).query)["state"][0]
    assert console.get("/console/callback", params={"state": state, "code": "wrong"}).status_code == 400
    answer = console.get(callback)
    assert (answer.status_code, "used before" in answer.text) == (400, True)


@pytest.mark.parametrize("kind", ["Session", "PendingLogin"])
def test_cookie_of_another_release_is_no_session(console: ConsoleShop, kind: str) -> None:
    signed = TokenSigner([KEY], f"console {kind}").sign(b"{}")
    console.served.client.cookies.set(SESSION if kind == "Session" else PENDING, signed)
    assert console.get("/console").status_code == 303
    assert console.get("/console/callback", params={"state": "x"}).status_code == 400
    assert console.get("/console/login").status_code == 303


def test_refusal_of_the_issuer_is_explained(console: ConsoleShop) -> None:
    state = parse_qs(urlsplit(console.begin()).query)["state"][0]
    answer = console.get("/console/callback", params={"state": state, "error": "access_denied"})
    assert (answer.status_code, page_title(answer)) == (400, "Signing in did not work")


def test_earlier_session_does_not_survive_a_login(signed_in: ConsoleShop) -> None:
    before = signed_in.served.client.cookies[SESSION]
    token = signed_in.csrf_token()
    signed_in.sign_in()
    assert signed_in.served.client.cookies[SESSION] != before
    assert signed_in.csrf_token() != token


def test_altered_cookie_is_no_session(signed_in: ConsoleShop) -> None:
    cookies = signed_in.served.client.cookies
    genuine = cookies[SESSION]
    payload, _, signature = genuine.partition(".")
    pending = re.search(rf"{PENDING}=([^;]+)", signed_in.get("/console/login").headers["set-cookie"])
    assert pending is not None
    forged = [
        payload[:-1] + ("A" if payload[-1] != "A" else "B") + "." + signature,
        payload + "." + "A" * len(signature),
        payload,
        pending[1],
        "",
        "x" * 5000,
    ]
    for value in forged:
        cookies.clear()
        cookies.set(SESSION, value)
        assert signed_in.get("/console").status_code == 303
    cookies.clear()
    cookies.set(SESSION, genuine)
    assert signed_in.get("/console").status_code == 200


def test_session_ends_with_the_token(tmp_path: Path) -> None:
    with console_shop(tmp_path, token_seconds=60, published=False) as console:
        console.sign_in()
        cookie = console.served.client.cookies[SESSION]
        assert console.get("/console").status_code == 200
        console.served.clock.now += 600
        console.served.client.cookies.set(SESSION, cookie)
        answer = console.get("/console")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/login?next=%2Fconsole")


def test_logout_ends_the_session(signed_in: ConsoleShop) -> None:
    answer = signed_in.post("/console/logout", csrf_token=signed_in.csrf_token())
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/signed-out")
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert signed_in.get("/console").status_code == 303
    assert page_title(signed_in.get("/console/signed-out")) == "Signed out"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", None, "http://127.0.0.1:8001"])
def test_form_of_another_site_is_rejected(signed_in: ConsoleShop, origin: str | None) -> None:
    answer = signed_in.post("/console/logout", origin, csrf_token=signed_in.csrf_token())
    assert answer.status_code == 403
    assert signed_in.get("/console").status_code == 200


@pytest.mark.parametrize("form", [{}, {"csrf_token": ""}, {"csrf_token": "x" * 32}])
def test_form_without_the_token_of_the_session_is_rejected(
    signed_in: ConsoleShop, form: dict[str, str]
) -> None:
    assert signed_in.post("/console/logout", **form).status_code == 403
    assert signed_in.get("/console").status_code == 200


def test_cookie_opens_no_call_of_the_api_and_token_opens_no_page(signed_in: ConsoleShop) -> None:
    assert signed_in.get("/v1/popular").status_code == 401
    signed_in.served.client.cookies.clear()
    headers = signed_in.bearer()
    assert signed_in.get("/v1/popular", headers=headers).status_code == 200
    assert signed_in.get("/console", headers=headers).status_code == 303


def test_account_without_the_scope_is_refused(tmp_path: Path) -> None:
    with console_shop(
        tmp_path, settings={"console_scopes": "openid recommendations:read"}, published=False
    ) as console:
        answer = console.sign_in()
        assert (answer.status_code, page_title(answer)) == (403, "Your account may not use this")
        assert console.get("/console").status_code == 303


def test_token_of_another_audience_is_refused(tmp_path: Path) -> None:
    issuers = [{"issuer": "http://issuer.test", "jwks_file": tmp_path / "jwks.json", "audience": "another"}]
    with console_shop(tmp_path, settings={"issuers": issuers}, published=False) as console:
        answer = console.sign_in()
        assert (answer.status_code, page_title(answer)) == (400, "Signing in did not work")


@pytest.mark.parametrize("path", ["/token", "/nothing"])
def test_issuer_without_tokens_is_explained(tmp_path: Path, path: str) -> None:
    url = f"http://127.0.0.1:9{path}"
    with console_shop(tmp_path, settings={"console_token_url": url}, published=False) as console:
        answer = console.sign_in()
        assert (answer.status_code, page_title(answer)) == (503, "The token issuer does not answer")


def test_console_below_a_path_prefix(tmp_path: Path) -> None:
    with console_shop(tmp_path, settings={"path_prefix": "/recs"}) as console:
        asked = console.get("/console")
        assert asked.headers["location"] == "/recs/console/login?next=%2Fconsole"
        assert console.sign_in().headers["location"] == "/recs/console"
        overview = console.get("/console").text
        addresses = re.findall(r'(?:href|src|action)="([^"#]*)"', overview)
        assert addresses
        assert all(address.startswith("/recs/console") for address in addresses)
        answer = console.post("/console/logout", csrf_token=console.csrf_token())
        assert answer.headers["location"] == "/recs/console/signed-out"


@pytest.mark.parametrize("path", ["/console", "/console/login", "/console/static/console.css"])
def test_console_that_is_off_has_no_pages(tmp_path: Path, path: str) -> None:
    with served_shop(shop(), tmp_path, published=False) as served:
        assert served.client.get(path).status_code == 401
        assert served.get(path).status_code == 404


COMPLETE = {
    "console_public_url": "https://recs.example",
    "console_client_id": "c",
    "console_authorization_url": "https://id.example/a",
    "console_token_url": "https://id.example/t",
}


@pytest.mark.parametrize("missing", COMPLETE)
def test_half_configured_console_is_refused(missing: str) -> None:
    given = {name: value for name, value in COMPLETE.items() if name != missing}
    issuers = [{"issuer": "https://id.example", "jwks_file": "k"}]
    with pytest.raises(
        ValidationError, match=f"SERVICE_CONSOLE_ENABLED also needs SERVICE_{missing.upper()}"
    ):
        ServiceSettings(issuers=issuers, console_enabled=True, **given)


@pytest.mark.parametrize(
    "public_url",
    ["http://recs.example", "https://recs.example/recs", "https://u@recs.example", "ftp://x", "recs"],
)
def test_public_url_is_an_origin_with_https_or_of_this_machine(public_url: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(issuers=[{"issuer": "i", "jwks_file": "k"}], console_public_url=public_url)
