from pathlib import Path

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from demo.issuer.settings import IssuerSettings
from demo.issuer.state import KEY_FILE, SECRET_FILE, StateError, client_secret, signing_key

pytestmark = pytest.mark.usefixtures("bare_environment")


def test_key_is_created_once_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    first = signing_key(folder)
    again = signing_key(folder)
    assert first.is_private
    assert first.kid
    assert again.as_dict(private=True) == first.as_dict(private=True)
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in folder.iterdir()] == [KEY_FILE]


def test_secret_is_created_once_and_is_private(tmp_path: Path) -> None:
    settings = IssuerSettings(state_dir=tmp_path)
    first = client_secret(settings)
    assert len(first) >= 32
    assert client_secret(settings) == first
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_configured_secret_is_used_and_not_written(tmp_path: Path) -> None:
    settings = IssuerSettings(state_dir=tmp_path, client_secret=SecretStr("a secret of the test"))
    assert client_secret(settings) == "a secret of the test"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"half a ke", RSAKey.generate_key(2048).as_pem(private=False)])
def test_invalid_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(StateError, match=f"{KEY_FILE}.*delete it and restart"):
        signing_key(tmp_path)


def test_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file/state"):
        signing_key(tmp_path / "file" / "state")
