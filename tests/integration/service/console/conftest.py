"""A shop with a console, shared by a module."""

from collections.abc import Iterator

import pytest

from tests.support.builders.console_shop import ConsoleShop, console_shop


@pytest.fixture(scope="module")
def shared_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleShop]:
    with console_shop(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture
def console(shared_console: ConsoleShop) -> ConsoleShop:
    """The console in a browser without cookies."""
    shared_console.served.client.cookies.clear()
    return shared_console


@pytest.fixture
def signed_in(console: ConsoleShop) -> ConsoleShop:
    """The console after a login."""
    assert console.sign_in().status_code == 303
    return console
