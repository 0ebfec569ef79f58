"""The page as a French visitor has it: no English of ours, on the way that everybody takes and on the way astray."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from ocr.documents.renderer import Renderer
from ocr.engines.waiting_reader import patient
from ocr.errors import Refused, Unreachable
from ocr.i18n import gettext
from ocr.web.locale.translation import catalogue
from tests.browser.conftest import DESKTOP, WHOLE_RUN, Witness, add, view
from tests.browser.test_accessibility import EVERYTHING, ONE_AT_A_TIME, PHONE, complaints
from tests.documents.papers import pdf, text_page
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served
from tests.web.starting import gate

pytestmark = pytest.mark.anyio

LEAVING = ("AbortError", "Unexpected error Connection errored out")
"""What Gradio says in a tab that is being loaded anew."""
DOCUMENTS = (
    ".page-text",
    ".raw",
    ".document-text",
    ".files .name",
    ".engine .name",
    ".compare .rows",
    ".title .file",
    "svg.regions",
    ".result .file-name",
    ".log",
)
"""Where a document, a model or a server speaks, or a file is named; nothing there is ours to translate."""
SEEN = """([spoken, foreign]) => {
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    if (node.closest(foreign.join(", ")) || !node.checkVisibility({ visibilityProperty: true })) continue;
    found.push(...[...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => child.data));
    for (const name of spoken) if (node.getAttribute(name)) found.push(node.getAttribute(name));
  }
  return found.map((text) => text.replace(/[ \\n]+/g, " ").trim()).filter(Boolean);
}"""


def english() -> re.Pattern[str]:
    """Any text of the catalogue whose French is another, as it would be seen: names and numbers may be anything."""
    patterns = []
    for text, translation in catalogue().items():
        first = translation[0] if isinstance(translation, list) else translation
        if letters(text) == letters(first) or len(letters(text)) < 2:
            continue
        patterns.append(re.sub(r"\\\{.*?\\\}", ".+", re.escape(text)))
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def letters(text: str) -> str:
    """A template's own."""
    return re.sub(r"\{.*?\}|[\W\d_]", "", text)


async def not_french(page: Page) -> list[str]:
    """What is seen or read out on the page and is English of the catalogue, or a template that nobody filled in."""
    seen = await page.evaluate(SEEN, [["aria-label", "title", "placeholder", "alt"], DOCUMENTS])
    assert len(seen) > 20
    pattern = english()
    return [text for text in seen if pattern.fullmatch(text) or "{" in text]


async def seen_in_french(page: Page) -> None:
    """Wait until nothing is left in English: what the server says in the visitor's language comes a moment later."""
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            while await not_french(page):
                pass
    assert await not_french(page) == []


