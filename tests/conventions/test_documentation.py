"""Every link of the documentation leads to something, and every file that it names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("benchmarks", "charts", "docs", "k8s", "loadtests")
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(page for name in FOLDERS for page in sorted((ROOT / name).rglob("*.md"))),
]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(
    r"`((?:adapters|benchmarks|catalog|charts|demo|docker|docs|indexer|k8s|loadtests|recommender|requirements|service|tools"
    r"|tests)/[\w./-]+)`"
)


def anchors(page: str) -> set[str]:
    """What a link may name behind `#`: headings in small letters, without marks, their blanks hyphens."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    """The links within the repository that lead nowhere."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


@pytest.mark.parametrize(
    # The changelog names what once was.
    "page",
    [page for page in PAGES if page.name != "CHANGELOG.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_files_that_are_named_exist(page: Path) -> None:
    assert [name for name in NAMED.findall(page.read_text()) if not (ROOT / name).exists()] == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# The `first` part, in short\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    good = "[a](other.md) [b](other.md#the-first-part-in-short) [c](#here) [d](https://a.example/b.md)\n\n## Here\n"
    page.write_text(good)
    assert broken(page) == []
    page.write_text(f"{good}[e](none.md) [f](other.md#no-heading) [g](#there)")
    assert broken(page) == ["none.md", "other.md#no-heading", "#there"]


def test_pages_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "security.md", "runbooks.md"} <= {page.name for page in PAGES}
