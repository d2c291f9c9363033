"""Messages of all programs have one form, and say what is expected."""

import ast
import importlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line.messages import ArgumentParser, print_errors, print_warnings
from docs.reference.command_line import PROGRAMS
from tests.conventions.source_files import SOURCES, faults, nodes_of, python_files, tree_of

FORMS = ("error: ", "warning: ")
ALONE = {"environment.py", "fetch_token.py", "generate.py"}
"""Programs that start without the project's packages. Their arguments come from make and from an image."""
OTHER_FOLDERS = ("benchmarks", "charts", "docker", "docs", "loadtests", "requirements")
ISSUERS = '[{"issuer": "https://i.test", "jwks_url": "https://i.test/jwks"}]'
ISSUERS_MISSPELLED = ISSUERS.replace("jwks_url", "jwks_uri")
ORDERS = "user_id,product_id,purchased_at\n" + "".join(f"u{n},p{n},2026-01-0{n}\n" for n in range(1, 9))
WRONG = [
    ("service", "serv", {}, 2, ["'serv'", "serve"]),
    ("service", "serve", {"SERVICE_ISSUERS": "nope"}, 2, ["SERVICE_ISSUERS: got 'nope'", "JSON list", "Example"]),
    ("service", "serve", {"SERVICE_ISSUERS": ISSUERS_MISSPELLED}, 2, ["jwks_uri", "Did you mean jwks_url?"]),
    ("service", "serve", {"SERVICE_LISTEN_PORT": "99999"}, 2, ["got '99999'", "65535", "Example"]),
    ("service", "serve", {"SERVICE_CATALOG_URL": "shop:80"}, 2, ["got 'shop:80'", "begins with http://", "Example"]),
    ("service", "serve", {"SERVICE_LISTEN_PORT": "TAKEN", "SERVICE_LISTEN_PROT": "1"}, 4,
     ["in use", "set SERVICE_LISTEN_PORT", "Did you mean SERVICE_LISTEN_PORT?"]),
    ("service", "serve", {"SERVICE_SNAPSHOT_SIGNING_KEY_FILES": "none"}, 2, ["KEY_FILES: ", "none", "openssl"]),
    ("service", "--bogus", {}, 2, ["unrecognized arguments: --bogus"]),
    ("service", "--bogus x", {}, 2, ["unrecognized arguments: --bogus"]),
    ("service", "--bogus=x retain --dyas 3", {}, 2, ["unrecognized arguments: --bogus=x"]),
    ("service", "--bogus retain --days", {}, 2, ["unrecognized arguments: --bogus"]),
    ("service", "retain --days -foo", {}, 2, ["arguments: -foo. As the value of --days: --days=-foo"]),
    ("service", "retain --dyas 3", {}, 2, ["unrecognized arguments: --dyas"]),
    ("service", "serve", {"SERVICE_CATALOG_TOKEN_URL": "https://i.test/token"}, 2,
     ["SERVICE_CATALOG_TOKEN_URL also needs SERVICE_CATALOG_CLIENT_ID and SERVICE_CATALOG_CLIENT_SECRET"]),
    ("service", "serve", {"SERVICE_SNAPSHOT_LOCAL_BYTES": "9"}, 2, ["also needs SERVICE_SNAPSHOT_URL"]),
    ("service", "serve", {"SERVICE_PROFILE_STALE_SECONDS": "59"}, 2,
     ["SERVICE_PROFILE_STALE_SECONDS is 59, and must be at least SERVICE_PROFILE_FRESH_SECONDS, 60"]),
    ("service", "retain --days -3", {}, 2, ["--days: '-3'", "above 0", "such as 90"]),
    ("service", "migrate", {"SERVICE_DATABASE_URL": "mysql://h/d"}, 2, ["'mysql'", "Example"]),
    ("indexer", "bild", {}, 2, ["'bild'", "build"]),
    ("indexer", "build", {"INDEXER_RANK": "many"}, 2, ["INDEXER_RANK: got 'many'", "an integer", "Example"]),
    ("indexer", "build", {"INDEXER_SNAPSHOT_URL": "ftp://x/y"}, 2, ["got 'ftp://x/y'", "s3://bucket/prefix"]),
    ("indexer", "build", {"INDEXER_SNAPSHOT_SIGNING_KEY_FILE": "none.key"}, 2, ["_KEY_FILE: ", "none.key", "openssl"]),
    ("indexer", "build", {"INDEXER_CATALOG_CLIENT_ID": "x", "INDEXER_CATALOG_CLIENT_SECRET": "x"}, 2,
     ["INDEXER_CATALOG_CLIENT_ID and INDEXER_CATALOG_CLIENT_SECRET also need INDEXER_CATALOG_TOKEN_URL"]),
    ("indexer", "build", {"INDEXER_BROWSING_WEIGHT": "0.2"}, 2, ["BROWSING_WEIGHT also needs INDEXER_DATABASE_URL"]),
    ("indexer", "rollback yesterday", {}, 2, ["'yesterday' is not a snapshot version", "such as 2026"]),
    ("indexer", "verify yesterday", {}, 2, ["'yesterday' is not a snapshot version", "such as 2026"]),
    ("indexer", "build --recipe none.json", {}, 2, ["none.json cannot be read"]),
    ("indexer", "evaluate --purchases none.csv", {}, 2, ["none.csv does not exist"]),
    ("indexer", "evaluate --purchases https://ann:word@h/o.csv?token=word", {}, 2, ["https:/***@h/o.csv?token=***"]),
    ("indexer", "evaluate --purchases names.csv", {}, 2, ["The columns are a, b", "user_id="]),
    ("indexer", "evaluate --split random", {}, 2, ["'random'", "'time'"]),
    ("indexer", "tune --minutes x", {}, 2, ["'x' is not a positive integer"]),
    ("indexer", "build", {"INDEXER_METRICS_PORT": "TAKEN", "INDEXER_METRICS_PROT": "1"}, 4,
     ["INDEXER_METRICS_PORT: ", "Did you mean INDEXER_METRICS_PORT?"]),
    ("catalog", "lode", {}, 2, ["'lode'", "load"]),
    ("catalog", "load", {}, 2, ["at least one file"]),
    ("catalog", "load none.csv", {"CATALOG_DATABSE_URL": "x"}, 2, ["none.csv does not exist"]),
    ("catalog", "load empty.csv", {}, 2, ["empty.csv is empty", "column names"]),
    ("catalog", "load orders.csv --map user=x", {}, 2, ["user=x", "FIELD=COLUMN", "user_id"]),
    ("catalog", "load orders.csv --timezone Wien", {}, 2, ["Wien", "Europe/Vienna"]),
    ("catalog", "load orders.csv --where paid", {}, 2, ["'paid'", "COLUMN=VALUE"]),
    ("catalog", "serve", {"CATALOG_LISTEN_PORT": "TAKEN"}, 4, ["in use", "CATALOG_LISTEN_PORT"]),
    ("catalog", "serve", {"CATALOG_ISSUER": "https://i.test"}, 2, ["CATALOG_JWKS_URL"]),
    ("demo", "rum", {}, 2, ["'rum'", "run"]),
    ("demo", "run --purchases none.csv", {}, 2, ["none.csv cannot be read", "relative to"]),
    ("demo", "run --products orders.csv", {}, 2, ["PRODUCTS= needs PURCHASES=file"]),
    ("demo", "run --dates abc", {}, 2, ["DATES= needs PURCHASES=file"]),
    ("demo", "run --map user_id=x --where a=b", {}, 2, ["MAP= and WHERE= need PURCHASES=file"]),
    ("demo", "run --timezone Europe/Vienna", {}, 2, ["TIMEZONE= needs PURCHASES=file"]),
    ("demo", "run --bad-rows 0.1", {}, 2, ["BAD_ROWS= needs PURCHASES=file"]),
    ("demo", "run --hash-users users.key", {}, 2, ["HASH_USERS= needs PURCHASES=file"]),
    ("demo", "run --purchases orders.csv --users none.csv", {}, 2, ["none.csv cannot be read"]),
    ("demo", "token", {}, 2, ["make token SUB=", "SCOPE="]),
    ("demo", "token --subjekt ann", {}, 2, ["unrecognized arguments: --subjekt"]),
    ("demo", "token --subject ann", {}, 1, ["No demo is running here", "make demo"]),
    ("demo", "rebuild", {}, 1, ["No demo is running here", "make demo"]),
    ("demo.issuer", "serv", {}, 2, ["'serv'", "serve"]),
    ("demo.issuer", "serve", {"ISSUER_LISTEN_PORT": "http"}, 2, ["got 'http'", "an integer", "Example"]),
    ("demo.issuer", "serve", {"ISSUER_LISTEN_PORT": "TAKEN"}, 4, ["in use", "ISSUER_LISTEN_PORT"]),
    ("demo.issuer", "serve", {"ISSUER_LOCAL_STACK": "yes"}, 2, ["got 'yes'", "'compose'", "Example"]),
    ("demo.issuer", "serve", {"ISSUER_URL": "https://id.shop.example"}, 2, ["id.shop.example", "ISSUER_URL"]),
    ("demo.issuer", "serve", {"ISSUER_STATE_DIR": "orders.csv"}, 2, ["ISSUER_STATE_DIR", "orders.csv"]),
    ("demo.issuer", "serve --port 1", {}, 2, ["unrecognized arguments: --port"]),
    ("loadtests", "--shape none", {}, 2, ["'none'", "smoke"]),
]  # fmt: skip


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Valid settings of every program, in a folder with some files."""
    for name in list(os.environ):
        if name.startswith(("SERVICE_", "INDEXER_", "CATALOG_", "ISSUER_")):
            monkeypatch.delenv(name)
    files = {"orders.csv": ORDERS, "names.csv": "a,b\n1,2\n", "empty.csv": "", "snapshot.key": "k" * 32}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return {
        "SERVICE_ISSUERS": ISSUERS,
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": "snapshot.key",
        "CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/catalog.db",
        "ISSUER_STATE_DIR": str(tmp_path / "issuer"),
    }


@pytest.mark.parametrize(("program", "arguments", "variables", "code", "fragments"), WRONG)
def test_wrong_input_is_named_beside_the_expected_one(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    program: str,
    arguments: str,
    variables: dict[str, str],
    code: int,
    fragments: list[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for name, value in {**environment, **variables}.items():
            monkeypatch.setenv(name, value.replace("TAKEN", port))
        main = importlib.import_module(f"{program}.__main__").main
        try:
            ended = main(arguments.split())
        except SystemExit as end:
            ended = end.code
    said = capsys.readouterr().err
    usage, form, message = said.rpartition("error: ")
    assert (ended, form) == (code, "error: "), said
    assert all(line.startswith((*FORMS, "usage: ", " ", "Recognizing")) for line in usage.splitlines()), said
    assert [fragment for fragment in fragments if fragment not in message] == []


def test_arguments_are_read_once_and_wrong_ones_leave_the_usage_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    read: list[str] = []
    parser = ArgumentParser(prog="program")
    command = parser.add_subparsers(required=True, metavar="COMMAND").add_parser("run")
    command.add_argument("--days", required=True, type=read.append)
    usage = command.format_usage()
    for wrong in (["run", "--dyas", "3"], ["run"], ["--bogus", "run"]):
        with pytest.raises(SystemExit):
            parser.parse_args(wrong)
    with pytest.raises(SystemExit):
        parser.parse_args(["run", "--help"])
    said = capsys.readouterr()
    assert said.err.startswith(f"{usage}error: unrecognized arguments: --dyas\n{usage}error: the following")
    assert said.err.endswith("error: unrecognized arguments: --bogus\n")
    assert said.out.startswith(usage)
    parser.parse_args(["run", "--days", "5"])
    assert read == ["5"]


@pytest.mark.parametrize("program", ["service", "catalog", "demo.issuer"])
def test_unknown_variable_beside_an_error_is_a_warning(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = program.removeprefix("demo.").upper()
    for name in (f"{prefix}_LISTEN_PROT", f"{prefix}_LISTEN_PORT"):
        monkeypatch.setenv(name, "x")
    assert importlib.import_module(f"{program}.__main__").main(["serve"]) == 2
    assert f"\nwarning: {prefix}_LISTEN_PROT is not a setting" in f"\n{capsys.readouterr().err}"


def test_control_characters_of_a_message_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_errors("no column: \x1b]0;title\x07\u202e\nRun this instead")
    print_warnings("\x9b2J")
    said = capsys.readouterr().err
    assert said == "error: no column: ·]0;title··\nRun this instead\nwarning: ·2J\n"


def test_every_program_gets_seven_wrong_inputs() -> None:
    given = [program for program, *_ in WRONG]
    assert {program: given.count(program) >= 7 for program in PROGRAMS} == dict.fromkeys(PROGRAMS, True)


def formless(path: Path) -> Iterator[str]:
    """Messages that a file prints on standard error in a form of its own."""
    for node in nodes_of(tree_of(path)):
        match node:
            case ast.Call(func=ast.Name(id="print")) if "file=sys.stderr" in ast.unparse(node):
                message = node.args[0]
            case ast.Call(func=ast.Attribute(attr="exit") | ast.Name(id="SystemExit"), args=[message]):
                if not isinstance(message, ast.JoinedStr) and not isinstance(
                    getattr(message, "value", None), str
                ):
                    continue
            case ast.Call(func=ast.Attribute(attr="ArgumentParser")) if path.name not in ALONE:
                yield f"{node.lineno}: {ast.unparse(node)}"
                continue
            case ast.Call(func=ast.Attribute(attr="write"), args=[ast.JoinedStr() as message]) if (
                "sys.stderr" in ast.unparse(node.func)
            ):
                pass
            case _:
                continue
        if not ast.unparse(message).lstrip("f'\"\\n").startswith((*FORMS, "{kind}: ")):
            yield f"{node.lineno}: {ast.unparse(message)}"


def test_programs_print_no_message_in_a_form_of_their_own() -> None:
    assert faults([*SOURCES, *python_files(OTHER_FOLDERS)], formless) == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("print(error, file=sys.stderr)", True),
        ("sys.exit(f'load test: {reason}')", True),
        ("raise SystemExit('no data')", True),
        ("sys.stderr.write(f'{path} is out of date')", True),
        ("argparse.ArgumentParser(description='a program')", True),
        ("print(f'error: {reason}', file=sys.stderr)", False),
        ("sys.exit(main())", False),
        ("print(answer)", False),
    ],
)
def test_messages_in_another_form_are_found(line: str, is_found: bool, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(line)
    assert bool(list(formless(tmp_path / "program.py"))) == is_found