async def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@asynccontextmanager
async def tab(
    browser: Browser, app: Served, locale: str = "fr-FR", size: dict[str, int] | None = None
) -> AsyncIterator[Page]:
    """A tab of a visitor whose browser speaks `locale`; it loads nothing from outside and complains of nothing."""
    context = await browser.new_context(locale=locale, viewport=size or DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    try:
        page = await context.new_page()
        witness = Witness(urlsplit(app.url).netloc)
        witness.watch(page)
        await page.goto(app.url)
        for part in ("button.read", "input[type=file]"):
            await page.locator(part).first.wait_for()
        yield page
        assert witness.outside == []
        assert [text for text in witness.complaints if not text.startswith(LEAVING)] == []
    finally:
        await context.close()


async def test_french_from_the_first_screen_to_the_downloads(browser: Browser, app: Served) -> None:
    """A sample is chosen, read, looked at, searched and taken away: everything is said in French."""
    async with tab(browser, app) as page:
        await expect(page.get_by_role("button", name="Lire", exact=True)).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "fr"
        await seen_in_french(page)
        await page.get_by_role("button", name="Exemple : Article").click()
        await page.get_by_role("button", name="article.pdf page 2 : en attente").wait_for()
        await expect(page.get_by_label("État de cette page")).to_contain_text("Cliquez sur Lire pour commencer.")
        await expect(page.get_by_role("tab", name="Texte")).to_be_visible()
        await seen_in_french(page)
        await page.get_by_role("button", name="Lire", exact=True).click()
        await expect(page.get_by_role("button", name="Arrêter", exact=True)).to_be_visible()
        await seen_in_french(page)
        await page.get_by_role("button", name="Relancer la lecture", exact=True).wait_for(timeout=WHOLE_RUN)
        await expect(page.get_by_label("État de cette page")).to_contain_text(re.compile(r"\d+ tokens · \d+,\d\s+s"))
        for menu in ("Télécharger en…", "Relancer la lecture avec…", "Réglages avancés"):
            await page.get_by_text(menu).click()
        await seen_in_french(page)
        await page.get_by_role("searchbox", name="Rechercher dans toutes les pages").fill("lawn")
        await expect(page.get_by_role("search").get_by_role("status")).to_have_text(re.compile(r"\d+ dans 3 pages"))
        await page.get_by_role("tab", name="Document").click()
        await expect(page.get_by_role("heading", name="Page 1")).to_be_visible()
        await seen_in_french(page)
        await page.get_by_role("tab", name="Brut").click()
        await seen_in_french(page)
        await page.get_by_role("tab", name="Comparer").click()
        await expect(page.get_by_role("heading", name="Cette page n’a été lue qu’une fois")).to_be_visible()
        await seen_in_french(page)
        await page.get_by_role("button", name="Lire à 3300 px").click()
        await expect(page.get_by_role("group", name="Lecture B")).to_be_visible()
        await page.get_by_role("button", name="Conserver celle-ci").wait_for(timeout=WHOLE_RUN)
        await seen_in_french(page)


async def test_french_when_things_go_wrong(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """Files that are none, a range that is none, a page that fails: the reason and the next step in French."""
    reader = ScriptedReader(
        [
            [EVERYTHING],
            [
                Refused(
                    gettext("{url} failed ({status}): {said}.", url="gpu", status=500, said="no"),
                    "Read the page again.",
                )
            ],
        ]
    )
    with served(reader, renderer, ONE_AT_A_TIME) as app:
        async with tab(browser, app) as page:
            for name, content, told in (
                ("notes.pdf", b"only words", "notes.pdf est un fichier de texte seul."),
                ("empty.pdf", b"", "empty.pdf est vide. Vérifiez qu’il a été enregistré ou copié en entier."),
                ("old.pdf", b"PK\x03\x04" + bytes(40), "old.pdf est une archive ZIP ou un document Office"),
                ("cut.pdf", b"%PDF-1.7 and no more", "cut.pdf commence comme un PDF, mais ne peut pas être analysé."),
            ):
                file = {"name": name, "mimeType": "application/pdf", "buffer": content}
                await page.get_by_label("Ajouter des documents").set_input_files(file)  # type: ignore[arg-type]
                await expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
            await seen_in_french(page)
            await add_french(page, pdf(tmp_path / "two.pdf", text_page(1, 8), text_page(2, 8)))
            await page.get_by_label("Pages", exact=True).first.fill("9-3")
            await page.get_by_role("button", name="Lire", exact=True).click()
            await expect(page.get_by_role("alert").filter(has_text="« 9-3 »")).to_be_visible()
            await page.get_by_label("Pages", exact=True).first.fill("")
            await page.get_by_role("button", name="Lire", exact=True).click()
            await page.get_by_role("button", name="two.pdf page 2 : échec").click()
            await expect(page.get_by_label("État de cette page")).to_contain_text(
                "gpu a échoué (500) : no. Relancez la lecture de la page."
            )
            await expect(page.get_by_role("button", name="Relancer la page en échec (1)")).to_be_visible()
            await seen_in_french(page)


async def add_french(page: Page, *files: Path) -> None:
    await page.get_by_label("Ajouter des documents").set_input_files(list(files))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_french_fits_and_can_be_reached(
    browser: Browser, renderer: Renderer, tmp_path: Path, size: dict[str, int]
) -> None:
    """Longer words push nothing out of the window, and axe finds nothing serious."""
    reader = ScriptedReader([[EVERYTHING], [Refused("It said no.", "Read the page again.")]])
    with served(reader, renderer, ONE_AT_A_TIME) as app:
        async with tab(browser, app, size=size) as page:
            assert await fits(page)
            found = await complaints(page, "empty")
            await add_french(page, pdf(tmp_path / "two.pdf", text_page(1, 8), text_page(2, 8)))
            await page.get_by_role("button", name="two.pdf page 2 : en attente").wait_for()
            await page.get_by_role("button", name="Lire", exact=True).click()
            await page.get_by_role("button", name="two.pdf page 2 : échec").wait_for()
            await view(page, "Fichiers", "Vues")
            await page.get_by_role("button", name="Télécharger en Markdown").wait_for()
            for menu in ("Télécharger en…", "Réglages avancés"):
                await page.get_by_text(menu).click()
            assert await fits(page)
            found += await complaints(page, "files")
            await view(page, "Texte", "Vues")
            await page.get_by_text("Relancer la lecture avec…").click()
            assert await fits(page)
            tabs, search = page.locator("#pl-tablist [role=tab]"), page.locator("#pl-search input")
            last, field = await tabs.last.bounding_box(), await search.bounding_box()
            assert last and field
            beside = last["x"] + last["width"] <= field["x"]
            above = field["y"] + field["height"] <= last["y"]
            assert beside or above, "the search lies on the tabs"
            found += await complaints(page, "done")
    assert not found, "\n".join(found)


async def test_french_without_a_server(browser: Browser, renderer: Renderer) -> None:
    down = Unreachable(
        gettext("Nothing answers at {url}.", url="gpu.example"),
        "Check that the server is running and that its address and port are correct.",
    )
    with served(ScriptedReader([[""]], down=down), renderer) as app:
        async with tab(browser, app) as page:
            await expect(page.get_by_role("alert").filter(has_text="Rien ne répond à gpu.example.")).to_be_visible()
            await expect(page.get_by_role("button", name="Réessayer")).to_be_visible()
            await seen_in_french(page)


async def test_french_while_a_model_starts(browser: Browser, renderer: Renderer, tmp_path: Path) -> None:
    """The stages of a start, what a press of Read waits for, and why the start failed."""
    with (
        gate(tmp_path) as held,
        served(patient(ScriptedReader([["Read."]]), held.server), renderer, held.server) as app,
    ):
        async with tab(browser, app) as page:
            pill = page.locator("details.engine > summary")
            await expect(pill).to_contain_text("recherche du modèle")
            await page.get_by_role("button", name="Exemple : Lettre").click()
            await page.get_by_role("button", name="Lire", exact=True).click()
            await expect(page.locator("#pl-control .status")).to_contain_text("En attente du modèle…")
            await pill.click()
            await seen_in_french(page)
            held.break_it()
            held.open()
            await expect(pill).to_contain_text("échec")
            await expect(page.locator("#pl-control .problem")).to_contain_text("La mémoire a manqué pendant")
            await seen_in_french(page)


async def test_french_is_chosen_and_kept(browser: Browser, app: Served, letter: Path) -> None:
    """The switch is reached by keyboard, keeps the documents, and is remembered; the tab names agree with it."""
    async with tab(browser, app, locale="de-DE") as page:
        assert await page.evaluate("document.documentElement.lang") == "en"
        await add(page, letter)
        await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
        await page.get_by_role("button", name="FR", exact=True).focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="letter.pdf page 1 : en attente").wait_for()
        await expect(page.get_by_role("tab", name="Brut")).to_be_visible()
        await expect(page.get_by_role("button", name="FR", exact=True)).to_have_attribute("aria-pressed", "true")
        assert await page.evaluate("document.documentElement.lang") == "fr"
        await page.reload()
        await page.get_by_role("button", name="letter.pdf page 1 : en attente").wait_for()
        await page.get_by_role("button", name="EN", exact=True).click()
        await page.get_by_role("button", name="letter.pdf page 1: waiting").wait_for()
        await expect(page.get_by_role("tab", name="Raw")).to_be_visible()


async def test_french_is_not_for_everybody(browser: Browser, app: Served) -> None:
    """The judge is awake: an English screen has English words."""
    async with tab(browser, app, locale="en-GB") as page:
        assert {"Read", "Drop PDFs or images", "Add documents"} <= set(await not_french(page))
