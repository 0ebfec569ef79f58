"""Take the README's pictures: the sample article, read by the CPU engine, in Chromium.

    python -m bench.screenshots

Writes to assets/screenshots: light.png and dark.png (1280 × 800 CSS pixels), phone-light.png and phone-dark.png
(390 × 844), streaming.webp, a moving picture of a run, and places.png, a page of which a model left out, made up,
misread and moved something.

The CPU engine reads a page in one go and sends its text at once. For the moving picture alone its words are let through
at 90 a second for each page; the words, the boxes and the rest are as they are. The text of places.png is an imitation
of a model's answer, with one fault of each kind (tests/browser/test_words.py).
"""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ocr.config.arguments import NEVER
from ocr.config.profiles import Model, ReadOptions
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import running_server
from ocr.engines.waiting_reader import reader_of
from ocr.events import Delta, Finished
from ocr.inference.reader import Reader
from ocr.types import PageImage

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "assets" / "screenshots"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZES = {"": (1280, 800), "phone-": (390, 844)}
"""How the files' names begin, and CSS pixels."""
WORD = 1 / 90
"""Seconds between two words of a page in the moving picture."""
FRAME = 0.25
"""Seconds between two frames."""
LAST = 2.5
"""Seconds that the last frame stays."""
LONGEST = 10.0
"""Seconds of the run that are shown at most."""


def read_the_article(page: Page, url: str) -> None:
    """From the empty page to the second page of the article, read."""
    page.goto(url)
    page.get_by_role("button", name="Article").click()
    page.get_by_role("button", name="article.pdf page 1: waiting").wait_for()
    page.get_by_role("button", name="Read", exact=True).click()
    for number in (1, 2, 3):
        page.get_by_role("button", name=f"article.pdf page {number}: done").wait_for(timeout=60_000)
    page.get_by_role("button", name="Next page").click()
    page.get_by_text("Half recovery (days)").first.wait_for(state="attached")
    page.mouse.move(5, 700)
    expect(page.locator(".sheet.coming")).to_have_count(0)
    page.wait_for_function("[...document.querySelectorAll('.thumb img')].filter(one => one.naturalWidth).length === 3")


def take_pictures(browser: Browser) -> None:
    """The app as it is started, its article read, light and dark, on a desk and on a phone."""
    command = [sys.executable, "app.py", "--port", "0", "--local", NEVER, "--no-auto-start", "--no-library"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as app, terminated(app):
        assert app.stdout
        url = app.stdout.readline().split()[-1]
        for (name, (width, height)), scheme in product(SIZES.items(), ("light", "dark")):
            size = {"width": width, "height": height}
            page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=1.5)  # type: ignore[arg-type]
            read_the_article(page, url)
            page.screenshot(path=FOLDER / f"{name}{scheme}.png")
            page.close()


@contextmanager
def terminated(app: subprocess.Popen[str]) -> Iterator[None]:
    """End the app with the block, also where the block fails."""
    try:
        yield
    finally:
        app.terminate()


@dataclass(frozen=True)
class WordByWord:
    """Another reader's answers as a model would stream them."""

    reader: Reader

    async def models(self) -> tuple[Model, ...]:
        """The other's."""
        return await self.reader.models()

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """The same text, a word at a time."""
        async for item in self.reader.read(image, options):
            if isinstance(item, Delta):
                for word in re.findall(r"\s*\S+|\s+$", item.text):
                    yield Delta(word)
                    await asyncio.sleep(WORD)
            else:
                yield item


def take_film(browser: Browser) -> None:
    """A run from the press of Read on, as it goes."""
    from tests.web.serving import served

    with running_server(Settings(local=NEVER, concurrency=3)) as server, Renderer() as renderer:
        reader = WordByWord(reader_of(server, []))
        with served(reader, renderer, server) as app:
            page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
            page.goto(app.url)
            page.get_by_role("button", name="Article").click()
            expect(page.locator(".sheet.coming")).to_have_count(0)
            page.get_by_role("button", name="Read", exact=True).click()
            page.mouse.move(5, 700)
            taken = frames(page)
            expect(page.get_by_role("button", name="Download Markdown")).to_be_visible(timeout=60_000)
            page.close()
    write_film(taken, FOLDER / "streaming.webp")


def frames(page: Page) -> list[tuple[float, Image.Image]]:
    """Pictures of the page and the seconds at which they were taken, until the run has ended."""
    taken: list[tuple[float, Image.Image]] = []
    begin = time.monotonic()
    over = page.get_by_role("button", name="Download Markdown")
    while True:
        now = time.monotonic() - begin
        ended = over.is_visible() or now > LONGEST
        shot = Image.open(io.BytesIO(page.screenshot(animations="allow"))).convert("RGB")
        taken.append((now, shot))
        if ended:
            return taken
        time.sleep(max(0.0, begin + now + FRAME - time.monotonic()))


def write_film(taken: list[tuple[float, Image.Image]], path: Path) -> None:
    """An animated WebP that shows each picture for as long as it was until the next."""
    moments = [moment for moment, _ in taken]
    lasts = [round(1000 * (after - moment)) for moment, after in pairwise(moments)]
    first, *others = (picture.resize((1040, 650), Image.Resampling.LANCZOS) for _, picture in taken)
    durations = [*lasts, round(1000 * LAST)]
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, quality=60, method=6)
    print(f"{path.name}: {len(taken)} frames, {sum(durations) / 1000:.1f} s, {path.stat().st_size / 1e6:.2f} MB")


def take_places(browser: Browser) -> None:
    """A page whose text has one fault of each kind, the second of them chosen."""
    from tests.browser.test_words import ANSWER, PAGE
    from tests.documents.papers import pdf
    from tests.web.readers import ScriptedReader
    from tests.web.serving import served

    with TemporaryDirectory() as folder, Renderer() as renderer, served(ScriptedReader([[ANSWER]]), renderer) as app:
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", device_scale_factor=1.5)
        page.goto(app.url)
        page.get_by_label("Add documents").set_input_files(pdf(Path(folder) / "lamps.pdf", PAGE))
        page.get_by_role("button", name="lamps.pdf page 1: waiting").wait_for()
        page.get_by_role("button", name="Read", exact=True).click()
        page.get_by_role("button", name="Look here first: 4 places").wait_for()
        page.keyboard.press("n")
        page.keyboard.press("n")
        expect(page.get_by_text("2 of 4")).to_be_visible()
        page.mouse.move(5, 700)
        page.screenshot(path=FOLDER / "places.png")
        page.close()


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        take_pictures(browser)
        take_film(browser)
        take_places(browser)
        browser.close()


if __name__ == "__main__":
    main()
