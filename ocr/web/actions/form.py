"""Validate the form values that the browser sends; they may be anything."""

from argparse import ArgumentTypeError
from dataclasses import replace
from typing import Any

from ocr.config.command_line import OPTIONS
from ocr.config.read_request import ReadRequest
from ocr.documents.renderer import ROTATIONS
from ocr.i18n import gettext
from ocr.web.state.browser_names import field_of, text_of

RANGES = {
    "longest_side": gettext("Enter a whole number of pixels, 1 or more."),
    "temperature": gettext("Enter a number from 0 to 2."),
    "top_p": gettext("Enter a number from 0 to 1."),
    "max_tokens": gettext("Enter a whole number of tokens, 1 or more."),
}
"""The fields under Advanced, and what each takes; empty is always good. The bounds are those of read_request.py."""
SWITCHES = ("layout", "headers", "auto_rotate")
"""What can be switched on and off."""
MAX_NUMBER_CHARS = 20
"""Characters of a number."""


def parse_form(event: object, defaults: ReadRequest) -> tuple[ReadRequest, dict[str, str]]:
    """What an event of the browser asks for; what it does not say is as in `defaults`.

    Returns:
        The request, and field → what it takes, for each that holds something else.
    """
    changes: dict[str, Any] = {name: text for name in ("model", "pages") if (text := _text(event, name))}
    refused: dict[str, str] = {}
    for field, message in RANGES.items():
        text = _text(event, field)
        if not text:
            continue
        try:
            changes[field] = _number(field, text)
        except (ValueError, ArgumentTypeError):
            refused[field] = message
    changes |= {name: on for name in SWITCHES if isinstance(on := field_of(event, name, None), bool)}
    return replace(defaults, **changes), refused


def parse_ranges(event: object) -> dict[int, str]:
    """The ranges of pages that an event of the browser has for single documents, `[[key, "1-3"], …]`, by their keys."""
    rows = field_of(event, "ranges")
    pairs = [row for row in rows if isinstance(row, list) and len(row) == 2] if isinstance(rows, list) else []
    return {key: text for key, text in pairs if isinstance(key, int) and isinstance(text, str)}


def parse_reread(
    event: object, before: ReadRequest, defaults: ReadRequest, rotation: int
) -> tuple[ReadRequest, dict[str, str]]:
    """What a page's Read again asks for; returned as by `parse_form`.

    What it does not say is as `before`; another model starts from `defaults`, for sampling is a model's own. `turn` is
    in degrees clockwise from `rotation`, how the page is on the screen, and holds whatever Tesseract takes for upright.
    """
    same = _text(event, "model") in ("", before.model)
    request, refused = parse_form(event, before if same else replace(defaults, rotation=before.rotation))
    turn = field_of(event, "turn", 0)
    if isinstance(turn, int) and turn in ROTATIONS[1:]:
        request = replace(request, auto_rotate=False, rotation=(rotation + turn) % 360)
    return request, refused


def _text(event: object, name: str) -> str:
    return text_of(event, name).strip()


def _number(field: str, text: str) -> float:
    """A field's value; a comma is taken for a point, as half of Europe writes it.

    Raises:
        ValueError, ArgumentTypeError: it is none, or out of bounds.
    """
    if len(text) > MAX_NUMBER_CHARS:
        raise ValueError
    number: float = OPTIONS[field].metadata["parse"](
        text.replace(",", ".") if field in ("temperature", "top_p") else text
    )
    return number
