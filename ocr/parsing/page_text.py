"""Text of a page while it streams: raw, as Markdown, and by region. No I/O."""

import re
from dataclasses import dataclass, field

from ocr.parsing.figures import CAPTION_LABELS, PICTURE_LABELS, before_table, caption_in, figure_name, reference, rule
from ocr.parsing.markup import Marker, MarkupDecoder, Text
from ocr.parsing.repair import repair_markdown, unfence, without_controls
from ocr.types import Box, Figure, Region, TextBlock

HEADINGS = {"title": "# ", "section": "## "}
"""Layout labels that are Markdown headings."""
HEADERS = {"header", "footer", "page_number", "page_header", "page_footer", "header_image", "footer_image"}
"""Layout labels of running headers and footers; in the Markdown on demand, always in the raw text."""

OWN_LINE = re.compile(r"(?:\A|\n\n|(?<=\n\n))(?P<reference>!\[[^\]\n]*\]\((?P<name>[^)\n]+)\))(?:\n\n|\Z)")
"""A figure that is a paragraph of its own."""


@dataclass(slots=True)
class _OpenBlock:
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
    def regions(self) -> int:
        """How many regions it holds: its own, and the figures placed in it."""
        return (self.box is not None) + sum(isinstance(part, Region) for part in self.parts)

    @property
    def text(self) -> str:
        """The model's text inside the block."""
        return "".join(part for part in self.parts if isinstance(part, str)).strip()


