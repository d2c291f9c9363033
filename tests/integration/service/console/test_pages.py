"""Headers, states and files of the console's pages."""

import re
from pathlib import Path

import pytest

from service.console.pages.routes import PAGES
from service.routes.access import PAGES as ACCESS
from tests.support.builders.console_shop import ConsoleShop, console_shop
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import served_shop

STATIC = Path("service/console/rendering/static")
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' https: data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize("path", ["/console", "/console/nothing", "/console/signed-out", "/console/callback"])
def test_every_page_has_the_strict_policy_and_is_not_stored(signed_in: ConsoleShop, path: str) -> None:
    headers = signed_in.get(path).headers
    assert set(headers["content-security-policy"].split("; ")) == POLICY
    assert headers["cache-control"] == "no-store"
    assert headers.get_list("referrer-policy") == ["same-origin"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_pages_load_files_of_the_service_only(signed_in: ConsoleShop) -> None:
    page = signed_in.get("/console").text
    assert not re.search(r"<style|<script(?![^>]* src=)|\son[a-z]+=|\sstyle=", page)
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 4
    for address in loaded:
        answer = signed_in.get(address)
        assert answer.status_code == 200
        # Modules name the ones that they import without a version.
        kept = "max-age=31536000, immutable" if "?v=" in address else "max-age=60"
        assert answer.headers["cache-control"] == f"private, {kept}"


@pytest.mark.parametrize("name", sorted(file.name for file in STATIC.iterdir()))
def test_file_names_no_other_host(console: ConsoleShop, name: str) -> None:
    answer = console.get(f"/console/static/{name}", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.content == (STATIC / name).read_bytes()
    assert set(re.findall(r"https?://[^/\"' )]+", answer.text)) <= {"http://www.w3.org"}
    known = {"if-none-match": answer.headers["etag"]}
    again = console.get(f"/console/static/{name}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == answer.headers["cache-control"]


def test_templates_and_scripts_name_the_files_that_exist() -> None:
    used = r"""asset\(['"]([^'"]+)|from "\./([^"]+)\""""
    sources = [*STATIC.parent.glob("templates/*.html"), *STATIC.glob("*.js")]
    named = {"".join(found) for source in sources for found in re.findall(used, source.read_text())}
    assert named == {file.name for file in STATIC.iterdir()}


def test_imported_modules_are_loaded_beside_those_that_import_them(signed_in: ConsoleShop) -> None:
    imported = re.findall(r'from "\./([^"]+)"', (STATIC / "console.js").read_text())
    preloaded = re.findall(
        r'<link rel="modulepreload" href="/console/static/([^"]+)"', signed_in.get("/console").text
    )
    assert preloaded == imported != []


@pytest.mark.parametrize("name", ["nothing.css", "..%2fbase.html", "%2e%2e%2frendering.py", "console.css%00"])
def test_nothing_else_is_a_file(console: ConsoleShop, name: str) -> None:
    assert console.get(f"/console/static/{name}").status_code in (303, 404)


def test_page_without_a_session_leads_to_the_login(console: ConsoleShop) -> None:
    templates = [path for (method, path), scope in ACCESS.items() if method == "GET" and scope is not None]
    assert len(templates) >= len(PAGES)
    for template in templates:
        answer = console.get(re.sub(r"\{[a-z_]+\}", "x", template))
        assert (answer.status_code, answer.text) == (303, "")
        assert answer.headers["location"].startswith("/console/login?next=%2Fconsole")


def test_script_without_a_session_is_told_so(console: ConsoleShop) -> None:
    answer = console.get("/console/shoppers/u1?in_stock=1", headers={"x-fragment": "1"})
    assert answer.status_code == 401
    assert "You are signed out" in answer.text
    assert "<html" not in answer.text
    # After the login, the page is as it was.
    assert 'href="/console/login?next=%2Fconsole%2Fshoppers%2Fu1%3Fin_stock%3D1"' in answer.text


def test_unknown_page_says_where_to_go(signed_in: ConsoleShop) -> None:
    for path in ("/console/nothing", "/console/nothing/at/all"):
        answer = signed_in.get(path)
        assert answer.status_code == 404
        assert "There is no such page" in answer.text
        assert 'href="/console"' in answer.text


@pytest.mark.parametrize(
    ("path", "label", "leads_to"),
    [
        ("/console/products/none", "Search products", "/console/products"),
        ("/console/snapshots/rollback?version=none", "See all snapshots", "/console/snapshots"),
        ("/console/shoppers/none", "Find another shopper", "/console/shoppers"),
    ],
)
def test_page_for_an_unknown_id_leads_to_known_ones(
    signed_in: ConsoleShop, path: str, label: str, leads_to: str
) -> None:
    answer = signed_in.get(path)
    assert answer.status_code == 404
    assert f'<a class="button" href="{leads_to}">{label}</a>' in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/console/products/a/b", 404, "There is no such page"),
        ("GET", "/console/shoppers/a/b/c", 404, "There is no such page"),
        ("GET", "/console/static/a/b", 404, "There is no such page"),
        ("GET", "/console/logout", 405, "This page cannot do that"),
        ("POST", "/console/live", 405, "This page cannot do that"),
        ("DELETE", "/console/snapshots/rollback", 405, "This page cannot do that"),
        ("POST", "/console/nothing", 405, "This page cannot do that"),
        ("GET", "/console/data?" + "x=1&" * 250, 422, "Invalid request"),
        ("POST", "/console/logout", 403, "This form is out of date"),
    ],
)
def test_every_problem_is_a_page(
    signed_in: ConsoleShop, method: str, path: str, status: int, title: str
) -> None:
    answer = signed_in.served.client.request(method, path, follow_redirects=False)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert set(answer.headers["content-security-policy"].split("; ")) == POLICY
    assert f"<h1>{title}</h1>" in answer.text
    assert 'aria-label="Console"' in answer.text  # The menu leads on.
    assert ("allow" in answer.headers) == (status == 405)


def test_scripts_get_problems_as_parts_of_pages(signed_in: ConsoleShop) -> None:
    for path in ("/console/products/a/b", "/console/live/x", "/console/guest?price_max=x"):
        answer = signed_in.get(path, headers={"x-fragment": "1"})
        assert (answer.headers["x-fragment"], "<html" in answer.text) == ("1", False)
        assert 'role="alert"' in answer.text
    assert "x-fragment" not in signed_in.get("/console").headers


def test_limits_are_explained_on_pages_and_in_parts_of_them(tmp_path: Path) -> None:
    with console_shop(tmp_path, settings={"client_requests_per_minute": 60}) as limited:
        limited.sign_in()
        pages = [limited.get("/console/guest?diversity=1") for _ in range(2)]
        part = limited.get("/console/guest?diversity=1", headers={"x-fragment": "1"})
        shared = limited.served.client.get("/v1/console/live")
    assert pages[-1].status_code == part.status_code == 429
    assert "Too many requests" in pages[-1].text
    assert 'href="/console/guest?diversity=1"' in pages[-1].text
    assert int(part.headers["retry-after"]) > 0
    assert (part.headers["x-fragment"], "<html" in part.text) == ("1", False)
    assert shared.headers["content-type"] == "application/problem+json"


def test_overview_works_without_a_snapshot(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as console:
        console.sign_in()
        page = console.get("/console")
        assert page.status_code == 200
        assert "Nothing is served yet" in page.text


def test_overview_names_the_live_snapshot(signed_in: ConsoleShop) -> None:
    page = signed_in.get("/console").text
    assert signed_in.served.versions[-1] in page
    assert '<div class="verdict ' in page


def test_documentation_leads_to_the_console_where_it_is_on(console: ConsoleShop, tmp_path: Path) -> None:
    assert '<a href="/console">' in console.get("/schema").text
    with served_shop(shop(shoppers=12), tmp_path) as without:
        assert "/console" not in without.client.get("/schema").text
