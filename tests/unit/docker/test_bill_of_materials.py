import runpy
import sys
from importlib.metadata import distribution
from pathlib import Path

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[3] / "docker" / "bill_of_materials.py"))
STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u10
Description: GNU C Library
 continued here

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
"""


def test_installed_debian_packages_are_listed_with_their_versions() -> None:
    (component,) = SCRIPT["debian_components"](STATUS)
    assert component["purl"] == "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64"
    assert (component["name"], component["version"]) == ("libc6", "2.36-9+deb12u10")


def test_names_of_python_packages_are_normalized() -> None:
    component = SCRIPT["python_component"](distribution("pydantic_settings"))
    assert component["purl"].startswith("pkg:pypi/pydantic-settings@")


def test_python_itself_is_listed() -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    assert SCRIPT["interpreter"]()["purl"] == f"pkg:generic/python@{version}"


def test_document_is_cyclonedx_and_reproducible() -> None:
    parts = [SCRIPT["python_component"](distribution(name)) for name in ("numpy", "litestar")]
    document = SCRIPT["document"]("recommender-service", parts)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document == SCRIPT["document"]("recommender-service", parts[::-1])
    references = [component["bom-ref"] for component in document["components"]]
    assert len(set(references)) == len(references) == 2
