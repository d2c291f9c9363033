"""Pages of shoppers: states, escaping and controls. Flows are in tests/browser."""

import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import parse_qsl, quote

import pytest

from adapters.catalog import Product, Purchase, id_fault
from tests.support.builders.console_shop import ConsoleShop, console_shop
from tests.support.builders.published_snapshots import START, shop

HOSTILE = "<script>alert(1)</script>"
NAMED = "ü & 'x' \"y\""
ODD = "x' onload='1"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> ConsoleShop:
    """A shop whose texts would be markup."""
    catalog = shop()
    text = {
        "title": HOSTILE,
        "brand": HOSTILE,
        "category": f"{HOSTILE} > b",
        "image_url": 'https://img.test/x.png"onerror="1',
    }
    catalog.product_list.append(Product(id=ODD, updated_at=START, **text))
    for number in range(8):
        bought = {
            "product_id": ODD if number == 0 else f"p{number}",
            "purchased_at": START,
            "recorded_at": START,
        }
        catalog.purchase_list.append(Purchase(id=f"odd-{number}", user_id=NAMED, **bought))
    with console_shop(tmp_path_factory.mktemp("odd"), catalog) as running:
        running.sign_in()
        yield running


def titles(page: str) -> list[str]:
    return re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", page.partition('class="items"')[2])


def test_texts_of_the_shop_are_no_markup(odd: ConsoleShop) -> None:
    for parameters in (
        {},
        {"picked": ODD},
        {"list": HOSTILE, "category": f'{HOSTILE}"', "brand": f"{HOSTILE}'"},
    ):
        page = odd.get(f"/console/shoppers/{quote(NAMED, safe='')}", params=parameters)
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", re.sub(r'"[^"]*"', '""', page.text))
    assert "ü &amp; &#39;x&#39; &#34;y&#34;" in page.text


def test_filters_that_leave_nothing_can_be_cleared(odd: ConsoleShop) -> None:
    path = "/console/shoppers/u3"
    chosen = {"list": "popular", "picked": "p1", "diversity": "25", "include_purchased": "1"}
    page = odd.get(path, params={**chosen, "category": "Toys", "price_min": "1"}).text
    assert "No product fits these filters." in page
    cleared = re.search(r'href="(\?[^"]*)">Clear the filters<', page)
    assert cleared is not None
    assert dict(parse_qsl(unescape(cleared[1])[1:])) == chosen
    assert titles(odd.get(path + unescape(cleared[1])).text)


def test_category_that_no_product_has_is_named_with_similar_ones(odd: ConsoleShop) -> None:
    page = odd.get("/console/shoppers/u3", params={"category": "Shelf 1"}).text
    named = "Similar names: Bakery &gt; Shelf 1, Garden &gt; Shelf 1."
    assert f"No product has this category or brand. {named}" in page


def test_unknown_product_in_the_basket_is_marked(odd: ConsoleShop) -> None:
    page = odd.get("/console/guest", params=[("picked", "p1"), ("picked", "none")]).text
    marked = re.findall(r'aria-label="Take back ([^"]*)">[^<]*<small>\(unknown product\)</small>', page)
    assert marked == ["none"]


def test_search_leads_to_the_shopper(odd: ConsoleShop) -> None:
    answer = odd.get("/console/shoppers", params={"user_id": f" {NAMED} "})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/console/shoppers/{quote(NAMED, safe='')}",
    )
    for mistyped, fault in (("a/b", "contains &#39;/&#39;"), ("x" * 9_000, "is longer than 200 characters")):
        answer = odd.get("/console/shoppers", params={"user_id": mistyped})
        assert answer.status_code == 404
        assert f"No shopper has this id, because it {fault}." in answer.text
    surprise = odd.get("/console/shoppers", params={"random": "1"})
    assert odd.get(surprise.headers["location"]).status_code == 200


def test_script_gets_the_lists_alone(odd: ConsoleShop) -> None:
    page = odd.get("/console/shoppers/u3").text
    part = odd.get("/console/shoppers/u3", headers={"x-fragment": "1"}).text
    assert "<html" not in part
    assert titles(part) == titles(page) != []


def test_controls_are_those_of_the_api(odd: ConsoleShop) -> None:
    assert all(
        title.startswith("Garden") for title in titles(odd.get("/console/shoppers/u3?category=Garden").text)
    )
    assert titles(odd.get("/console/shoppers/u3?category=Garden&price_max=0.5").text) == []
    for path in ("/console/shoppers/u3", "/console/guest"):
        assert titles(odd.get(f"{path}?brand={quote(HOSTILE)}").text) == [escape(HOSTILE)]
        assert titles(odd.get(f"{path}?brand=unknown").text) == []
        assert titles(odd.get(f"{path}?price_min=60").text) == []
    wanted = {"category": "Garden", "price_min": 40, "price_max": 50, "limit": 12}
    listed = odd.get("/v1/users/u3/recommendations", params=wanted, headers=odd.bearer()).json()["items"]
    page = odd.get("/console/shoppers/u3?category=Garden&price_min=40&price_max=50").text
    ids = re.findall(r'class="soft id">#([^<]*)<', page.partition('class="items"')[2])
    assert ids == [item["product_id"] for item in listed] != []
    assert 'value="40"' in page
    assert 'value="50"' in page
    purchased = odd.get("/console/shoppers/u3?include_purchased=1").text
    assert titles(purchased) != titles(odd.get("/console/shoppers/u3").text)
    diverse = [
        titles(odd.get(f"/console/shoppers/u3?diversity={percent}").text) for percent in ("0", "", "100")
    ]
    assert diverse[0] == diverse[1] != diverse[2]


