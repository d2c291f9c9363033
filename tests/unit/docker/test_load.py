"""The data that the Compose stack loads."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from tests.conventions.source_files import ROOT


@pytest.fixture
def loading() -> ModuleType:
    """The program of the image, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("load", ROOT / "docker/development/load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_folders_and_files_of_the_user_are_loaded(tmp_path: Path, loading: ModuleType) -> None:
    (tmp_path / "purchases").mkdir()
    (tmp_path / "purchases" / "one.csv").write_text("user_id,product_id,purchased_at")
    (tmp_path / "products").write_text("")
    (tmp_path / "users").symlink_to(os.devnull)
    assert loading.input_files(tmp_path / "unused", tmp_path) == {
        "products": tmp_path / "products",
        "purchases": tmp_path / "purchases",
    }


def test_products_without_purchases_are_refused(tmp_path: Path, loading: ModuleType) -> None:
    (tmp_path / "products").write_text("id,title")
    with pytest.raises(SystemExit, match="need PURCHASES=file too"):
        loading.input_files(tmp_path / "unused", tmp_path)


def test_digest_changes_with_each_file_of_a_folder(tmp_path: Path, loading: ModuleType) -> None:
    (tmp_path / "a.csv").write_text("a")
    first = loading.digest({"purchases": tmp_path})
    assert loading.digest({"purchases": tmp_path}) == first
    (tmp_path / "b.csv").write_text("b")
    assert loading.digest({"purchases": tmp_path}) != first
