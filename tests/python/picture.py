#!/usr/bin/env python3
"""Takes the picture of the page that the README shows, docs/page.png: what `usage-report demo` makes, in a real browser.

    python tests/python/picture.py PROGRAM

PROGRAM is the built usage-report.
"""

import pathlib
import subprocess
import sys
import tempfile

from page import browser_path
from playwright.sync_api import sync_playwright

PICTURE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "page.png"


def main():
    """Makes the page, and the picture of its beginning and of the first charts."""
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run([program, "demo", "demo", "--quiet"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 1560}, color_scheme="light")
        page.goto((pathlib.Path(folder) / "demo/reports/usage-report.html").as_uri())
        # The changes of the week are told in the summary: the picture goes on with charts.
        page.evaluate("document.getElementById('section-changes').remove()")
        for chart in page.query_selector_all(".chart")[:3]:
            chart.wait_for_selector("svg")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
