"""The command line of commands that read files."""

import shlex
from pathlib import Path

import pytest

from indexer.__main__ import main


@pytest.mark.parametrize("command", ["evaluate", "tune"])
def test_refused_file_ends_with_a_command_to_paste(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my purchases.csv").write_text("user_id,product_id,purchased_at\nu,p,1/2/2026\n")
    assert main([command, "--purchases", "my purchases.csv"]) == 2
    pasted = shlex.split(capsys.readouterr().err.splitlines()[-1])
    assert pasted[:6] == ["python", "-m", "indexer", command, "--purchases", "my purchases.csv"]
    assert pasted[6:] in (["--dates", "dmy"], ["--dates", "mdy"])


def test_preview_precedes_the_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"u{n},p{n % 3},2026-01-0{1 + n % 9} 10:00:00" for n in range(9)]
    Path("q.csv").write_text("\n".join(["user_id,product_id,purchased_at", *rows, "u1,p1,soon"]) + "\n")
    assert main(["evaluate", "--purchases", "q.csv", "--bad-rows", "0.5"]) == 1
    said = capsys.readouterr()
    assert "Left out    1 of 10 rows:" in said.err


def test_missing_model_has_an_exit_code_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INDEXER_EMBEDDING_MODEL", "shop/model")
    rows = [f"u{n // 4},p{n % 7},2026-01-0{1 + n % 9} 10:00:00" for n in range(80)]
    Path("q.csv").write_text("\n".join(["user_id,product_id,purchased_at", *rows]) + "\n")
    assert main(["evaluate", "--purchases", "q.csv"]) == 5
    assert "unset HF_HUB_OFFLINE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["evaluate", "--purchases", "q.csv", "--recipe", "names.csv"], "names.csv is not a recipe file"),
        (["tune", "--purchases", "q.csv", "--recipe", "none.json"], "none.json"),
        (["tune", "--purchases", "q.csv", "--output", "a.json", "--study", "a.json"], "a.json"),
        (["evaluate", "--products", "q.csv"], "--products needs --purchases"),
    ],
)
def test_wrong_option_is_exit_code_2_before_any_data_are_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("names.csv").write_text("a,b\n1,2\n")
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert named in line


def test_unusable_file_of_views_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.csv").write_text("user_id,product_id,purchased_at\nu,p,2026-01-02\n")
    assert main(["evaluate", "--purchases", "q.csv", "--browsing", "q.csv"]) == 2
    assert "q.csv: is not a Parquet file" in capsys.readouterr().err
