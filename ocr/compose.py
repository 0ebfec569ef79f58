"""A page's text as it grows: raw, for reading, and by region. Folds decoded markup; no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ocr.markup import Marker, MarkupDecoder, Text
from ocr.page import Box, Region
from ocr.repair import mend, unfence

HEADINGS = {"title": "# ", "section": "## "}
"""Layout labels that are Markdown headings."""
FURNITURE = {"header", "footer", "page_number", "page_header", "page_footer", "header_image", "footer_image"}
"""Layout labels that repeat on every page; left out of the text for reading, always in the raw text."""
PICTURES = {"image", "figure", "chart", "header_image", "footer_image"}
"""Layout labels of regions that are pictures."""


@dataclass(slots=True)
class _Block:
    """Text between two markers; before the first one, and in models without layout, it has no label."""

    label: str = ""
    box: Box | None = None
    continues: bool = False
    parts: list[str] = field(default_factory=list)
    figures: list[Region] = field(default_factory=list)
    """Figures placed in this block's running text."""

    @property
    def rule(self) -> str:
        """The label as the tables above spell it."""
        return re.sub(r"[\s-]+", "_", self.label.lower())

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()


class PageText:
    """Folds a model's growing text; what it returns for reading is append-only, `markdown` settles it."""

    def __init__(self) -> None:
        """Start with an empty page."""
        self._decoder = MarkupDecoder()
        self._raw: list[str] = []
        self._blocks = [_Block()]

    def feed(self, text: str) -> tuple[str, list[Region]]:
        """Take more text; return what that adds for reading, and the regions whose markers are complete."""
        self._raw.append(text)
        return self._fold(self._decoder.feed(text))

    def flush(self) -> tuple[str, list[Region]]:
        """The same at the end of the page."""
        added, found = self._fold(self._decoder.flush())
        return added + self._close(), found

    @property
    def raw(self) -> str:
        """The model's text, untouched."""
        return "".join(self._raw)

    @property
    def markdown(self) -> str:
        """The page for reading, continued blocks joined; holds no box markers."""
        texts: list[tuple[str, str]] = []  # rule, text
        latest: dict[str, int] = {}  # rule → index of its last block
        for block in self._blocks:
            if block.continues and block.rule in latest:
                at = latest[block.rule]
                texts[at] = (block.rule, f"{texts[at][1]} {block.text}".strip())
            else:
                latest[block.rule] = len(texts)
                texts.append((block.rule, block.text))
        if len(texts) == 1:
            texts = [(rule, unfence(text)) for rule, text in texts]
        written = (_written(rule, text) for rule, text in texts)
        return "\n\n".join(text for text in written if text)

    @property
    def regions(self) -> tuple[Region, ...]:
        """The page's regions in the model's order, each with its text."""
        placed: list[Region] = []
        for block in self._blocks:
            if block.box:
                placed.append(Region(block.label, block.box, block.text))
            placed.extend(block.figures)
        return tuple(placed)

    def _fold(self, pieces: list[Text | Marker]) -> tuple[str, list[Region]]:
        added: list[str] = []
        found: list[Region] = []
        for piece in pieces:
            if isinstance(piece, Text):
                added.append(self._write(piece.source))
                continue
            if piece.box:
                found.append(Region(piece.label, piece.box))
            if piece.name is None:
                added.append(self._open(piece))
            else:
                self._blocks[-1].figures.extend(found[-1:] if piece.box else ())
                added.append(self._write(_picture(piece.label)))
        return "".join(added), found

    def _open(self, marker: Marker) -> str:
        closing = self._close()
        block = _Block(marker.label, marker.box, marker.continues)
        self._blocks.append(block)
        shown = block.rule in PICTURES and block.rule not in FURNITURE
        return closing + (f"\n\n{_picture(block.label)}" if shown else "")

    def _write(self, text: str) -> str:
        """Append to the current block; return what that adds for reading."""
        block = self._blocks[-1]
        begins = not block.parts
        if begins:
            text = text.lstrip()
        if not text:
            return ""
        block.parts.append(text)
        if block.rule in FURNITURE:
            return ""
        shown = text.replace("\n", " ") if block.rule in HEADINGS else text
        return f"\n\n{_opening(block.rule, text)}{shown}" if begins else shown

    def _close(self) -> str:
        block = self._blocks[-1]
        return _closing(block.rule, block.text) if block.parts else ""


def _written(rule: str, text: str) -> str:
    """A whole block for reading."""
    if rule in FURNITURE:
        return ""
    if rule in PICTURES:
        return f"{_picture(rule)}\n\n{text}".strip()
    if rule in HEADINGS:
        text = " ".join(text.split())
    if rule != "code":
        text = mend(text)
    return f"{_opening(rule, text)}{text}{_closing(rule, text)}" if text else ""


def _picture(label: str) -> str:
    return f"[{label}]"


def _opening(rule: str, text: str) -> str:
    if rule in HEADINGS and not text.startswith("#"):
        return HEADINGS[rule]
    if rule == "formula" and _bare(text):
        return "$$\n"
    return "```\n" if rule == "code" and not text.startswith("```") else ""


def _closing(rule: str, text: str) -> str:
    if rule == "formula" and _bare(text):
        return "\n$$"
    return "\n```" if rule == "code" and not text.startswith("```") else ""


def _bare(formula: str) -> bool:
    """Whether a formula still needs its delimiters."""
    return not formula.startswith(("$", "\\[", "\\("))
