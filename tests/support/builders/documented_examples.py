"""Examples on pages of the documentation, run against a demo."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import playwright

ROOT = Path(__file__).resolve().parents[3]
RUNNING = ("sh", "python", "javascript")
MARK = re.compile(r"<!-- (not run|schema|setting): (\S.*) -->\n\Z")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESSES = {"service": 8000, "catalog": 8100, "issuer": 8200}
PRELUDE = """\
set -eu -o pipefail
make() {
  local SUB= SCOPE= word
  for word in "$@"; do
    case $word in
      SUB=*) SUB=${word#SUB=};; SCOPE=*) SCOPE=${word#SCOPE=};; -s|token) ;;
      *) echo "no example may run: make $*" >&2; return 2;;
    esac
  done
  (cd "$DEMO" && "$PYTHON" -m demo token --subject "$SUB" --scope "$SCOPE")
}
python3() { "$PYTHON" "$@"; }
"""
ORDERS = "order_id,user_id,product_id,title,purchased_at\n" + "".join(
    f"{n},shopper {n % 7},p{n % 5},Tea {n % 5},2026-05-{n % 28 + 1:02} 10:00\n" for n in range(60)
)


@dataclass(frozen=True)
class Example:
    """A block of a page.

    Attributes:
        line: of its fence.
        language: `sh`, `python`, `javascript` or `json`.
        text: its content.
        reason: why it is not run. Empty: it is.
        schema, setting: names of what a JSON block has to be valid for, if it is not compared with an answer.
    """

    line: int
    language: str
    text: str
    reason: str = ""
    schema: str = ""
    setting: str = ""

    @property
    def is_run(self) -> bool:
        """True if it is run, or compared with an answer."""
        return not (self.reason or self.schema or self.setting)


def examples(page: Path) -> Iterator[Example]:
    """The blocks of a page that can be run or compared."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match[1] in (*RUNNING, "json"):
            marked = MARK.search(text[: match.start()])
            line = text.count("\n", 0, match.start()) + 1
            mark = {marked[1].replace("not run", "reason"): marked[2]} if marked else {}
            yield Example(line, match[1], match[2], **mark)


def run_page(page: Path, demo: Path, addresses: Mapping[str, str], folder: Path) -> int:
    """Runs the examples of a page in order, and compares answers.

    Args:
        page: a page of the documentation.
        demo: folder of a running demo.
        addresses: its `service_url`, `catalog_url` and `issuer_url`.
        folder: empty folder to run in.

    Returns:
        The number of examples that were run or compared.
    """
    (folder / "orders.csv").write_text(ORDERS)
    script, shown = [PRELUDE], dict[int, Example]()
    ran = 0
    for example in examples(page):
        if not example.is_run:
            continue
        if example.language == "json":
            shown[ran - 1] = example
            continue
        script.append(_command(example, folder, ran, addresses))
        ran += 1
    if not ran:
        assert not shown, f"{page}: no command gives the answer that is shown"
        return 0
    environment = {**os.environ, "PYTHON": sys.executable, "DEMO": str(demo), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash"],
        input="".join(script),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{page}: {done.stderr[-2000:]}"
    for number, example in shown.items():
        received = json.loads((folder / f"{number}.out").read_text())
        faults = list(different_shape(json.loads(example.text), received))
        assert not faults, f"{page}:{example.line}: {faults} in {received}"
    return ran + len(shown)


def _command(example: Example, folder: Path, number: int, addresses: Mapping[str, str]) -> str:
    text = example.text
    for name, port in ADDRESSES.items():
        text = text.replace(f"http://127.0.0.1:{port}", addresses[f"{name}_url"])
    text = text.replace(".venv/bin/python", shlex.quote(sys.executable))
    if example.language == "sh":
        return f"exec 3>&1 >{number}.out\n{text}\nexport TOKEN=${{TOKEN:-}}\nexec >&3\n"
    file = folder / f"{number}{'.py' if example.language == 'python' else '.mjs'}"
    file.write_text(text)
    program = '"$PYTHON"' if example.language == "python" else f'"{_node()}"'
    return f"{program} {file.name} > {number}.out\n"


def _node() -> str:
    """The system's Node, or the one that Playwright carries."""
    return shutil.which("node") or str(Path(playwright.__file__).parent / "driver" / "node")


def different_shape(shown: Any, received: Any, place: str = "") -> Iterator[str]:
    """Places at which a received value differs in shape from the page.

    Null stands for any type.
    """
    if isinstance(shown, dict) and isinstance(received, dict):
        for name, value in shown.items():
            if name not in received:
                yield f"{place}/{name} is missing"
            else:
                yield from different_shape(value, received[name], f"{place}/{name}")
    elif isinstance(shown, list) and isinstance(received, list):
        if shown and not received:
            yield f"{place} is empty"
            return
        for number, value in enumerate(shown):
            number = min(number, len(received) - 1)
            yield from different_shape(value, received[number], f"{place}/{number}")
    elif (
        None not in (shown, received)
        and (type(shown) is not type(received))
        and not {type(shown), type(received)} <= {int, float}
    ):
        yield f"{place} is {type(received).__name__}"
