"""docs/operations names commands, resources and values that exist."""

import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.chart.manifests import names, only, selects, workloads
from tests.chart.rendering import CHART, CI, ROOT, Helm, Resource
from tests.chart.resources.test_references import secret_keys
from tests.chart.resources.test_rendering import NEWEST
from tests.chart.tools import Tools
from tests.conventions.documentation.test_examples import MISSPELLED

OPERATIONS = ROOT / "docs/operations"
COMPARISON = OPERATIONS / "charts-compared.md"
PAGES = [*sorted(OPERATIONS.glob("*.md")), ROOT / "README.md"]
RELEASE = "recommender"
KINDS = {
    "deployment": "Deployment",
    "cronjob": "CronJob",
    "job": "Job",
    "persistentvolumeclaim": "PersistentVolumeClaim",
}

Command = tuple[str, ...]


def blocks(page: Path, language: str) -> list[str]:
    """Code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[Command]:
    """Calls of helm and kubectl on a page, in blocks and in lines."""
    found = []
    within = re.findall(
        r"`((?:helm|kubectl) [^`]+)`", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    )
    for text in [*blocks(page, "sh"), *within]:
        # No tool is called within a substitution, which the lexer could not read.
        lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars="|;&<>()\n")
        lexer.whitespace, lexer.whitespace_split = " \t", True
        words: list[str] = []
        for word in [*lexer, "\n"]:
            if not set(word) <= set("|;&<>()\n"):
                words.append(word)
                continue
            found.append(tuple(words))
            words = []
    return [words for words in found if words[:1] in {("helm",), ("kubectl",)} and len(words) > 1]


COMMANDS = sorted({(page.name, words) for page in PAGES for words in commands(page)})


@pytest.fixture(scope="module")
def installed(helm: Helm) -> list[Resource]:
    """The release that the pages install, with their values."""
    values, *_ = blocks(OPERATIONS / "install.md", "yaml")
    arguments = [RELEASE, str(CHART), "--namespace", RELEASE, "--values", "-"]
    return [one for one in yaml.safe_load_all(helm.run("template", *arguments, given=values)) if one]


@cache
def help_of(program: Path, words: Command) -> str:
    """Help of the deepest command in `words`, and of the program's global options."""

    def said(*arguments: str) -> str:
        done = subprocess.run(
            [str(program), *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout

    line = re.sub(r" (--namespace|-n) \S+", "", " ".join(words))
    named = [
        word for word in line.split()[1:4] if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")
    ]
    texts = {tuple(named[:depth]): said(*named[:depth], "--help") for depth in range(len(named) + 1)}
    deepest = max((path for path in texts if "Usage:" in texts[path]), key=len)
    return texts[deepest] + (said("options") if program.name == "kubectl" else "")


def test_pages_have_commands() -> None:
    assert len(COMMANDS) > 20
    assert {page for page, _ in COMMANDS} >= {"backup.md", "install.md", "runbooks.md", "upgrade.md"}


@pytest.mark.parametrize(("page", "words"), COMMANDS, ids=[" ".join(words)[:60] for _, words in COMMANDS])
def test_commands_and_their_options_exist(tools: Tools, page: str, words: Command) -> None:
    programs = list(tools.helm.values()) if words[0] == "helm" else [tools.kubectl]
    for program in programs:
        known = help_of(program, words)
        for option in (word.partition("=")[0] for word in words if word.startswith("-") and len(word) > 1):
            assert re.search(rf"(^|[\s,]){re.escape(option)}[\s,=]", known), f"{page}: {option} of {words}"


def test_commands_name_installed_resources(installed: list[Resource]) -> None:
    made = {name for _, words in COMMANDS for name in re.findall(r"\bcreate job (\S+)", " ".join(words))}
    seen = set()
    for page, words in COMMANDS:
        for kind, name in re.findall(rf"\b({'|'.join(KINDS)})[/ ]([a-z][a-z0-9-]+)", " ".join(words)):
            if kind == "job" and name in made:
                continue
            assert name in names(installed, KINDS[kind]), f"{page}: {' '.join(words)}"
            seen.add((kind, name))
        for option in ("--namespace", "-n"):
            if option in words[:-1]:
                assert words[words.index(option) + 1] == RELEASE, f"{page}: {words}"
    assert {kind for kind, _ in seen} == {"deployment", "cronjob", "job", "persistentvolumeclaim"}


def test_documented_selectors_match_pods(installed: list[Resource]) -> None:
    selectors = [words[words.index("--selector") + 1] for _, words in COMMANDS if "--selector" in words]
    assert len(selectors) >= 3
    for selector in selectors:
        wanted = dict(part.split("=") for part in selector.split(","))
        assert [one for one in workloads(installed) if selects(wanted, one.labels)], selector


def test_documented_containers_are_in_all_selected_pods(helm: Helm, installed: list[Resource]) -> None:
    """`kubectl logs` ends with an error at the first pod without the container."""
    written = ["".join(page.read_text() for page in PAGES), helm.notes(CI["default"], overrides={})]
    lines = [
        line for text in written for line in text.splitlines() if " logs " in line and "--selector" in line
    ]
    assert len(lines) >= 3
    for line in lines:
        (selector,) = re.findall(r"--selector (?:\S+,)?(app.kubernetes.io/component=[a-z]+)", line)
        wanted = dict([selector.split("=")])
        for pod in (one for one in workloads(installed) if selects(wanted, one.labels)):
            known = {one["name"] for one in pod.containers}
            assert set(re.findall(r"--container ([a-z]+)", line)) <= known, f"{pod.name}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_waiting_for_a_job_ends_when_it_fails(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"wait job/.*complete", text) == []
    for name in re.findall(r"^until kubectl .*", text, re.MULTILINE):
        assert "grep -E 'Complete|Failed'" in name


def test_documented_secrets_are_those_that_pods_need(installed: list[Resource]) -> None:
    made = set()
    for page, words in COMMANDS:
        if page == "install.md" and "secret" in words:
            keys = [word.partition("=")[2].partition("=")[0] for word in words if "--from-literal" in word]
            made |= {(words[words.index("generic") + 1], key) for key in keys}
    needed = {pair for one in workloads(installed) for pair in secret_keys(one)}
    assert made == needed


def patched_job(tools: Tools, installed: list[Resource], name: str, **spec: object) -> Resource:
    """The Job that a documented pipeline creates from a CronJob and patches."""
    text = next(block for block in blocks(OPERATIONS / "upgrade.md", "sh") if f"create job {name} " in block)
    patch = re.search(r"--patch '(.*?)'", text, re.DOTALL)
    assert patch is not None
    template = only(installed, "CronJob", "recommender-indexer")["spec"]["jobTemplate"]
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": RELEASE}}
    job["spec"] = {**template["spec"], **spec}
    command = [str(tools.kubectl), "patch", "--local", "--filename", "-", "--type", "strategic"]
    done = subprocess.run(
        [*command, "--output", "yaml", "--patch", patch[1]],
        input=yaml.safe_dump(job),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    patched: Resource = yaml.safe_load(done.stdout)
    return patched


def arguments(job: Resource) -> list[list[str]]:
    """Arguments of the containers of a Job's pods, in order."""
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return [one["args"] for one in (*pod["initContainers"], *pod["containers"])]


@pytest.mark.parametrize("shards", [1, 4])
def test_rollback_runs_in_one_pod(
    tools: Tools, installed: list[Resource], kubernetes_validate: ModuleType, shards: int
) -> None:
    several = (
        {"completionMode": "Indexed", "completions": shards, "parallelism": shards} if shards > 1 else {}
    )
    job = patched_job(tools, installed, "rollback", **several)
    assert arguments(job) == [["versions"], ["rollback"]]
    assert (job["spec"]["completions"], job["spec"]["parallelism"]) == (1, 1)
    build = job["spec"]["template"]["spec"]["initContainers"][0]
    original = only(installed, "CronJob", "recommender-indexer")["spec"]["jobTemplate"]["spec"]["template"][
        "spec"
    ]
    assert {**build, "args": ["build"]} == original["initContainers"][0]
    kubernetes_validate.validate(job, NEWEST, strict=True)


def test_forced_build_runs_in_all_pods(tools: Tools, installed: list[Resource]) -> None:
    job = patched_job(tools, installed, "build-all-the-same", completions=4, parallelism=4)
    assert arguments(job) == [["build", "--force"], ["prune"]]
    assert job["spec"]["completions"] == 4


@pytest.mark.parametrize("page", PAGES[:-1], ids=lambda page: page.name)
def test_named_values_exist(page: Path) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    text = page.read_text()
    if page == COMPARISON:  # The other columns have the values of other charts.
        text = "\n".join(line.rsplit("|", 2)[-2] for line in text.splitlines() if line.startswith("|"))
    for path in re.findall(r"`([a-zA-Z]+(?:\.[a-zA-Z]+)+)(?:[=:][^`]*)?`", text):
        first, *rest = path.split(".")
        if first not in values:
            continue
        place = values[first]
        for name in rest:
            assert name in place, f"{page.name}: {path}"
            place = place[name]


def test_named_settings_and_log_lines_exist() -> None:
    text = "".join(page.read_text() for page in PAGES)
    settings = (ROOT / "docs/reference/configuration.md").read_text()
    named = set(re.findall(r"\b(?:SERVICE|INDEXER|CATALOG)_[A-Z_]+[A-Z]\b", text))
    # INDEXER_MEMORY belongs to the development stack.
    assert named - {"INDEXER_MEMORY", *MISSPELLED} <= set(re.findall(r"\b[A-Z_]+[A-Z]\b", settings))
    lines = set(re.findall(r"`((?:waiting|snapshot) [a-z ]+)`", (OPERATIONS / "runbooks.md").read_text()))
    code = "".join(
        path.read_text() for name in ("service", "indexer") for path in (ROOT / name).rglob("*.py")
    )
    assert {"waiting for a snapshot", "snapshot refused", "snapshot not published"} <= lines
    assert {line for line in lines if f'"{line}"' not in code} == set()
