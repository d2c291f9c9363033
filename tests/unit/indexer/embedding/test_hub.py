"""Models come from the hub, and each failure there has a sentence."""

import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session, constants

from indexer.embedding.encoder import ModelUnavailable, load_encoder
from indexer.embedding.hub import ModelHub, NoModel
from tests.support.servers.model_hub import COMMIT, Hub, model_hub
from tests.support.servers.ports import unused_port

NAME = "shop/model"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub. All other tests have its library switched off."""
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, False
    try:
        with model_hub() as running:
            yield running
    finally:
        constants.HF_HUB_OFFLINE = before


def test_only_needed_files_are_downloaded_and_found_again_without_the_hub(hub: Hub, tmp_path: Path) -> None:
    folder = ModelHub(hub.url, tmp_path).download(NAME)
    assert folder.name == COMMIT
    assert sorted(hub.fetched) == ["config.json", "model.safetensors"]
    assert ModelHub(hub.url, tmp_path).downloaded(NAME) == folder


@pytest.mark.parametrize(
    ("status", "headers", "says"),
    [
        (401, {}, "correct the model's name, or set HF_TOKEN to a valid token"),
        (403, {"X-Error-Code": "GatedRepo"}, "accept them there, and set HF_TOKEN"),
        (403, {}, "set HF_TOKEN to a token that may read"),
        (404, {"X-Error-Code": "RepoNotFound"}, "correct it, or set HF_TOKEN"),
        (407, {}, "write it into HTTPS_PROXY"),
        (429, {}, "wait some minutes, or set HF_TOKEN"),
        (500, {}, "answered 500: try again later"),
    ],
)  # fmt: skip
def test_answer_of_the_hub_is_explained(
    hub: Hub, status: int, headers: dict[str, str], says: str, tmp_path: Path
) -> None:
    hub.failure = status, headers
    with pytest.raises(NoModel, match=says) as refused:
        ModelHub(hub.url, tmp_path).download(NAME)
    assert "\n" not in str(refused.value)


def test_page_in_between_is_explained(hub: Hub, tmp_path: Path) -> None:
    hub.html = True
    with pytest.raises(NoModel, match="something else than the hub's API"):
        ModelHub(hub.url, tmp_path).download(NAME)


def test_hub_out_of_reach_is_explained(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"does not answer .*check the network"):
        ModelHub(f"http://127.0.0.1:{unused_port()}", tmp_path).download(NAME)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NoModel, match=r"does not answer \(ReadTimeout\)"):
            ModelHub(address, tmp_path, seconds=0.1).download(NAME)


def test_name_that_is_no_name_is_explained(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="neither a folder here nor a name on the model hub"):
        ModelHub(hub.url, tmp_path).download("./models/of-mine/v1")


def test_broken_download_is_explained_and_continued(hub: Hub, tmp_path: Path) -> None:
    hub.broken = "model.safetensors"
    with pytest.raises(NoModel, match=r"try again, it goes on where it stopped"):
        ModelHub(hub.url, tmp_path).download(NAME)
    hub.failure = 429, {}
    with pytest.raises(
        ModelUnavailable, match=r"wait some minutes.*; an earlier download in .* is incomplete;"
    ):
        load_encoder(NAME, hub=ModelHub(hub.url, tmp_path))
    hub.broken, hub.failure = "", None
    ModelHub(hub.url, tmp_path).download(NAME)
    assert ModelHub(hub.url, tmp_path).downloaded(NAME).name == COMMIT


def test_full_disk_is_explained(hub: Hub, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(NoModel, match=f"no space is left in {tmp_path}: free some"):
            ModelHub(hub.url, tmp_path).download(NAME)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_folder_that_cannot_be_written_is_explained(hub: Hub) -> None:
    with pytest.raises(NoModel, match="/dev/null/cache cannot be written: set HF_HOME"):
        ModelHub(hub.url, Path("/dev/null/cache")).download(NAME)


def test_proxy_that_leads_nowhere_is_explained(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", hub.url)
    close_session()  # the library keeps a client with the proxy of its first call
    try:
        with pytest.raises(NoModel, match=r"the proxy of HTTPS_PROXY does not lead to .*hub.example"):
            ModelHub("https://hub.example", tmp_path).download(NAME)
    finally:
        close_session()


def test_hub_that_is_switched_off_is_explained(tmp_path: Path) -> None:
    with pytest.raises(
        ModelUnavailable, match="unset HF_HUB_OFFLINE; it was not downloaded earlier; no package"
    ):
        load_encoder(NAME, hub=ModelHub(cache=tmp_path))
