"""Command-line arguments of the reader."""

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from purchase_files import ReadingOptions, RefusedFile
from purchase_files.arguments import (
    add_reading_arguments,
    assignments,
    reading_options,
    refused,
    source,
    with_arguments,
)


def options(*arguments: str) -> ReadingOptions:
    parser = argparse.ArgumentParser()
    add_reading_arguments(parser)
    return reading_options(parser.parse_args(arguments))


def test_arguments_become_options() -> None:
    mapped = ("--map", "user_id=Client no", "--map", "title=Name")
    given = options(*mapped, "--dates", "dmy", "--where", "status=paid", "--bad-rows", "0.2")
    assert given == ReadingOptions(
        mapping={"user_id": "Client no", "title": "Name"}, dates="dmy", where=("status=paid",), bad_rows=0.2
    )
    assert options() == ReadingOptions()
    assert (source("-"), source("a.csv")) == ("-", Path("a.csv"))


def test_several_fields_fit_into_one_argument() -> None:
    text = "user_id=Client no, product_id=Item (new), ref  price = P=1"
    assert assignments(text) == [
        ("user_id", "Client no"),
        ("product_id", "Item (new), ref"),
        ("price", "P=1"),
    ]


@pytest.mark.parametrize("text", ["", "user_id", "buyer=Client", "x user_id=Client"])
def test_unknown_field_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(RefusedFile, match="user_id, order_id, product_id"):
        assignments(text)


@pytest.mark.parametrize("share", ["-0.1", "1.1", "few", "nan"])
def test_invalid_share_is_rejected(share: str) -> None:
    with pytest.raises(SystemExit):
        options("--bad-rows", share)


def test_key_file_is_created_once(tmp_path: Path) -> None:
    file = tmp_path / "users.key"
    key = options("--hash-users", str(file)).hash_key
    assert key is not None
    assert len(key) >= 32
    assert options("--hash-users", str(file)).hash_key == key
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("short")
    with pytest.raises(RefusedFile, match="5 bytes"):
        options("--hash-users", str(file))
    with pytest.raises(RefusedFile, match="cannot be written"):
        options("--hash-users", str(tmp_path / "none" / "users.key"))


def test_refusal_ends_with_a_command_line_that_can_be_pasted() -> None:
    found = [("--map", "user_id=Client no"), ("--map", "title=it's"), ("--dates", "dmy")]
    message = refused(RefusedFile("no shopper", tuple(found)), "python -m catalog load 'my file.csv'")
    assert message.startswith("no shopper\n")
    words = shlex.split(message.splitlines()[-1])
    assert words[:5] == ["python", "-m", "catalog", "load", "my file.csv"]
    assert words[5:] == [word for pair in found for word in pair]
    made = shlex.split(with_arguments("make demo 'PURCHASES=a b.csv' DATES=mdy", found))
    assert made == ["make", "demo", "PURCHASES=a b.csv", "DATES=dmy", "MAP=user_id=Client no title=it's"]
    again = with_arguments("make demo MAP=user_id=Client", [("--map", "title=Name")])
    assert again == "make demo MAP='user_id=Client title=Name'"
    assert refused(RefusedFile("empty"), "python") == "empty"


@pytest.mark.parametrize(
    "column", ["it's", 'a "b"', "$HOME $(id) $$", "`id`", "a;b&c|d", "#1 (new) *", "ид 顧客", "\\n"]
)
def test_pasted_options_hold_any_name(column: str) -> None:
    arguments = [("--map", f"user_id={column}")]
    line = with_arguments("python -m catalog load -- -odd.csv", arguments)
    echo = "import json, sys; print(json.dumps(sys.argv[1:]))"
    shell = f"{shlex.quote(sys.executable)} -c {shlex.quote(echo)} {line}"
    words = json.loads(subprocess.run(["bash", "-c", shell], check=True, capture_output=True).stdout)
    assert words == ["python", "-m", "catalog", "load", "--map", f"user_id={column}", "--", "-odd.csv"]


@pytest.mark.parametrize("column", ["it's", 'a "b"', "$HOME $(id) $$", "`id`", "#1 %", "a\\"])
def test_pasted_variables_of_make_hold_any_name(tmp_path: Path, column: str) -> None:
    (tmp_path / "Makefile").write_text('export MAP\ndemo:\n\t@printf %s "$$MAP"\n')
    line = with_arguments("make demo MAP=title=x$y", [("--map", f"user_id={column}")])
    outside = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    made = subprocess.run(
        ["bash", "-c", line], check=True, capture_output=True, cwd=tmp_path, text=True, env=outside
    ).stdout
    assert made == f"title=x$y user_id={column}"


def test_conditions_are_joined_for_make() -> None:
    line = with_arguments("make demo WHERE=a=1", [("--where", 'title!="Salt, AND=fine"')])
    assert shlex.split(line)[2] == 'WHERE=a=1 AND title!="Salt, AND=fine"'
