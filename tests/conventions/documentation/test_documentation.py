"""Links, file names, pictures and spelling in the documentation."""

import re
from pathlib import Path

from tests.conventions.source_files import ALL_FILES, ROOT, faults

FOLDERS = ("benchmarks", "charts", "docs", "k8s", "loadtests")
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(page for name in FOLDERS for page in sorted((ROOT / name).rglob("*.md"))),
]
PICTURES = sorted((ROOT / "docs" / "images").glob("*.svg"))
OTHER_SPELLING = "catalog" + "ue"
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(
    r"`((?:adapters|benchmarks|catalog|charts|command_line|demo|docker|docs|indexer|k8s|loadtests|purchase_files|recommender"
    r"|requirements|service|tests|tools)/[\w./-]+)`"
)


def anchors(page: str) -> set[str]:
    """Anchors of a page: headings in lower case, without punctuation, with hyphens."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    """Links within the repository whose target is missing."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            found.append(link)
    return found


def missing_files(page: Path) -> list[str]:
    """File names on a page for which there is no file."""
    return [name for name in NAMED.findall(page.read_text()) if not (ROOT / name).exists()]


def test_links_have_targets() -> None:
    assert faults(PAGES, broken) == []


def test_decision_that_was_changed_names_the_one_that_changed_it() -> None:
    """Decisions that say "Changes" and "Changed by" come in pairs."""
    said = {"Changes": set[tuple[str, str]](), "Changed by": set[tuple[str, str]]()}
    for page in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        for word, other in re.findall(
            r"^(Changes|Changed by) \[ADR \d+\]\((.*?)\): ", page.read_text(), re.MULTILINE
        ):
            said[word].add((page.name, other) if word == "Changes" else (other, page.name))
    assert len(said["Changes"]) > 4
    assert said["Changes"] == said["Changed by"]


def test_named_files_exist() -> None:
    # The changelog also names files of the past.
    current = [page for page in PAGES if page.name != "CHANGELOG.md"]
    assert faults(current, missing_files) == []


def test_code_that_the_architecture_names_exists() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text()
    source, files = "\n".join(map(Path.read_text, ALL_FILES)), {path.name for path in ALL_FILES}
    named = re.findall(r"`((?:_?[A-Z]\w+\.)?\w+|[\w/]+\.py)`", page)
    code = [name for name in named if re.search(r"[A-Z._]", name) and not name.endswith(".py")]
    assert len(code) > 60
    parts = {part for name in code for part in name.split(".")}
    assert [part for part in sorted(parts) if not re.search(rf"\b{part}\b", source)] == []
    assert [name for name in named if name.endswith(".py") and Path(name).name not in files] == []


def test_documents_and_api_spell_the_catalog_as_its_names_do() -> None:
    files = [*PAGES, *ALL_FILES]
    assert [path for path in files if OTHER_SPELLING in path.read_text().lower()] == []


def test_every_drawing_has_a_form_for_dark_pages() -> None:
    drawings = [path for path in PICTURES if path.name != "favicon.svg"]
    assert len(drawings) > 8
    assert [
        path.name for path in drawings if "@media(prefers-color-scheme:dark)" not in path.read_text()
    ] == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# The `first` part, in short\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    good = "[a](other.md) [b](other.md#the-first-part-in-short) [c](#here) [d](https://a.example/b.md)\n\n## Here\n"
    page.write_text(good)
    assert broken(page) == []
    page.write_text(f"{good}[e](none.md) [f](other.md#no-heading) [g](#there)")
    assert broken(page) == ["none.md", "other.md#no-heading", "#there"]


def test_all_pages_are_checked() -> None:
    assert {"README.md", "CONTRIBUTING.md", "issuers.md", "runbooks.md"} <= {page.name for page in PAGES}
