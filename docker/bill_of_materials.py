"""Writes the bill of materials of an image as CycloneDX 1.6 JSON.

Usage: bill_of_materials.py NAME DPKG_STATUS > sbom.cdx.json
It lists the running Python, its packages and Debian's packages. The same packages give the same bytes.
"""

import json
import platform
import re
import sys
from email.parser import HeaderParser
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote


def document(name: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    """The document for the image `name` with its packages in any order."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": name, "name": name}},
        "components": sorted(components, key=lambda component: str(component["purl"])),
    }


def python_component(package: Distribution) -> dict[str, Any]:
    """An installed Python package, with its normalized name."""
    name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
    return _component(name, package.version, f"pkg:pypi/{name}@{quote(package.version, safe='')}")


def interpreter() -> dict[str, Any]:
    """The running Python.

    Official images build it from source, so Debian's packages do not include it.
    """
    version = platform.python_version()
    return _component("python", version, f"pkg:generic/python@{version}")


def debian_components(status: str) -> list[dict[str, Any]]:
    """The installed packages in dpkg's status file."""
    found = []
    for paragraph in status.strip().split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={fields['Architecture']}"
            found.append(_component(name, version, purl))
    return found


def _component(name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def main(name: str, status: str) -> None:
    """Prints the document."""
    packages = [python_component(package) for package in distributions()]
    packages += [interpreter(), *debian_components(Path(status).read_text())]
    print(json.dumps(document(name, packages), indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
