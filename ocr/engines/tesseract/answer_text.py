"""Write the recognised parts of a page as an answer: in LightOnOCR-3's layout grammar, or as plain Markdown."""

from collections.abc import Iterator

from ocr.engines.tesseract.layout import Part, parts
from ocr.engines.tesseract.recognition import Page

HEADINGS = {"title": "# ", "section": "## "}


def page_text(page: Page, *, grounding: bool) -> Iterator[str]:
    """The pieces of a page's answer, one for each part; with `grounding` each begins with its marker."""
    separator = ""
    for part in parts(page):
        text = f"{_marker(page, part)} {part.text}".rstrip() if grounding else _plain(part)
        yield separator + text
        separator = "\n\n"


def _marker(page: Page, part: Part) -> str:
    left, top = part.box[0] * 1000 // page.width, part.box[1] * 1000 // page.height
    right, bottom = -(-part.box[2] * 1000 // page.width), -(-part.box[3] * 1000 // page.height)
    plus = "+" if part.continues else ""
    return f"![{part.label}{plus}]({left},{top},{right},{bottom})"


def _plain(part: Part) -> str:
    return "![image](image.png)" if part.label == "image" else HEADINGS.get(part.label, "") + part.text
