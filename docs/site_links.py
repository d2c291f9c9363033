"""Hooks of the documentation site, which `mkdocs.yml` names.

Some pages of the repository join the site. A link to any other file of it becomes the file's name. In the navigation,
`folder/*` stands for the pages of a folder that no other line names. In the search, guides come before records and
references.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

JOINED = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security/reporting.md",
    "benchmarks/README.md": "explanation/benchmarks.md",
    "charts/recommender/README.md": "reference/chart.md",
    "loadtests/README.md": "operations/load-tests.md",
}
"""Pages of the repository by their place on the site."""

BOOSTS = {
    "faq.md": 4.0,
    "troubleshooting.md": 2.0,
    "quickstart.md": 2.0,
    "guides/": 3.0,
    "operations/charts-compared.md": 0.02,
    "operations/": 2.0,
    "explanation/benchmarks.md": 0.02,
    "explanation/": 2.0,
    "api/calls.md": 0.01,
    "api/": 3.0,
    "adr/": 0.001,
    "reference/": 0.02,
    "changelog.md": 0.001,
    "contributing.md": 0.02,
    "dependencies.md": 0.02,
}
"""Weight of pages in the search, by the beginning of their place. The first that fits counts, all others have 1.

The search box weighs a word in a heading a thousand times as much as one in a text. A decision whose title has the word
would hide the guide that answers the question.
"""

_DECISIONS = "<!-- decisions -->"
_PLACES = {place: name for name, place in JOINED.items()}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replaces `folder/*` in the navigation by pages."""
    docs = Path(config.docs_dir)
    named = set(_strings(config.nav))
    config.nav = _expanded(config.nav, docs, named)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that join the site."""
    root = Path(config.docs_dir).parent
    for name, place in JOINED.items():
        if (root / name).exists():
            files.append(File.generated(config, place, abs_src_path=str(root / name)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Rewrites links that leave `docs/`, and weighs the page in the search."""
    page.meta.setdefault("search", {"boost": boost_of(page.file.src_uri)})
    if _DECISIONS in markdown:
        markdown = markdown.replace(_DECISIONS, _decisions(Path(page.file.abs_src_path or "").parent))
    parts = _FENCE.split(markdown)
    return "".join(part if part.startswith("```") else _rewritten(part, page.file.src_uri) for part in parts)


def boost_of(place: str) -> float:
    """Weight of a page in the search."""
    return next((boost for start, boost in BOOSTS.items() if place.startswith(start)), 1.0)


def _strings(nav: object) -> Iterator[str]:
    """All pages of a navigation."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict | list):
        for value in nav.values() if isinstance(nav, dict) else nav:
            yield from _strings(value)


def _expanded(nav: object, docs: Path, named: set[str]) -> object:
    if isinstance(nav, dict):
        return {title: _expanded(value, docs, named) for title, value in nav.items()}
    if not isinstance(nav, list):
        return nav
    entries: list[object] = []
    for entry in nav:
        if isinstance(entry, str) and entry.endswith("/*"):
            folder = entry.removesuffix("/*")
            pages = [f"{folder}/{page.name}" for page in (docs / folder).glob("*.md")]
            joined = [place for place in JOINED.values() if posixpath.dirname(place) == folder]
            entries += sorted({*pages, *joined} - named)
        else:
            entries.append(_expanded(entry, docs, named))
    return entries


def _decisions(folder: Path) -> str:
    """A list of the decision records in a folder, with their titles."""
    pages = sorted(page for page in folder.glob("*.md") if page.name[0].isdigit())
    titles = ((page.name, page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")) for page in pages)
    return "\n".join(f"- [{title}]({name})" for name, title in titles)


def _rewritten(text: str, place: str) -> str:
    home = posixpath.dirname(_PLACES.get(place, f"docs/{place}"))

    def rewrite(match: re.Match[str]) -> str:
        picture, words, link = match.groups()
        path, hash_, anchor = link.partition("#")
        if not path or re.match(r"[a-z]+:", link):
            return match[0]
        target = posixpath.normpath(posixpath.join(home, path))
        found = JOINED.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)
        if found is None or found.endswith(".py"):
            return words if target in words else f"{words} (`{target}`)"
        return (
            f"{picture}[{words}]({posixpath.relpath(found, posixpath.dirname(place) or '.')}{hash_}{anchor})"
        )

    return _LINK.sub(rewrite, text)
