import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from rich.console import Console

from demo.shop import Shop, UnexpectedAnswer
from demo.showcase import demo_console, show_shoppers, show_what_to_try
from demo.state import Running
from demo.tokens import SERVICE_SCOPE, TokenRefused, UnknownScope, check_scopes, fetch_token
from tests.integration.demo.stand_in_shop import ODD_SHOPPER, TITLES, StandInShop, purchase, serving


@pytest.fixture
def shop() -> StandInShop:
    return StandInShop()


@pytest.fixture
def running(shop: StandInShop) -> Iterator[Running]:
    with serving(shop) as running:
        yield running


@pytest.fixture
def client(running: Running) -> Iterator[Shop]:
    with Shop(running.catalog_url, running.service_url) as client:
        yield client


def printed(running: Running) -> str:
    console = Console(width=130, highlight=False)
    with console.capture() as capture:
        found = show_shoppers(console, running)
    assert set(found) == {"ann", "bob", ODD_SHOPPER}
    return capture.get()


def test_purchases_and_recommendations_are_printed_side_by_side(running: Running) -> None:
    text = printed(running)
    assert f"Shopper {ODD_SHOPPER} (personalised)" in text
    assert "2024-01-04  Cheese" in text
    assert "Because you bought [Nuts]" in text
    assert "unknown" in text


def test_repeated_purchase_is_shown_once_with_its_latest_day(client: Shop) -> None:
    history = client.history(ODD_SHOPPER)
    assert [(item.product_id, item.day) for item in history] == [("c\\d", "2024-01-04"), ("e", "2024-01-03")]


def test_products_with_the_same_name_are_shown_with_their_ids(running: Running) -> None:
    text = printed(running)
    assert "Eggs (#e)" in text
    assert "Eggs (#e2)" in text
    assert "Cheese (#" not in text


def test_ids_with_commas_and_backslashes_are_escaped(client: Shop, shop: StandInShop) -> None:
    wanted = ["a,b", "c\\d", "e", "not there"]
    assert client.titles(wanted) == {"a,b": "Apples", "c\\d": "Cheese", "e": "Eggs"}
    assert shop.ids == [wanted]


def test_many_ids_are_requested_in_several_calls(client: Shop, shop: StandInShop) -> None:
    client.titles(str(number) for number in range(120))
    assert [len(ids) for ids in shop.ids] == [50, 50, 20]


def test_candidates_are_stable_and_have_histories_of_all_lengths(client: Shop, shop: StandInShop) -> None:
    shop.page_size = 1000
    shop.purchases = [
        purchase(f"user-{user:02}", f"p{number}", "2024-01-01")
        for user in range(30)
        for number in range(user + 1)
    ]
    assert client.candidates(3) == client.candidates(3) == ["user-09", "user-18", "user-27"]


def test_shoppers_who_bought_one_product_are_no_candidates(client: Shop, shop: StandInShop) -> None:
    shop.page_size = 1000
    shop.purchases += [purchase(f"once {number}", "e", "2024-01-01") for number in range(20)]
    shop.purchases += [purchase(f"twice {number % 3}", f"p{number}", "2024-01-02") for number in range(6)]
    assert client.candidates(3) == [ODD_SHOPPER, "twice 0", "twice 1"]


def test_shoppers_behind_pages_of_guests_are_candidates(client: Shop, shop: StandInShop) -> None:
    shop.purchases = [
        *(purchase(None, "e", "2024-01-01") for _ in range(20)),
        purchase("last", "e", "2024-01-01"),
    ]
    assert client.candidates(3) == ["last"]


def test_shoppers_with_explained_recommendations_are_preferred(running: Running, shop: StandInShop) -> None:
    shop.purchases = [
        purchase(f"{user:02}", f"p{product}", "2024-01-01") for user in range(12) for product in (1, 2)
    ]
    shop.page_size = 1000
    users = {f"{user:02}" for user in range(12)}
    shop.unexplained = users - {"03", "07"}
    shop.satisfied = users - {"03", "05", "07"}
    assert show_shoppers(Console(quiet=True), running) == ["03", "05", "07"]


def test_empty_list_says_why(running: Running, shop: StandInShop) -> None:
    shop.satisfied = {"ann", "bob", ODD_SHOPPER}
    assert "Nothing is recommended: none of the other 4 products is in the snapshot." in printed(running)
    shop.purchases = [purchase("ann", product, "2024-01-01") for product in TITLES]
    text = Console(width=130, highlight=False)
    with text.capture() as capture:
        show_shoppers(text, running)
    assert "this shopper bought all 5 products. With include_purchased=true" in capture.get()


