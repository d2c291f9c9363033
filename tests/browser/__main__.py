"""Checks for the browser, takes screenshots, or measures pages.

`python -m tests.browser [screenshots | measure URL]`.
"""

import sys

from command_line.messages import print_errors
from tests.browser.chromium import BrowserMissing, chromium

if __name__ == "__main__":
    try:
        chromium()
    except BrowserMissing as error:
        print_errors(str(error))
        sys.exit(2)
    if sys.argv[1:] == ["screenshots"]:
        from tests.browser.screenshots import take

        take()
    if sys.argv[1:2] == ["measure"]:
        from tests.browser.page_loads import measure

        for row in measure(sys.argv[2]):
            print(row, flush=True)
