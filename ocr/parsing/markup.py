"""The models' marker grammar, decoded while it streams. No I/O.

Two forms are recognised at once, whichever model writes them:

- a figure in running text, `![image](image_3.png)100,200,500,600`, with any white space around the numbers; without
  numbers it is a figure of unknown place;
- a layout block, `![label](100,200,500,600) text`, whose text runs to the next marker; `label+` continues a block.

Coordinates are 0–1000 on both axes. Everything else is text, also what merely begins like a marker.
"""

from dataclasses import dataclass

import regex

from ocr.types import Box

_CORNERS = r"\s{0,32}(\d{1,4})\s{0,8},\s{0,8}(\d{1,4})\s{0,8},\s{0,8}(\d{1,4})\s{0,8},\s{0,8}(\d{1,4})"
_LABEL = r"!\[(?P<label>[^\[\]()!\n]{1,64})\]"
_NAME = r"\((?P<name>[\w.-]{1,80}\.(?:png|jpe?g|webp|gif))\)"
_BLOCK = regex.compile(rf"{_LABEL}\({_CORNERS}\s{{0,8}}\)")
_FIGURE = regex.compile(rf"{_LABEL}{_NAME}{_CORNERS}")
_UNPLACED = regex.compile(rf"{_LABEL}{_NAME}")


@dataclass(frozen=True, slots=True)
class Text:
    """Text outside markers."""

    source: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A complete marker."""

    source: str
    """The model's own characters."""
    label: str
    """As written, without a trailing `+`."""
    box: Box | None
    """None where the model gave no corners, or corners that enclose nothing."""
    name: str | None = None
    """File name of a figure in running text; None for a layout block."""
    continues: bool = False
    """The block goes on where the last one of its label ended."""


class MarkupDecoder:
    """Decodes streamed text into text and markers; an incomplete marker is buffered.

    Joining the `source` of all that comes out gives what went in, and the split of the text into feeds changes nothing
    but the split of `Text`. The time is linear in the text: at most one marker's length is ever looked at again.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[Text | Marker]:
        """Decode more text; return what is complete."""
        return self._decode(self._held + text, final=False)

    def flush(self) -> list[Text | Marker]:
        """Return the buffered rest at the end of the page."""
        return self._decode(self._held, final=True)

    def _decode(self, text: str, *, final: bool) -> list[Text | Marker]:
        pieces: list[Text | Marker] = []
        start = at = 0  # the text from `start` on is not yet given out; a marker may begin at `at`
        while (at := text.find("!", at)) >= 0:
            found = _marker_at(text, at, final=final)
            if found is None:
                at += 1
                continue
            if at > start:
                pieces.append(Text(text[start:at]))
            if found is _UNDECIDED:
                self._held = text[at:]
                return pieces
            pieces.append(found)
            start = at = at + len(found.source)
        self._held = ""
        if start < len(text):
            pieces.append(Text(text[start:]))
        return pieces


_UNDECIDED = Marker("", "", None)
"""Stands for "more text is needed to tell"."""


def _marker_at(text: str, at: int, *, final: bool) -> Marker | None:
    """The marker that begins at `at`, None if none does, `_UNDECIDED` if that depends on what follows."""
    partial = not final
    if block := _BLOCK.match(text, at, partial=partial):
        return _UNDECIDED if block.partial else _block(block)
    if figure := _FIGURE.match(text, at, partial=partial):
        if figure.partial or (partial and figure.end() == len(text)):  # the last number may go on
            return _UNDECIDED
        return Marker(figure[0], figure["label"].strip(), _box(figure), figure["name"])
    if unplaced := _UNPLACED.match(text, at):
        return Marker(unplaced[0], unplaced["label"], None, unplaced["name"])
    return None


def _block(match: regex.Match[str]) -> Marker:
    label = match["label"].strip()
    return Marker(match[0], label.removesuffix("+"), _box(match), continues=label.endswith("+"))


def _box(match: regex.Match[str]) -> Box | None:
    """The box of a marker, with swapped corners exchanged and coordinates clipped to the page."""
    corners = [min(int(number), 1000) for number in match.groups() if number and number.isdecimal()][-4:]
    (left, right), (top, bottom) = sorted(corners[0::2]), sorted(corners[1::2])
    return Box(left, top, right, bottom) if left < right and top < bottom else None
