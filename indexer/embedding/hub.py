"""Downloads models from the model hub, or explains why it cannot."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OTHER_FORMATS = (
    "*.bin",
    "*.gguf",
    "*.h5",
    "*.msgpack",
    "*.onnx",
    "*.ot",
    "*.tflite",
    "coreml/*",
    "onnx/*",
    "openvino/*",
)
"""Copies of the weights for other libraries. `*.bin` is needed where there are no safetensors."""

_STATUSES = {
    401: "refuses access: correct the model's name, or set HF_TOKEN to a valid token",
    403: "refuses access: set HF_TOKEN to a token that may read the model",
    407: "is behind a proxy that needs a login: write it into HTTPS_PROXY",
    429: "counts too many requests from here: wait some minutes, or set HF_TOKEN",
}


class NoModel(Exception):
    """The model is not at this place.

    The text is a clause that says why, and what to do.
    """


@dataclass(frozen=True, slots=True)
class ModelHub:
    """The model hub and its local copies.

    Attributes:
        endpoint: URL of the hub. None: `HF_ENDPOINT`, or else the public one.
        cache: folder of downloads. None: `HF_HUB_CACHE`.
        seconds: time for the first answer of the hub. A download itself may take long.
    """

    endpoint: str | None = None
    cache: Path | None = None
    seconds: float = 3.0

    def download(self, name: str) -> Path:
        """Downloads what is missing of a model.

        Returns its folder, which is named by its commit.

        Raises:
            NoModel: the hub does not give it, or it cannot be written.
        """
        from httpx2 import HTTPError
        from huggingface_hub import HfApi, constants, snapshot_download

        if constants.is_offline_mode():
            raise NoModel("the model hub is switched off: unset HF_HUB_OFFLINE")
        hub = f"the model hub ({self.endpoint or constants.ENDPOINT})"
        try:
            files = HfApi(self.endpoint).model_info(name, timeout=self.seconds).siblings or ()
            weights = any(file.rfilename.endswith(".safetensors") for file in files)
            others = _OTHER_FORMATS if weights else _OTHER_FORMATS[1:]
            found = snapshot_download(
                name, endpoint=self.endpoint, cache_dir=self.cache, ignore_patterns=list(others)
            )
        except (HTTPError, OSError, ValueError) as error:
            raise NoModel(_cause(hub, self.cache or Path(constants.HF_HUB_CACHE), error)) from error
        return Path(found)

    def downloaded(self, name: str) -> Path:
        """The folder of a model that was downloaded earlier.

        Raises:
            NoModel: it was never downloaded, or only in part.
        """
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, IncompleteSnapshotError, LocalEntryNotFoundError

        try:
            found = snapshot_download(
                name, cache_dir=self.cache, local_files_only=True, ignore_patterns=list(_OTHER_FORMATS)
            )
        except IncompleteSnapshotError as error:
            raise NoModel(f"an earlier download in {error.snapshot_path} is incomplete") from error
        except (LocalEntryNotFoundError, HFValidationError) as error:
            raise NoModel("it was not downloaded earlier") from error
        return Path(found)


def _cause(hub: str, cache: Path, error: Exception) -> str:
    """Explains the first known error in the chain of causes."""
    from httpx2 import ProxyError, RequestError
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
    )

    for cause in _chain(error):
        match cause:
            case HFValidationError():
                return "it is neither a folder here nor a name on the model hub, such as owner/name"
            case GatedRepoError():
                return f"{hub} gives it only to users who accepted its terms: accept them there, and set HF_TOKEN"
            case RepositoryNotFoundError():
                return (
                    f"{hub} has no public model of this name: correct it, or set HF_TOKEN for a private one"
                )
            case HfHubHTTPError() if cause.response.status_code in _STATUSES:
                return f"{hub} {_STATUSES[cause.response.status_code]}"
            case HfHubHTTPError():
                return f"{hub} answered {cause.response.status_code}: try again later"
            case ProxyError():
                return f"the proxy of HTTPS_PROXY does not lead to {hub} ({cause}): correct HTTPS_PROXY or NO_PROXY"
            case OSError() if cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                return f"no space is left in {cache}: free some, or set HF_HOME to another folder"
            case OSError() if cause.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
                return f"{cache} cannot be written: set HF_HOME to another folder"
            case RequestError() if "CERTIFICATE_VERIFY_FAILED" in str(cause):
                return f"the certificate of {hub} is not trusted: set SSL_CERT_FILE to the authorities of your network"
            case RequestError():
                return (
                    f"{hub} does not answer ({type(cause).__name__}): check the network, or set HTTPS_PROXY"
                )
            case ValueError():
                return f"{hub} answered something else than the hub's API: check HF_ENDPOINT, and a proxy in between"
    return f"the download from {hub} failed ({error}): try again, it goes on where it stopped"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
