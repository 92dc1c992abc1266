#!/usr/bin/env python3
"""Opens the page of all reports in a real browser, as readers do, and says what is wrong with it.

    python tests/python/page.py PAGE [--csv DIR] [--screenshots DIR]

Wide and narrow, light and dark: nothing is asked of the network, nothing is told on the console, every chart is drawn, no
text is cut off or lies over another, nothing is wider than the window, and axe finds nothing that keeps people out. Every
table can be reached and opened by keyboard, and is there without scripts. With --csv, what the page copies is compared
with the files of `usage-report report --format csv --out DIR`.

The browser is Chromium: the one that USAGE_REPORT_TEST_CHROMIUM names, one on the path, or Playwright's own.
"""

import argparse
import os
import pathlib
import shutil
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

# A desk, a tablet, a telephone; the colours do not change what has room.
WINDOWS = [("light", 1280), ("light", 820), ("light", 360), ("dark", 1280), ("dark", 360)]

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]

# Texts of drawn charts that leave their chart or lie over another text. Boxes of lines are higher than their letters.
TEXTS = """() => {
  const wrong = [];
  for (const chart of document.querySelectorAll('.chart')) {
    const of = chart.closest('article').id;
    const svg = chart.querySelector('svg');
    const data = chart.querySelector('script').textContent;
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent.trim() && getComputedStyle(text).opacity !== '0' && text.getAttribute('opacity') !== '0')
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect(), turned: /rotate\\(-?(?!0)/.test(text.getAttribute('transform') || '') }));
    for (const { text, box } of boxes) {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
        wrong.push(`${of}: "${text}" leaves its chart`);
      }
      // What the page itself has shortened is so in its data; what is cut in drawing is not.
      if (text.includes('\\u2026') && !data.includes(JSON.stringify(text.trim().slice(-6)).slice(1, -1))) wrong.push(`${of}: "${text}" is cut`);
    }
    const level = boxes.filter(({ turned }) => !turned);
    level.forEach((one, number) => {
      for (const other of level.slice(number + 1)) {
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (width > 1 && height > 5) wrong.push(`${of}: "${one.text}" lies over "${other.text}"`);
      }
    });
  }
  return wrong;
}"""

# Texts of the page itself that are cut: what hides what is too wide, without a way to scroll.
CUT = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'hidden' && !e.closest('svg'))
  .map((e) => `${e.tagName} ${e.className}: ${e.textContent.slice(0, 60)}`)"""

UNDRAWN = """() => [...document.querySelectorAll('.chart')]
  .filter((chart) => !chart.querySelector('svg .mark-line path, svg .mark-rect path, svg .mark-symbol path, svg .mark-rule line'))
  .map((chart) => chart.closest('article').id)"""


# Up to so many reports axe looks at all that can be opened, too; one template makes them all, and of a whole page with
# every table open it takes minutes.
MOST_OPEN = 10


def browser_path():
    """The browser on this machine; None leaves it to Playwright."""
    named = os.environ.get("USAGE_REPORT_TEST_CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def scroll_through(page):
    """Shows every part of the page once, so that every chart is drawn."""
    for chart in page.query_selector_all(".chart"):
        chart.scroll_into_view_if_needed()
        chart.wait_for_selector("svg", timeout=20_000)


def accessible(page, where):
    """What axe finds, each with its place."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{where}: axe: {rule['id']}: {rule['help']}: {node['html'][:160]} ({node['failureSummary'][:300]})" for rule in found for node in rule["nodes"][:3]]


def look(context, path, where, screenshots):
    """Opens the page and gives what is wrong with it, and the page for more."""
    problems, told, asked = [], [], []
    page = context.new_page()
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.className") != "skip":
        problems.append(f"{where}: the first Tab does not lead to the link past the contents")
    scroll_through(page)
    problems += [f"{where}: the console: {text}" for text in told]
    problems += [f"{where}: asks for {url[:200]}" for url in asked if url != path.as_uri()]
    problems += [f"{where}: not drawn: {name}" for name in page.evaluate(UNDRAWN)]
    problems += [f"{where}: {text}" for text in page.evaluate(TEXTS)]
    problems += [f"{where}: cut off: {text}" for text in page.evaluate(CUT)]
    wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if wide > window:
        problems.append(f"{where}: the page is {wide} pixels wide in a window of {window}")
    problems += accessible(page, where)
    if screenshots:
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        page.screenshot(path=screenshots / f"{where}.png")
    return page, problems


