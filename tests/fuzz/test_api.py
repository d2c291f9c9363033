"""Random requests from the API's document get fast, declared answers and no 500.

`FUZZ_EXAMPLES` in the environment sets the number of random requests per operation, besides those at its boundaries.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import Stack
from tests.system.stack import odd_shop
from tests.system.stack.shoppers import SCOPES

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or "100")
MIN_CASES_PER_EXAMPLE = 10
SLOWEST_SECONDS = 1
BOUND_SECONDS = 600
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.timeout(BOUND_SECONDS + 120)
@pytest.mark.parametrize("caller", ["service", "shopper", "nobody"])
def test_every_request_gets_a_declared_answer(stack: Stack, caller: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color", "run"]
    command += [f"{stack.service_url}/schema/openapi.json", "--continue-on-failure"]
    command += ["--max-examples", str(EXAMPLES), "--max-response-time", str(SLOWEST_SECONDS)]
    command += ["--exclude-path-regex", "^/health/", "--request-timeout", "10"]
    for header in headers(stack, caller):
        command += ["--header", header]
    done = subprocess.run(
        command, cwd=stack.folder, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    cases = re.search(r"(\d+) generated", done.stdout)
    assert cases is not None
    assert int(cases.group(1)) >= EXAMPLES * MIN_CASES_PER_EXAMPLE, done.stdout[-2_000:]


def headers(stack: Stack, caller: str) -> list[str]:
    """Headers of the caller: a token with all scopes, a shopper's token, or none."""
    if caller == "nobody":
        return []
    subject = odd_shop.user_id(7) if caller == "shopper" else None
    scope = SCOPES.replace(".any", "") if subject else SCOPES
    return [f"Authorization: Bearer {stack.token(subject, scope)}"]
