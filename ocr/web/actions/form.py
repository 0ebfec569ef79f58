"""What a visitor asks for beside the button: read from what the browser says, which is anything at all."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass, fields, replace
from typing import Any

from ocr.config.profiles import Overrides
from ocr.config.settings import Settings
from ocr.documents.renderer import ROTATIONS
from ocr.i18n import say
from ocr.web.state.browser_names import field_of, text_of
from ocr.web.state.page_state import Wish

RANGES = {
    "longest_side": say("Write a whole number of pixels, 1 or more."),
    "temperature": say("Write a number from 0 to 2."),
    "top_p": say("Write a number from 0 to 1."),
    "max_tokens": say("Write a whole number of tokens, 1 or more."),
}
"""The fields under Advanced, and what each takes; empty is always good. The bounds are those of settings.py."""
SWITCHES = ("layout", "headers", "auto_rotate")
"""What can be switched on and off."""
LONGEST = 20
"""Characters of a number."""

_PARSE = {option.name: option.metadata["parse"] for option in fields(Settings) if option.name in RANGES}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a press of Read says."""

    pages: str
    """A page range, not yet looked at."""
    model: str
    """A model's ID; empty for the one that would be asked first."""
    overrides: Overrides
    refused: dict[str, str]
    """Field → what it takes, for each that holds something else."""
    failed: bool = False
    """Whether the pages that failed are meant, and no others."""


def asked(event: object, defaults: Overrides) -> Asked:
    """Read an event of the browser; what it does not say is as in `defaults`."""
    changes: dict[str, Any] = {}
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
    failed = field_of(event, "failed", None) is True
    return Asked(_text(event, "pages"), _text(event, "model"), replace(defaults, **changes), refused, failed)


def asked_again(event: object, before: Wish, defaults: Overrides, lies: int) -> tuple[Wish, dict[str, str]]:
    """Read what a page's Read again says: how, and what of it is refused, as in `Asked`.

    What it does not say is as `before`; another model starts from `defaults`, for sampling is a model's own. `turn` is
    in degrees clockwise from how the page `lies` on the screen, and holds whatever Tesseract takes for upright.
    """
    model = _text(event, "model") or before.model
    said = asked(event, before.overrides if model == before.model else defaults)
    turn = field_of(event, "turn", 0)
    turned = int(turn) if isinstance(turn, int) and turn in ROTATIONS else 0
    if not turned:
        return Wish(model, said.overrides, before.rotation), said.refused
    return Wish(model, replace(said.overrides, auto_rotate=False), (lies + turned) % 360), said.refused


def _text(event: object, name: str) -> str:
    return text_of(event, name).strip()


def _number(field: str, text: str) -> float:
    """A field's value; a comma is taken for a point, as half of Europe writes it.

    Raises:
        ValueError, ArgumentTypeError: it is none, or out of bounds.
    """
    if len(text) > LONGEST:
        raise ValueError
    number: float = _PARSE[field](text.replace(",", ".") if field in ("temperature", "top_p") else text)
    return number