def test_purchases_of_guests_alone_show_popular_products(
    running: Running, shop: StandInShop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.purchases = [purchase(None, product, "2024-01-01") for product in ("a,b", "e")]
    console = Console(width=130, highlight=False)
    assert show_shoppers(console, running) == []
    show_what_to_try(console, running, [])
    text = capsys.readouterr().out
    assert "These purchases name no shopper, so no list is personal." in text
    assert re.search(r"Apples +│ Popular +│ Eggs \(#e2\)", text)
    assert re.search(r"Eggs \(#e\) +│ Popular +│ nothing, often enough to tell", text)
    assert f"{running.service_url}/v1/popular?limit=5" in text


@pytest.mark.parametrize("users", [[], ["only"], ["one", "two"], ["a", "b", "c"]])
def test_few_shoppers_are_all_shown(client: Shop, shop: StandInShop, users: list[str]) -> None:
    shop.purchases = [purchase(user, "e", "2024-01-01") for user in users]
    assert sorted(client.candidates(3)) == sorted(users)


def test_printed_curl_line_works_when_pasted(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    show_what_to_try(demo_console(), running, [ODD_SHOPPER])
    line = "curl " + capsys.readouterr().out.partition("curl ")[2].partition("\n\n")[0]
    stubs = "curl() { printf '%s\\n' \"$@\"; }; make() { printf '<%s>' \"$@\"; }"
    words = subprocess.run(
        ["bash", "-c", f"{stubs}; {line}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    name, _, value = words[words.index("-H") + 1].partition(": ")
    assert value == f"Bearer <-s><token><SUB={ODD_SHOPPER}>"
    value = f"Bearer {fetch_token(running, subject=ODD_SHOPPER, scope='recommendations:read')}"
    answer = httpx.get(words[-1], headers={name: value}, timeout=60)
    assert answer.json()["strategy"] == "personalised"


def test_last_lines_fit_a_narrow_terminal(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    show_what_to_try(Console(width=60, highlight=False), running, ["1808"])
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= 70, lines
    assert "More tokens: a shopper's own, and one for any shopper:" in lines


def test_addresses_and_token_commands_are_printed(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    show_what_to_try(demo_console(), running, [ODD_SHOPPER])
    text = capsys.readouterr().out
    assert f"{running.service_url}/schema" in text
    assert f"make token SUB={shlex.quote(ODD_SHOPPER)}" in text
    assert f'make token SCOPE="{SERVICE_SCOPE}"' in text


def test_token_request_has_subject_and_scope(running: Running, shop: StandInShop) -> None:
    assert fetch_token(running, subject="ann", scope="recommendations:read") == "token of ann"
    assert fetch_token(running, subject=None, scope=SERVICE_SCOPE) == "token of the client"
    assert shop.tokens[0]["subject"] == ["ann"]
    assert "subject" not in shop.tokens[1]
    assert shop.tokens[1]["scope"] == [SERVICE_SCOPE]


def test_rejected_token_request_is_an_error_with_the_issuers_reason(running: Running) -> None:
    with pytest.raises(TokenRefused, match="invalid_client"):
        fetch_token(replace(running, client_secret="wrong"), subject=None, scope=SERVICE_SCOPE)


def test_unreachable_issuer_is_named(running: Running, free_port: int) -> None:
    nowhere = f"http://127.0.0.1:{free_port}"
    with pytest.raises(TokenRefused, match=nowhere):
        fetch_token(replace(running, issuer_url=nowhere), subject=None, scope=SERVICE_SCOPE)


def test_unexpected_answer_names_the_call(client: Shop, shop: StandInShop) -> None:
    shop.broken = True
    with pytest.raises(UnexpectedAnswer, match=r"GET http.*/v1/purchases answered 500: .*broken"):
        client.candidates(3)
    with (
        Shop("http://127.0.0.1:1", "http://127.0.0.1:1") as nowhere,
        pytest.raises(UnexpectedAnswer, match=r"GET http://127\.0\.0\.1:1/v1/users/ann/purchases failed"),
    ):
        nowhere.history("ann")


def test_narrow_terminal_shows_purchases_above_recommendations(running: Running) -> None:
    console = Console(width=80, highlight=False)
    with console.capture() as capture:
        show_shoppers(console, running)
    lines = capture.get().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert not any("bought lately" in line and "recommended" in line for line in lines)


def test_scope_that_no_call_accepts_is_named(running: Running) -> None:
    check_scopes(running, "recommendations:read events:write.any")
    with pytest.raises(
        UnknownScope, match=r"the scope foo\. Scopes, .*: events:write, recommendations:read$"
    ):
        check_scopes(running, "foo recommendations:read")


def test_dollar_of_a_shopper_reaches_make(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    show_what_to_try(demo_console(), running, ["a$b"])
    assert "SUB='a$$b'" in capsys.readouterr().out
