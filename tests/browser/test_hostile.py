"""Page text is what a stranger put on paper: whatever it says, the browser loads nothing and runs nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from ocr.documents.renderer import Renderer
from tests.browser.conftest import Witness, visit
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served

pytestmark = pytest.mark.anyio

OUT = "https://evil.example"
HOSTILE = f"""Before.

<script>alert('script')</script><script src="{OUT}/a.js"></script>

<img src=x onerror="alert('onerror')"><img src="{OUT}/img.png"><img srcset="{OUT}/set.png 2x">
![remote]({OUT}/markdown.png)

<iframe src="{OUT}/frame"></iframe><iframe srcdoc="<script>parent.alert('srcdoc')</script>"></iframe>
<object data="{OUT}/object"></object><embed src="{OUT}/embed">

<style>@import url({OUT}/import.css); body {{ background: url({OUT}/style.png) }}</style>
<link rel="stylesheet" href="{OUT}/link.css"><link rel="preload" as="image" href="{OUT}/pre.png">
<p style="background: url({OUT}/inline.png)">Styled.</p>
<meta http-equiv="refresh" content="0; url={OUT}/refresh"><base href="{OUT}/">

<form action="{OUT}/form"><input name="q" value="1"><button id="send">Send</button></form>
<a id="js" href="javascript:alert('href')">link</a> [click](javascript:alert('markdown'))
<svg onload="alert('svg')"><a xlink:href="javascript:alert('xlink')"><text>svg</text></a></svg>
<details open ontoggle="alert('toggle')">x</details><video poster="{OUT}/poster.png" src="{OUT}/v.mp4"></video>
<math><mtext><table><mglyph><style><img src=x onerror="alert('mxss')"></style></mglyph></table></mtext></math>

$\\href{{javascript:alert('katex')}}{{x}}$ $\\includegraphics{{{OUT}/katex.png}}$
${{alert('template')}}$ {{{{constructor}}}}

After.
"""
LABELS = (  # no brackets or parentheses: those the grammar would not take for a label
    "</svg><script>alert`label`</script>",
    '"><img src=x onerror=alert`quote`>',
    "${alert`dollar`}",
    "`+alert`tick`+`",
    "{{constructor}}",
    "\\u0024{alert`escape`}",
)


PRESS_EVERYTHING = """text => {
    const found = [...text.querySelectorAll("button, input, summary, a:not([href^='http'])")];
    for (const one of found) one.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    for (const form of text.querySelectorAll("form")) form.submit();
    return found.length;
}"""


@pytest.fixture(scope="module")
def hostile(renderer: Renderer) -> Iterator[Served]:
    regions = "".join(f"\n![{label}](0,{100 * at},900,{100 * at + 90}) " for at, label in enumerate(LABELS))
    with served(ScriptedReader([[HOSTILE, regions + HOSTILE]], names=("lightonocr-3", LABELS[2])), renderer) as app:
        yield app


async def test_hostile_text_loads_and_runs_nothing(
    hostile: Served, browser: Browser, letter: Path, tmp_path: Path
) -> None:
    """Scripts, handlers, frames, styles, forms, images and templates, in text, labels, file and model names."""
    witness = Witness(urlsplit(hostile.url).netloc)
    name = tmp_path / "a${alert('name')}<img src=x onerror=alert(1)>{{x}}.pdf"
    shutil.copyfile(letter, name)
    context = await browser.new_context()
    context.set_default_timeout(60_000)
    try:
        page = await context.new_page()
        witness.watch(page)
        started: list[str] = []
        page.on("requestfinished", lambda request: started.append(request.url))
        await visit(page, hostile)
        await page.get_by_label("Add documents").set_input_files(name)
        await page.get_by_role("button", name="page 1: waiting").wait_for()
        await page.get_by_role("button", name="Read", exact=True).click()
        await page.get_by_role("button", name="Read again").wait_for()
        text = page.locator("#pl-text .page-text")  # the forms beside it are our own
        await expect(text).to_contain_text("After.")
        await expect(page.locator(".regions .region")).to_have_count(len(LABELS))
        await page.get_by_role("tab", name="Raw").click()
        await expect(page.get_by_label("Raw text of this page")).to_contain_text("<script>alert('script')")
        assert await text.evaluate(PRESS_EVERYTHING) >= 1
        # whatever the presses set off had its turn before this comes back; a refused form leaves the driver waiting
        # for a page that never comes, so from here on the tab is only asked, not driven
        await page.evaluate("fetch('theme.css').then((answer) => answer.text())")
        assert await page.evaluate("location.href") == hostile.url
        assert await page.evaluate("document.querySelectorAll('.region').length") == len(LABELS)
    finally:
        await context.close()
    assert [url for url in started if "evil.example" in url] == []
    expected = ("Content Security Policy", "404")  # the browser says what it refused; `src=x` is asked of our own host
    assert [said for said in witness.complaints if not any(word in said for word in expected)] == []
    assert not any("evil.example" in said for said in witness.complaints)  # it was never even tried
