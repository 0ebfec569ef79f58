"""A page's text as it grows: raw, for reading, and by region. Folds decoded markup; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

from ocr.figures import CAPTIONS, PICTURES, caption_in, figure_name, reference, rule
from ocr.markup import Marker, MarkupDecoder, Text
from ocr.page import Box, Figure, Region
from ocr.repair import mend, unfence

HEADINGS = {"title": "# ", "section": "## "}
"""Layout labels that are Markdown headings."""
HEADERS = {"header", "footer", "page_number", "page_header", "page_footer", "header_image", "footer_image"}
"""Layout labels of what repeats on every page; in the text for reading only on demand, always in the raw text."""


@dataclass(slots=True)
class _Block:
    """Text between two markers of blocks; before the first one, and in models without layout, it has no label."""

    label: str = ""
    box: Box | None = None
    continues: bool = False
    parts: list[str | Region] = field(default_factory=list)
    """Text, and figures placed in it."""
    figure: Region | None = None
    """The block itself, where it is a picture."""

    @property
    def rule(self) -> str:
        return rule(self.label)

    @property
    def text(self) -> str:
        """The model's text inside the block."""
        return "".join(part for part in self.parts if isinstance(part, str)).strip()


class PageText:
    """Folds a model's growing text; what it returns for reading is append-only, `markdown` settles it."""

    def __init__(self, page: int = 1, media_type: str = "image/png", *, headers: bool = False) -> None:
        """Start with an empty page.

        Args:
            page: its number in the document, from 1, for its figures' names.
            media_type: of the page's image, and so of its figures.
            headers: keep headers, footers and page numbers in the text for reading.
        """
        self._page, self._media_type = page, media_type
        self._left_out = set() if headers else HEADERS
        self._decoder = MarkupDecoder()
        self._raw: list[str] = []
        self._blocks = [_Block()]
        self._figures: dict[int, str | None] = {}  # id of a picture region → its file's name

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
        blocks: list[tuple[_Block, str]] = []
        latest: dict[str, int] = {}  # rule → index of its last block
        for index, block in enumerate(self._blocks):
            text = self._reading_text(block, index)
            if block.continues and block.rule in latest:
                at = latest[block.rule]
                blocks[at] = (blocks[at][0], f"{blocks[at][1]} {text}".strip())
            else:
                latest[block.rule] = len(blocks)
                blocks.append((block, text))
        if len(blocks) == 1:
            return mend(unfence(blocks[0][1]))
        return "\n\n".join(written for block, text in blocks if (written := self._written(block, text)))

    @property
    def regions(self) -> tuple[Region, ...]:
        """The page's regions in the model's order, each with its text."""
        placed: list[Region] = []
        for block in self._blocks:
            if block.box:
                placed.append(Region(block.label, block.box, block.text))
            placed.extend(part for part in block.parts if isinstance(part, Region))
        return tuple(placed)

    def figure(self, region: Region) -> Figure | None:
        """The figure that a region just found stands for; None where it is no picture."""
        name = self._figures.get(id(region))
        return Figure(name, region.box) if name else None

    def lose(self, name: str) -> None:
        """A figure could not be cut out: refer to no file."""
        self._figures = {key: None if kept == name else kept for key, kept in self._figures.items()}

    def _fold(self, pieces: list[Text | Marker]) -> tuple[str, list[Region]]:
        added: list[str] = []
        found: list[Region] = []
        for piece in pieces:
            if isinstance(piece, Text):
                added.append(self._write(piece.source))
                continue
            region = self._placed(piece)
            found += [region] if region else []
            added.append(self._open(piece, region) if piece.name is None else self._insert(piece, region))
        return "".join(added), found

    def _placed(self, marker: Marker) -> Region | None:
        """The region of a marker; one that is a picture gets a name."""
        if not marker.box:
            return None
        region = Region(marker.label, marker.box)
        if marker.name is not None or rule(marker.label) in PICTURES:
            self._figures[id(region)] = figure_name(self._page, len(self._figures) + 1, self._media_type)
        return region

    def _open(self, marker: Marker, region: Region | None) -> str:
        """Begin a block; return what that adds for reading."""
        closing = self._close()
        block = _Block(marker.label, marker.box, marker.continues)
        self._blocks.append(block)
        if block.rule not in PICTURES:
            return closing
        block.figure = region
        return closing if block.rule in self._left_out else f"{closing}\n\n{self._reference(marker.label, region)}"

    def _insert(self, marker: Marker, region: Region | None) -> str:
        """Place a figure in running text; return what that adds for reading."""
        if region is None:
            return self._write(reference(marker.label, None))
        self._blocks[-1].parts.append(region)
        return self._reference(marker.label, region)

    def _write(self, text: str) -> str:
        """Append to the current block; return what that adds for reading."""
        block = self._blocks[-1]
        begins = not block.parts
        if begins:
            text = text.lstrip()
        if not text:
            return ""
        block.parts.append(text)
        if block.rule in self._left_out:
            return ""
        shown = text.replace("\n", " ") if block.rule in HEADINGS else text
        return f"\n\n{_opening(block.rule, text)}{shown}" if begins else shown

    def _close(self) -> str:
        block = self._blocks[-1]
        return _closing(block.rule, block.text) if block.parts and block.rule not in self._left_out else ""

    def _reference(self, label: str, region: Region | None, words: str = "") -> str:
        return reference(label, self._figures.get(id(region)) if region else None, words)

    def _reading_text(self, block: _Block, index: int) -> str:
        """A block's text with its figures referred to by name and caption."""
        parts = list(block.parts)
        for at, part in enumerate(parts):
            if isinstance(part, Region):
                after = "".join(later for later in parts[at + 1 :] if isinstance(later, str)).lstrip()
                parts[at] = self._reference(part.label, part, caption_in(after.partition("\n")[0]))
        text = "".join(part for part in parts if isinstance(part, str)).strip()
        if block.rule not in PICTURES:
            return text
        picture = self._reference(block.label, block.figure, self._caption(index) or text)
        return f"{picture}\n\n{text}".strip()

    def _caption(self, index: int) -> str:
        """The words of the caption that stands under a picture, or else above it."""
        for at in (index + 1, index - 1):
            if 0 <= at < len(self._blocks) and self._blocks[at].rule in CAPTIONS:
                return self._blocks[at].text
        return ""

    def _written(self, block: _Block, text: str) -> str:
        """A whole block for reading."""
        if block.rule in self._left_out:
            return ""
        if block.rule in HEADINGS:
            text = " ".join(text.split())
        if block.rule != "code":
            text = mend(text)
        return f"{_opening(block.rule, text)}{text}{_closing(block.rule, text)}" if text else ""


def _opening(name: str, text: str) -> str:
    if name in HEADINGS and not text.startswith("#"):
        return HEADINGS[name]
    if name == "formula" and _bare(text):
        return "$$\n"
    return "```\n" if name == "code" and not text.startswith("```") else ""


def _closing(name: str, text: str) -> str:
    if name == "formula" and _bare(text):
        return "\n$$"
    return "\n```" if name == "code" and not text.startswith("```") else ""


def _bare(formula: str) -> bool:
    """Whether a formula still needs its delimiters."""
    return not formula.startswith(("$", "\\[", "\\("))