class PageText:
    """Collects a model's streamed text; the Markdown that it returns is provisional, `markdown` is final."""

    def __init__(self, page: int = 1, media_type: str = "image/png", *, headers: bool = False) -> None:
        """Start an empty page: its number counts from 1, and the `media_type` of its image is that of its figures.

        `headers` leaves headers, footers and page numbers in the text for reading.
        """
        self._page, self._media_type = page, media_type
        self._omitted_labels = set() if headers else HEADERS
        self._decoder = MarkupDecoder()
        self._raw: list[str] = []
        self._blocks = [_OpenBlock()]
        self._figures: dict[int, str | None] = {}  # id of a picture region → its file's name

    def feed(self, text: str) -> list[str | Region]:
        """Add streamed text; return new Markdown and the regions whose markers are complete, in order."""
        self._raw.append(text)
        return self._fold(self._decoder.feed(without_controls(text)))

    def flush(self) -> list[str | Region]:
        """The same at the end of the page."""
        added = self._fold(self._decoder.flush())
        closing = self._close()
        return [*added, closing] if closing else added

    @property
    def raw(self) -> str:
        """The model's text, untouched."""
        return "".join(self._raw)

    @property
    def markdown(self) -> str:
        """The page as Markdown without box markers, continued blocks joined."""
        return "\n\n".join(block.markdown for block in self.blocks)

    @property
    def blocks(self) -> tuple[TextBlock, ...]:
        """The same in parts, each with the regions it was read from; without those that have no text for reading."""
        blocks: list[tuple[_OpenBlock, str, list[int]]] = []
        latest: dict[str, int] = {}  # rule → index of its last block
        placed = 0
        for index, block in enumerate(self._blocks):
            text, regions = self._reading_text(block, index), list(range(placed, placed + block.regions))
            placed += block.regions
            if block.continues and block.rule in latest:
                at = latest[block.rule]
                blocks[at] = (blocks[at][0], f"{blocks[at][1]} {text}".strip(), blocks[at][2] + regions)
            else:
                latest[block.rule] = len(blocks)
                blocks.append((block, text, regions))
        if len(blocks) == 1:
            return self._around_figures(repair_markdown(unfence(blocks[0][1])), blocks[0][2])
        return tuple(
            TextBlock(written, tuple(regions))
            for block, text, regions in blocks
            if (written := self._written(block, text))
        )

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
        """The figure of a region; None if it is not a picture."""
        name = self._figures.get(id(region))
        return Figure(name, region.box) if name else None

    def remove_figure(self, name: str) -> None:
        """Drop the reference to a figure that could not be cut out."""
        self._figures = {key: None if file == name else file for key, file in self._figures.items()}

    def _around_figures(self, text: str, regions: list[int]) -> tuple[TextBlock, ...]:
        """Split a page without layout at figures on lines of their own, each a block with its region."""
        named = {name: index for index, name in zip(regions, self._figures.values(), strict=True)}
        blocks: list[TextBlock] = []
        begin = 0
        for figure in OWN_LINE.finditer(text):
            if figure["name"] in named:
                blocks += [TextBlock(text[begin : figure.start()])] if figure.start() > begin else []
                blocks.append(TextBlock(figure["reference"], (named[figure["name"]],)))
                begin = figure.end()
        return (*blocks, TextBlock(text[begin:])) if text[begin:] else tuple(blocks)

    def _fold(self, pieces: list[Text | Marker]) -> list[str | Region]:
        added: list[str | Region] = []
        for piece in pieces:
            if isinstance(piece, Text):
                added.append(self._write(piece.source))
            elif piece.name is None:
                added += self._open(piece)
            else:
                added += self._insert(piece)
        return [piece for piece in added if piece]

    def _placed(self, marker: Marker) -> Region | None:
        """The region of a marker; one that is a picture gets a name."""
        if not marker.box:
            return None
        region = Region(marker.label, marker.box)
        if marker.name is not None or rule(marker.label) in PICTURE_LABELS:
            self._figures[id(region)] = figure_name(self._page, len(self._figures) + 1, self._media_type)
        return region

    def _open(self, marker: Marker) -> list[str | Region]:
        """Start a block; return the end of the last one, the region, and a picture's reference."""
        added: list[str | Region] = [self._close()]
        region = self._placed(marker)
        block = _OpenBlock(marker.label, marker.box, marker.continues)
        self._blocks.append(block)
        if region:
            added.append(region)
        if block.rule in PICTURE_LABELS:
            block.figure = region
            if block.rule not in self._omitted_labels:
                added.append(f"\n\n{self._reference(marker.label, region)}")
        return added

    def _insert(self, marker: Marker) -> list[str | Region]:
        """Insert a figure into running text; return its region and its reference."""
        region = self._placed(marker)
        if region is None:
            return [self._write(reference(marker.label, None))]
        self._blocks[-1].parts.append(region)
        return [region, self._reference(marker.label, region)]

    def _write(self, text: str) -> str:
        """Append to the current block; return new Markdown."""
        block = self._blocks[-1]
        begins = not block.parts
        if begins:
            text = text.lstrip()
        if not text:
            return ""
        block.parts.append(text)
        if block.rule in self._omitted_labels:
            return ""
        shown = text.replace("\n", " ") if block.rule in HEADINGS else text
        return f"\n\n{_opening(block.rule, text)}{shown}" if begins else shown

    def _close(self) -> str:
        block = self._blocks[-1]
        return _closing(block.rule, block.text) if block.parts and block.rule not in self._omitted_labels else ""

    def _reference(self, label: str, region: Region | None, words: str = "") -> str:
        return reference(label, self._figures.get(id(region)) if region else None, words)

    def _reading_text(self, block: _OpenBlock, index: int) -> str:
        """A block's text with its figures referred to by name and caption."""
        parts = list(block.parts)
        for at, part in enumerate(parts):
            if isinstance(part, Region):
                after = "".join(later for later in parts[at + 1 :] if isinstance(later, str)).lstrip()
                parts[at] = self._reference(part.label, part, caption_in(after.partition("\n")[0]))
        text = "".join(part for part in parts if isinstance(part, str)).strip()
        if block.rule not in PICTURE_LABELS:
            return text
        picture = self._reference(block.label, block.figure, self._caption(index) or before_table(text))
        return f"{picture}\n\n{text}".strip()

    def _caption(self, index: int) -> str:
        """The caption below a picture, else above it."""
        for at in (index + 1, index - 1):
            if 0 <= at < len(self._blocks) and self._blocks[at].rule in CAPTION_LABELS:
                return self._blocks[at].text
        return ""

    def _written(self, block: _OpenBlock, text: str) -> str:
        """A complete block as Markdown."""
        if block.rule in self._omitted_labels:
            return ""
        if block.rule in HEADINGS:
            text = " ".join(text.split())
        if block.rule != "code":
            text = repair_markdown(text)
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
