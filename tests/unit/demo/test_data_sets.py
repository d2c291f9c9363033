from pathlib import Path

import pytest

from demo.data_sets import FilesRefused, InputFiles, complete_journey_data, own_data, paths_in


@pytest.fixture
def purchases(tmp_path: Path) -> Path:
    file = tmp_path / "My purchases, 2024.csv"
    file.write_text("user_id,product_id,purchased_at\nu,p,2024-01-01\n")
    return file


def test_same_content_is_the_same_data_set(purchases: Path) -> None:
    assert own_data(InputFiles((purchases,))) == own_data(InputFiles((purchases,)))


def test_changed_content_is_another_data_set(purchases: Path) -> None:
    before = own_data(InputFiles((purchases,)))
    purchases.write_text(purchases.read_text() + "u,q,2024-01-02\n")
    after = own_data(InputFiles((purchases,)))
    assert after.name != before.name
    assert after.fingerprint != before.fingerprint


def test_role_of_a_file_is_part_of_the_data_set(purchases: Path) -> None:
    alone = own_data(InputFiles((purchases,)))
    with_products = own_data(InputFiles((purchases,), products=purchases))
    with_users = own_data(InputFiles((purchases,), users=purchases))
    assert len({alone.name, with_products.name, with_users.name}) == 3


def test_name_is_readable_and_safe_as_a_folder(purchases: Path) -> None:
    assert own_data(InputFiles((purchases,))).name.startswith("my-purchases-2024-")


def test_missing_file_is_named(tmp_path: Path, purchases: Path) -> None:
    with pytest.raises(FilesRefused, match=r"products\.parquet cannot be read: No such file"):
        own_data(InputFiles((purchases,), products=tmp_path / "products.parquet"))


def test_files_become_arguments_of_the_loader(purchases: Path) -> None:
    data = own_data(InputFiles((purchases,), users=purchases))
    assert data.files is not None
    assert data.files.arguments() == [str(purchases), f"--users={purchases}"]


def test_complete_journey_needs_no_files() -> None:
    data = complete_journey_data()
    assert data.files is None
    assert data.name == "complete-journey"


def test_options_are_part_of_the_data_set_and_of_the_arguments(purchases: Path) -> None:
    files = InputFiles(
        (purchases,), options=(("--dates", "dmy"),), typed=("make", "demo", "PURCHASES=a b.csv")
    )
    data = own_data(files)
    assert data.files is not None
    assert data.name != own_data(InputFiles((purchases,))).name
    assert data.files.arguments() == [
        str(purchases),
        "--dates=dmy",
        "--run-as=make demo 'PURCHASES=a b.csv'",
    ]


def test_folder_changes_with_any_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "data" / "more").mkdir(parents=True)
    file = tmp_path / "data" / "more" / "orders.csv"
    file.write_text("a")
    before = own_data(InputFiles((tmp_path / "data",)))
    file.write_text("b")
    assert own_data(InputFiles((tmp_path / "data",))) != before


def test_variable_names_one_path_or_several(purchases: Path) -> None:
    assert paths_in(str(purchases)) == (purchases,)
    assert paths_in("client's.csv") == (Path("client's.csv"),)
    assert paths_in("orders.csv 'my items.csv'") == (Path("orders.csv"), Path("my items.csv"))
