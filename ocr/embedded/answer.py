"""Blocks become the text of an answer: LightOnOCR-3's layout grammar, or plain Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from ocr.embedded.recognition import Block, Kind, Line, Page, Rect


def page_text(page: Page, *, grounding: bool) -> Iterator[str]:
    """The pieces of a page's answer, one for each paragraph."""
    separator = ""
    for block in page.blocks:
        for lines in block.paragraphs or ((),):
            text = " ".join(line.text for line in lines)
            marker = _marker(page, block, lines) if grounding else ""
            yield separator + f"{marker} {text}".strip()
            separator = "\n\n"


def _marker(page: Page, block: Block, lines: tuple[Line, ...]) -> str:
    boxes = [line.box for line in lines] or [block.box]
    around: Rect = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    left, top = around[0] * 1000 // page.width, around[1] * 1000 // page.height
    right, bottom = -(-around[2] * 1000 // page.width), -(-around[3] * 1000 // page.height)
    label = "image" if block.kind is Kind.PICTURE else "text"
    return f"![{label}]({left},{top},{right},{bottom})"