def by_keyboard(page):
    """Opens every table with keys alone."""
    problems = []
    for article in page.query_selector_all("article:has(.chart)"):
        name = article.get_attribute("id")
        summary = article.query_selector("details.data > summary")
        if summary is None:
            problems.append(f"keyboard: {name} has a chart and no table")
            continue
        summary.focus()
        if not article.query_selector("details.data").evaluate("e => e.open"):
            page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement.matches('details.data[open] > .scroll')"):
            problems.append(f"keyboard: from its summary Tab does not lead to the table of {name}")
    return problems


# Presses the button of a table and gives what is in the clipboard then.
COPIED = """async (details) => {
  const button = details.querySelector('button.copy');
  button.click();
  while (button.textContent !== 'Copied') await new Promise((then) => setTimeout(then, 10));
  return navigator.clipboard.readText();
}"""


def copied(page, folder):
    """What the buttons copy is what the files have, up to where a table is cut."""
    problems = []
    for details in page.query_selector_all("details.data"):
        name = details.evaluate("e => e.closest('article').id")
        text = details.evaluate(COPIED).replace("\r\n", "\n")
        file = (folder / f"{name}.csv").read_text()
        is_cut = "the first" in details.query_selector("summary").text_content()
        if not (file.startswith(text) if is_cut else file == text):
            problems.append(f"copy: {name} is not what its file has: {text[:80]!r}, {file[:80]!r}")
    return problems


def printed(page):
    """On paper every chart is there, and light."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    undrawn = page.evaluate(UNDRAWN)
    dark = page.evaluate("[...document.querySelectorAll('svg text')].some((e) => e.getAttribute('fill') === '#e6e8eb')")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    problems = [f"print: not drawn: {name}" for name in undrawn]
    if dark:
        problems.append("print: dark colours")
    if len(page.pdf()) < 50_000:
        problems.append("print: the pages are empty")
    return problems


def themed(page):
    """The button changes the colours, and back."""
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.evaluate("document.getElementById('theme').click()")
    changed = page.evaluate(ground)
    page.evaluate("document.getElementById('theme').click()")
    return [] if before != changed and page.evaluate(ground) == before else ["the button of colours does not change them"]


def without_scripts(browser, path):
    """Where scripts do not run, tables and what they mean are there."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    summaries = page.locator("details.data > summary")
    problems = [] if summaries.count() else ["without scripts: there is no table"]
    details = page.locator("details.data").first
    if details.get_attribute("open") is None:
        summaries.first.click()
    if not page.locator("details.data table").first.is_visible():
        problems.append("without scripts: a table does not open")
    context.close()
    return problems


def main():
    """Looks at the page in every way; ends with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--csv", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    path = arguments.page.resolve()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    problems = []
    if path.stat().st_size >= 3_000_000:
        problems.append(f"the page has {path.stat().st_size} bytes")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        for scheme, width in WINDOWS:
            window = {"width": width, "height": 900}
            context = browser.new_context(
                viewport=window, color_scheme=scheme, reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]
            )
            page, found = look(context, path, f"{scheme}-{width}", arguments.screenshots)
            problems += found
            if width == 1280:
                if arguments.csv and scheme == "light":
                    problems += copied(page, arguments.csv)
                problems += themed(page)
                problems += by_keyboard(page)
                if len(page.query_selector_all("article")) <= MOST_OPEN:
                    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
                    problems += accessible(page, f"{scheme}-{width}, all open")
                page.evaluate("for (const e of document.querySelectorAll('article details')) e.open = false")
                problems += printed(page)
            context.close()
        problems += without_scripts(browser, path)
        charts = len(browser.new_page().goto(path.as_uri()).text().split('class="chart"')) - 1
        browser.close()
    for problem in problems:
        print(problem)
    print(f"{charts} charts, {len(problems)} problems")
    sys.exit(1 if problems or not charts else 0)


if __name__ == "__main__":
    main()
