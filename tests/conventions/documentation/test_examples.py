"""Commands, settings and options that the documentation shows exist."""

import io
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter
from pydantic_settings import BaseSettings

from indexer.settings import IndexerSettings
from service.settings import ServiceSettings
from tests.conventions.documentation.test_documentation import PAGES
from tests.conventions.source_files import ROOT, faults

CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]
MAKEFILE = (ROOT / "Makefile").read_text()
CONFIGURATION = (ROOT / "docs/reference/configuration.md").read_text()
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
UNIT = re.compile(r"^```ini\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"\.venv/bin/python -m (service|indexer|catalog|demo)((?: +[^|;&<>()#`\n]+)?)")
IN_A_LINE = re.compile(r"`(?:\.venv/bin/)?python -m (service|indexer|catalog|demo)(?: ([^`]*))?`")
CONSOLE = re.compile(r"^\$ python -m (service|indexer|catalog|demo)(.*)", re.MULTILINE)
COMMAND_ALONE = {
    "indexer": re.compile(r"`((?:build|refresh|evaluate|tune|versions|verify|prune) --[^`]*)`"),
    "catalog": re.compile(r"`((?:load|inspect) --[^`]*)`"),
}
VARIABLE = re.compile(r"\b(?:SERVICE|INDEXER|CATALOG|ISSUER)_[A-Z_]*[A-Z]\b")
MISSPELLED = {"SERVICE_LISTEN_PROT"}


def blocks(page: Path) -> list[str]:
    """Shell blocks of a page, each command in one line."""
    return [block.replace("\\\n", " ") for block in SHELL.findall(page.read_text())]


def invalid_shell(page: Path) -> Iterator[str]:
    """Blocks that bash cannot parse."""
    for block in SHELL.findall(page.read_text()):
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        if done.returncode:
            yield done.stderr


def unknown_targets(page: Path) -> Iterator[str]:
    """Targets and variables of `make` that the Makefile does not have."""
    text = page.read_text()
    shown = [
        *re.findall(r"`make ([^`\n]+)`", text),
        *re.findall(r"^(?:\w+=\S+ )?make (.+)", text, re.MULTILINE),
    ]
    for command in shown:
        words = shlex.split(command, comments=True)
        targets = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
        variables = [word.partition("=")[0] for word in words if re.match(r"[A-Z_]+=", word)]
        yield from (word for word in targets if not re.search(rf"^{word}:", MAKEFILE, re.MULTILINE))
        yield from (
            word
            for word in variables
            if not re.search(rf"^VARIABLES := .*\b{word}\b", MAKEFILE, re.MULTILINE)
        )


def rejected_commands(page: Path) -> Iterator[str]:
    """Commands whose words the program's own parser rejects, or has no help for."""
    for program, words, given in (
        *((program, words, shlex.split(words)) for program, words in commands(page)),
        *((program, words, words.split()[:1]) for program, words in commands_in_lines(page)),
    ):
        arguments = shlex.split(words)
        main = import_module(f"{program}.__main__").main
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as ended:
            main([*given, "--help"])
        options = [word.partition("=")[0] for word in arguments if word.startswith("--")]
        if ended.value.code != 0 or any(
            not re.search(rf"{option}(?![\w-])", said.getvalue()) for option in options
        ):
            yield f"{program} {words}"


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """Programs with their arguments, in blocks of shell and in units of systemd."""
    for block in [*blocks(page), *UNIT.findall(page.read_text())]:
        yield from PROGRAM.findall(block)
    yield from CONSOLE.findall(page.read_text())


def commands_in_lines(page: Path) -> Iterator[tuple[str, str]]:
    """Programs with their command and options.

    Values are left out, because they may stand for others: `--days N`.
    """
    text = page.read_text()
    found = IN_A_LINE.findall(text)
    for program, pattern in COMMAND_ALONE.items():
        found += [(program, words) for words in pattern.findall(text)]
    for program, words in found:
        command, *arguments = shlex.split(words) or [""]
        yield program, " ".join([command, *(word for word in arguments if word.startswith("--"))])


def test_shell_blocks_parse() -> None:
    assert faults(CURRENT, invalid_shell) == []


def test_commands_that_measure_name_one_data_set() -> None:
    """Commands of a guide that follow each other measure the same file."""
    guide = "\n".join(blocks(ROOT / "docs/guides/evaluate.md"))
    measured = re.findall(r"^\S+ -m indexer (?:evaluate|tune)(?: .*)?$", guide, re.MULTILINE)
    assert len(measured) >= 3
    assert [line for line in measured if "--purchases orders.csv" not in line] == []


def test_targets_of_make_exist() -> None:
    assert faults(CURRENT, unknown_targets) == []


def test_commands_of_the_programs_exist() -> None:
    assert faults(CURRENT, rejected_commands) == []


@pytest.mark.parametrize(
    ("text", "is_rejected"),
    [
        ("`python -m indexer tune --minutes 30`", False),
        ("`python -m indexer tune --hours 1`", True),
        ("`build --forced`", True),
        ("`build --force`", False),
        ("```console\n$ python -m indexer evaluate --purchase a.csv\n```", True),
        ("```sh\n.venv/bin/python -m catalog lode a.csv\n```", True),
        ("```ini\nExecStart=/srv/.venv/bin/python -m service serv\n```", True),
    ],
)
def test_commands_that_do_not_exist_are_found(text: str, is_rejected: bool, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text)
    assert bool(list(rejected_commands(tmp_path / "page.md"))) == is_rejected


def test_blocks_of_yaml_parse() -> None:
    found = [
        list(yaml.safe_load_all(block))
        for page in CURRENT
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    ]
    assert len(found) >= 9


def test_settings_exist() -> None:
    known = set(re.findall(r"^\| `([A-Z_]+)`", CONFIGURATION, re.MULTILINE)) | MISSPELLED
    assert faults(CURRENT, lambda page: sorted(set(VARIABLE.findall(page.read_text())) - known)) == []


def test_metrics_exist() -> None:
    known = (ROOT / "docs/reference/metrics.md").read_text()
    named = re.compile(r"\brecommender_[a-z_]+[a-z]\b")
    assert (
        faults(CURRENT, lambda page: [one for one in named.findall(page.read_text()) if one not in known])
        == []
    )


def test_values_of_settings_are_valid() -> None:
    """Assignments in shell blocks, such as `SERVICE_ISSUERS='[…]'`."""
    classes: dict[str, type[BaseSettings]] = {"SERVICE": ServiceSettings, "INDEXER": IndexerSettings}
    checked = 0
    for block in (block for page in CURRENT for block in blocks(page)):
        for word in filter(VARIABLE.match, shlex.split(block, comments=True)):
            name, _, value = word.partition("=")
            prefix, _, field = name.partition("_")
            given = json.loads(value) if value.startswith("[") else value
            TypeAdapter(classes[prefix].model_fields[field.lower()].annotation).validate_python(given)
            checked += 1
    assert checked >= 8


def test_secrets_of_an_installation_are_created_before_it() -> None:
    used = re.compile(r"existingSecret: {name: ([a-z-]+)}")
    for page in CURRENT:
        for block in (block for block in blocks(page) if "helm install" in block):
            created = re.findall(r"create secret generic ([a-z-]+)", block.partition("helm install")[0])
            assert set(used.findall(block)) <= set(created), page.name


def test_no_package_of_this_name_is_installed_from_an_index() -> None:
    """The project is not published, so a package of its name is a stranger's."""
    texts = [*CURRENT, *(ROOT / "indexer").rglob("*.py"), *(ROOT / "service").rglob("*.py")]
    pattern = re.compile(r"pip3? install[^\n]*\brecommender\b")
    assert [str(path) for path in texts if pattern.search(path.read_text())] == []


def test_exit_codes_of_every_program_are_those_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = set(
        re.findall(r"^\| (\d+) \|", (ROOT / "docs/operations/exit-codes.md").read_text(), re.MULTILINE)
    )
    for program in ("service", "indexer", "catalog", "demo", "demo.issuer"):
        with pytest.raises(SystemExit):
            import_module(f"{program}.__main__").main(["--help"])
        text = " ".join(capsys.readouterr().out.split()).partition("Exit codes:")[2]
        codes = set(re.findall(r"\b(\d+) [a-z]", text))
        assert {"0", "1", "2"} <= codes <= page, program
