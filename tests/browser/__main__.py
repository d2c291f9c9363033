"""Checks for the browser, or takes screenshots: `python -m tests.browser [screenshots]`."""

import sys

from tests.browser.chromium import BrowserMissing, chromium

if __name__ == "__main__":
    try:
        chromium()
    except BrowserMissing as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    if sys.argv[1:] == ["screenshots"]:
        from tests.browser.screenshots import take

        take()
