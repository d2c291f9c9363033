"""Settings of a load test, from environment variables that begin with `LOADTEST_`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtests import thresholds
from loadtests.stages import SHAPES, Stage, stretched


@dataclass(frozen=True)
class Settings:
    """Settings of tokens, shoppers and the shape of the load.

    Attributes:
        token_url: the issuer's token endpoint.
        client_id: the client that gets tokens for any shopper.
        client_secret: its secret.
        shoppers: ids of shoppers who bought before.
        shape: name of the shape in `stages.py`.
        stages: the stages of the shape, stretched.
        scale: multiplies the number of shoppers.
        seed: seed of the shoppers' choices. Each worker and each shopper has its own stream.
        thresholds: file with the limits.
    """

    token_url: str
    client_id: str
    client_secret: str
    shoppers: tuple[str, ...]
    shape: str
    stages: Sequence[Stage]
    scale: float
    seed: int
    thresholds: Path


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings.

    Raises:
        ValueError: a variable, which the text names, is missing or invalid.
    """
    shape = environment.get("LOADTEST_SHAPE") or "smoke"
    if shape not in SHAPES:
        raise ValueError(f"LOADTEST_SHAPE is {shape!r}, but must be one of {', '.join(SHAPES)}")
    return Settings(
        token_url=_required(environment, "LOADTEST_TOKEN_URL"),
        client_id=environment.get("LOADTEST_CLIENT_ID") or "demo",
        client_secret=_secret(environment),
        shoppers=known_shoppers(environment.get("LOADTEST_SHOPPERS") or "1-2500"),
        shape=shape,
        stages=stretched(SHAPES[shape], _positive(environment, "LOADTEST_STRETCH")),
        scale=_positive(environment, "LOADTEST_SCALE"),
        seed=_seed(environment),
        thresholds=Path(environment.get("LOADTEST_THRESHOLDS") or thresholds.FILE),
    )


def known_shoppers(text: str) -> tuple[str, ...]:
    """Ids from a range such as `1-2500`, or from the lines of a file."""
    first, dash, last = text.partition("-")
    if dash and first.isdigit() and last.isdigit() and int(first) <= int(last):
        return tuple(str(number) for number in range(int(first), int(last) + 1))
    file = Path(text)
    if not file.is_file():
        raise ValueError(f"LOADTEST_SHOPPERS is {text!r}: neither a range such as 1-2500 nor a file of ids")
    ids = tuple(line for line in file.read_text().split("\n") if line)
    if not ids:
        raise ValueError(f"LOADTEST_SHOPPERS: {text} is empty")
    return ids


def _positive(environment: Mapping[str, str], name: str) -> float:
    text = environment.get(name) or "1"
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} is {text!r}, not a positive number")
    return value


def _seed(environment: Mapping[str, str]) -> int:
    text = environment.get("LOADTEST_SEED") or "1"
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"LOADTEST_SEED is {text!r}, not an integer") from None


def _secret(environment: Mapping[str, str]) -> str:
    file = environment.get("LOADTEST_CLIENT_SECRET_FILE")
    try:
        return Path(file).read_text().strip() if file else _required(environment, "LOADTEST_CLIENT_SECRET")
    except OSError as error:
        raise ValueError(f"LOADTEST_CLIENT_SECRET_FILE: {file} cannot be read: {error.strerror}") from error


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise ValueError(f"{name} is not set")
    return value
