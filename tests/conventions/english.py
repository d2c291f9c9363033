"""Checks docstrings and test names for plain English: `python -m tests.conventions.english [PATH…]`.

The first line of a docstring is one short sentence or noun phrase: no semicolon, no question word at the start, at most
`MAX_WORDS` words. The name of a test states a behavior. Dated words are reported in all docstrings and comments.
British spellings are reported in all texts: code, documentation, pages and settings.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_WORDS = 14
MAX_NAME_WORDS = 14

QUESTION_WORDS = {
    "what",
    "how",
    "whether",
    "where",
    "which",
    "who",
    "whom",
    "whose",
    "when",
    "why",
    "whatever",
    "whoever",
}
PRONOUNS = {"it", "they", "this", "that", "these", "those", "one", "there", "such", "he", "she"}
RELATIVE_WORDS = {"what", "whatever", "whoever", "whose", "nobodys"}
DATED = re.compile(
    r"\b(anew|of late|in vain|be it|as which|thereof|thereby|whereby|wherein|lest|betimes|dearer|ere|"
    r"(?:is|are|was|were|be|been) (?:told|heard)|tells? of|told of|speaks of|nobody's)\b",
    re.IGNORECASE,
)
OPENING = re.compile(r"[A-Za-z]+")

BRITISH = re.compile(
    r"is(?:e[ds]?|ing|ations?)$|yse[ds]?$|ysing$|^(?:behavi|col|fav|hon|hum)our|^cent(?:red?|res|ring)$"
    r"|^licence|^(?:label|model|signal|total|travel)l(?:ed|ing)$|^fulfils?$|^(?:mis)?spelt$|^artefact|^grey$|^judgement"
)
NOT_BRITISH = re.compile(
    r".{1,2}is(?:e[ds]?|ing)|.+wise|(?:ad|de|re|super)vis(?:e[ds]?|ing)|(?:com)?promis(?:e[ds]?|ing)"
    r"|(?:sur|com|enter)pris(?:e[ds]?|ing)|merchandise|exercis(?:e[ds]?|ing)|precise|concise|expertise"
)
OTHERS_SPELLINGS = {"personalised", "customise"}
"""A strategy of the API, and a method's name in pydantic-settings."""

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

WORD_LISTS = (
    "indexer/embedding/colors.py",
    "purchase_files/vocabulary/",
    "tests/unit/purchase_files/",
    "docs/images/preview.py",
    "tests/conventions/english.py",
    "tests/conventions/test_english.py",
)
"""Files with words that are not their own, such as names of columns in anyone's files."""

TEXTS = (".css", ".html", ".in", ".js", ".md", ".py", ".pyi", ".pyx", ".toml", ".tpl", ".yaml", ".yml")

Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
Fault = tuple[int, str]


def first_line_faults(line: str) -> Iterator[str]:
    """Faults of a docstring's first line."""
    opening = OPENING.match(line)
    if ";" in line:
        yield "semicolon in the first line"
    if opening and opening[0].lower() in QUESTION_WORDS:
        yield "first line opens with a question word"
    if len(line.split()) > MAX_WORDS:
        yield f"first line has more than {MAX_WORDS} words"


def name_faults(name: str) -> Iterator[str]:
    """Faults of a test's name."""
    words = name.removeprefix("test_").split("_")
    if words[0] in QUESTION_WORDS | PRONOUNS:
        yield "test name opens with a question word or a pronoun"
    if RELATIVE_WORDS & set(words[1:]):
        yield "test name holds a relative clause without a subject"
    if not 2 <= len(words) <= MAX_NAME_WORDS:
        yield f"test name has fewer than 2 or more than {MAX_NAME_WORDS} words"


def faults(source: str, *, tests: bool) -> list[Fault]:
    """Faults of one Python file with their lines. `tests`: also check test names."""
    tree = ast.parse(source)
    found: list[Fault] = []
    for node in ast.walk(tree):
        if not isinstance(node, Documented):
            continue
        line = getattr(node, "lineno", 1)
        docstring = ast.get_docstring(node) or ""
        found += [(line, fault) for fault in first_line_faults(docstring.partition("\n")[0])]
        found += [(line, f"dated words: {match[0]}") for match in DATED.finditer(docstring)]
        if (
            tests
            and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        ):
            found += [(line, f"{fault}: {node.name}") for fault in name_faults(node.name)]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            found += [(token.start[0], f"dated words: {match[0]}") for match in DATED.finditer(token.string)]
    return sorted(found)


def spelling_faults(text: str) -> list[Fault]:
    """British spellings in any text, names in code included, with their lines."""
    spellings = {word: word.lower() for word in {*WORD.findall(text)}}
    british = {
        word
        for word, spelling in spellings.items()
        if BRITISH.search(spelling)
        and not NOT_BRITISH.fullmatch(spelling)
        and spelling not in OTHERS_SPELLINGS
    }
    lines = enumerate(text.splitlines(), 1) if british else ()
    return [
        (number, f"British spelling: {word}")
        for number, line in lines
        for word in WORD.findall(line)
        if word in british
    ]


def text_files(paths: list[str]) -> list[Path]:
    """Tracked files with English text below `paths`, or of the whole repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *(paths or ["."])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.splitlines() if name.endswith(TEXTS) and (ROOT / name).is_file()]


def main(arguments: list[str]) -> int:
    """Prints every fault. The exit code is 1 if there is any."""
    count = 0
    for path in text_files(arguments):
        relative, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        found = [] if str(relative).startswith(WORD_LISTS) else spelling_faults(text)
        if path.suffix == ".py":
            found += faults(text, tests=relative.parts[0] == "tests")
        for line, fault in found:
            print(f"{relative}:{line}: {fault}")
        count += len(found)
    print(f"{count} faults" if count else "plain English: no faults")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
