"""What a load test is told: environment variables that begin with `LOADTEST_`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loadtests.stages import SHAPES


@dataclass(frozen=True)
class Settings:
    """Where tokens come from, who the known shoppers are, and the shape of the load.

    Attributes:
        token_url: the issuer's token endpoint.
        client_id: the client that gets tokens for any shopper.
        client_secret: its secret.
        shoppers: ids of shoppers with a history.
        shape: one of the names in `stages.py`.
        scale: multiplies the number of shoppers.
        seed: of all chance.
    """

    token_url: str
    client_id: str
    client_secret: str
    shoppers: tuple[str, ...]
    shape: str
    scale: float
    seed: int


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings; ValueError that names the variable when one is missing or wrong."""
    shape = environment.get("LOADTEST_SHAPE") or "smoke"
    if shape not in SHAPES:
        raise ValueError(f"LOADTEST_SHAPE is {shape!r}; there are {', '.join(SHAPES)}")
    return Settings(
        token_url=_required(environment, "LOADTEST_TOKEN_URL"),
        client_id=environment.get("LOADTEST_CLIENT_ID") or "demo",
        client_secret=_secret(environment),
        shoppers=known_shoppers(environment.get("LOADTEST_SHOPPERS") or "1-2500"),
        shape=shape,
        scale=float(environment.get("LOADTEST_SCALE") or 1.0),
        seed=int(environment.get("LOADTEST_SEED") or 1),
    )


def known_shoppers(text: str) -> tuple[str, ...]:
    """Ids from a range of numbers such as `1-2500`, or from a file with one id on each line."""
    first, dash, last = text.partition("-")
    if dash and first.isdigit() and last.isdigit() and int(first) <= int(last):
        return tuple(str(number) for number in range(int(first), int(last) + 1))
    file = Path(text)
    if not file.is_file():
        raise ValueError(f"LOADTEST_SHOPPERS is {text!r}: neither a range such as 1-2500 nor a file of ids")
    ids = tuple(line for line in file.read_text().splitlines() if line)
    if not ids:
        raise ValueError(f"LOADTEST_SHOPPERS: {text} is empty")
    return ids


def _secret(environment: Mapping[str, str]) -> str:
    file = environment.get("LOADTEST_CLIENT_SECRET_FILE")
    return Path(file).read_text().strip() if file else _required(environment, "LOADTEST_CLIENT_SECRET")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise ValueError(f"{name} is not set")
    return value