@pytest.mark.parametrize(
    "query",
    [
        "price_max=x",
        "price_min=-1",
        "price_min=5&price_max=4",
        "price_max=-1",
        "price_max=inf",
        "diversity=nan",
        "picked=%00",
        "picked=a%2Fb",
    ],
)
def test_invalid_control_is_explained(odd: ConsoleShop, query: str) -> None:
    page = odd.get(f"/console/shoppers/u3?{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text


@pytest.mark.parametrize("user_id", ["nobody", "<script>", "%2e%2e"])
def test_unknown_shopper_has_a_page(odd: ConsoleShop, user_id: str) -> None:
    page = odd.get(f"/console/shoppers/{quote(user_id, safe='%')}")
    assert page.status_code in (404, 422)
    assert "<script>" not in page.text
    assert 'role="alert"' in page.text


def test_nothing_is_counted_or_stored(odd: ConsoleShop) -> None:
    odd.get("/console/shoppers/u3", params={"picked": "p1"})
    names = ("recommender.impressions", "recommender.answers")
    assert [odd.served.count(name) for name in names] == [0, 0]


def test_form_offers_the_brands_of_the_shop_and_the_chosen_one(odd: ConsoleShop) -> None:
    def offered(query: str) -> list[tuple[str, str]]:
        page = odd.get(f"/console/guest?{query}").text
        form = page.partition('<select id="brand"')[2].partition("</select>")[0]
        return re.findall(r"<option([^>]*)>([^<]*)<", form)

    assert offered("") == [(' value=""', "All"), ("", escape(HOSTILE))]
    assert offered("brand=Gone") == [(' value=""', "All"), (" selected", "Gone"), ("", escape(HOSTILE))]
    assert ">Gone</option>" in odd.get("/console/shoppers/u3?category=Gone").text


def test_guest_sees_completions_of_the_basket(odd: ConsoleShop) -> None:
    empty = odd.get("/console/guest").text
    assert "Completes the basket" not in empty
    found = odd.get("/console/guest", params={"words": "thing garden 33"}, headers={"x-fragment": "1"}).text
    assert 'name="picked" value="p33"' in found
    assert "No product has" in odd.get("/console/guest?words=nothing").text
    assert HOSTILE not in odd.get("/console/guest", params={"words": HOSTILE, "picked": ODD}).text
    basket = odd.get("/console/guest", params={"picked": ["p33", "unknown"]}).text
    assert "Completes the basket" in basket
    expected = odd.served.client.post(
        "/v1/recommendations", json={"basket": ["p33", "unknown"], "limit": 12}, headers=odd.bearer()
    )
    ids = re.findall(r'class="soft id">#([^<]*)<', basket.partition('class="items"')[2])
    assert ids == [item["product_id"] for item in expected.json()["items"]]


def test_shopper_page_completes_the_basket_as_the_api_does(odd: ConsoleShop) -> None:
    assert "what completes the basket" in odd.get("/console/shoppers/u3").text
    page = odd.get("/console/shoppers/u3", params={"picked": ["p33"], "list": "basket"}).text
    assert re.search(r"<p>In the basket</p>.*Completes the basket", page, re.DOTALL)
    body = {"basket": ["p33"], "user_id": "u3", "limit": 12}
    expected = odd.served.client.post("/v1/recommendations", json=body, headers=odd.bearer()).json()["items"]
    ids = re.findall(r'class="soft id">#([^<]*)<', page.partition('class="items"')[2])
    assert ids == [item["product_id"] for item in expected] != []


def test_pages_without_a_snapshot_say_so(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as console:
        console.sign_in()
        page = console.get("/console/shoppers/u3")
        assert (page.status_code, "There is no snapshot yet" in page.text) == (503, True)
        assert console.get("/console/shoppers").status_code == 200


def test_pages_without_the_database_say_so(tmp_path: Path) -> None:
    with console_shop(tmp_path) as console:
        console.sign_in()
        (tmp_path / "recommender.db").unlink()
        (tmp_path / "recommender.db").mkdir()
        assert "The database does not answer" in console.get("/console/shoppers").text
        assert console.get("/console").status_code == 200
        page = console.get("/console/shoppers/nobody")
        assert page.status_code == 200
        assert "It is not known what this shopper did." in page.text
        assert "Purchases and events could not be read." in page.text


@pytest.mark.parametrize("garbled", ["%20", "%0a", "a%00b", "x" * 201, "u3%FF"])
def test_invalid_ids_are_unknown_and_stored_nowhere(odd: ConsoleShop, garbled: str) -> None:
    assert odd.get(f"/console/shoppers/{garbled}").status_code == 404
    known = odd.served.client.get("/v1/console/shoppers?limit=100", headers=odd.bearer()).json()["shoppers"]
    assert known
    assert [one["user_id"] for one in known if id_fault(one["user_id"]) or "\ufffd" in one["user_id"]] == []


def test_looking_at_a_shopper_costs_that_shopper_nothing(odd: ConsoleShop) -> None:
    policy = odd.get("/console/shoppers/u3").headers["ratelimit"]
    assert '"client"' in policy
    assert '"shopper"' not in policy
