"""The browser: Debian's Chromium, or the one that `CHROMIUM` names."""

import os
import shutil


class BrowserMissing(Exception):
    """There is no Chromium. The text says what to do."""


def chromium() -> str:
    """Path of the program. Raises BrowserMissing."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise BrowserMissing("Chromium is missing. On Debian: apt-get install chromium. Or set CHROMIUM=path")
    return found


ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
