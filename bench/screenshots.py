"""Take the README's screenshots: the sample article, read by the CPU engine, in Chromium.

    python -m bench.screenshots

Writes assets/screenshots/light.png and dark.png (1280 × 800 CSS pixels).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "assets" / "screenshots"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def read_the_article(page: Page, url: str) -> None:
    """From the empty page to the second page of the article, read."""
    page.goto(url)
    page.get_by_role("button", name="Article").click()
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.get_by_text("3 of 3 pages read")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text("Half recovery (days)").first).to_be_visible()
    page.mouse.move(5, 700)
    expect(page.locator(".sheet.coming")).to_have_count(0)


def main() -> None:
    """Start the app, read, take both pictures."""
    FOLDER.mkdir(exist_ok=True)
    command = [sys.executable, "app.py", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as app, sync_playwright() as driver:
        assert app.stdout
        url = app.stdout.readline().split()[-1]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for scheme in ("light", "dark"):
            size = {"width": 1280, "height": 800}
            page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=1.5)  # type: ignore[arg-type]
            read_the_article(page, url)
            page.screenshot(path=FOLDER / f"{scheme}.png")
        browser.close()
        app.terminate()


if __name__ == "__main__":
    main()
