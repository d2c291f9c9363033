"""Generated files of the chart agree with their sources."""

import pytest

from charts import generate


def test_table_and_schema_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


def test_outdated_table_is_detected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "table", lambda text: "another table\n")
    assert generate.main(["--check"]) == 1
    assert "charts/recommender/README.md is out of date" in capsys.readouterr().err


def test_value_without_description_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"a\.c has no description"):
        list(generate.documented_values("a:\n  # What b is.\n  b: 1\n\n  c: 2\n"))


def test_description_covers_nested_values() -> None:
    found = list(generate.documented_values("# What a is.\na:\n  b: 1\n\n# And d.\nd: [x|y]\n"))
    assert [(one.path, one.default, one.description) for one in found] == [
        ("a", {"b": 1}, "What a is."),
        ("d", ["x|y"], "And d."),
    ]
    assert '| `d` | `["x|y"]` | And d. |' in generate.table("# And d.\nd: [x|y]\n")
