"""How much text a PDF page shows, and how much stands invisible behind it, as an OCR program leaves it."""

from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Name, parse_content_stream

MAX_FORMS = 200
"""Forms of a page that are looked into."""

INVISIBLE = 3
"""The text rendering mode that paints nothing."""


@dataclass(slots=True)
class ShownText:
    """Counts of bytes: a character has one or two, as its font has it."""

    visible: int = 0
    invisible: int = 0


def shown_text(page: pikepdf.Page) -> ShownText:
    """What the page's content and the forms in it write; a form that is drawn again counts once."""
    counts = ShownText()
    _count(page, page.resources, 0, counts, set())
    return counts


def _count(stream: Any, resources: Any, mode: int, counts: ShownText, seen: set[tuple[int, int]]) -> None:
    modes: list[int] = []
    for instruction in parse_content_stream(stream, "q Q Tr Tj TJ ' \" Do"):
        operands = instruction.operands
        match str(instruction.operator):
            case "q":
                modes.append(mode)
            case "Q":
                mode = modes.pop() if modes else mode
            case "Tr":
                mode = int(operands[0])
            case "Do":
                form = resources.get(Name.XObject, {}).get(operands[0])
                is_form = isinstance(form, pikepdf.Stream) and form.get("/Subtype") == Name.Form
                if is_form and form.objgen not in seen and len(seen) < MAX_FORMS:
                    seen.add(form.objgen)
                    _count(form, form.get(Name.Resources, resources), mode, counts, seen)
            case _:
                written = sum(len(bytes(part)) for part in _strings(operands))
                if mode == INVISIBLE:
                    counts.invisible += written
                else:
                    counts.visible += written


def _strings(operands: Any) -> list[pikepdf.String]:
    found: list[pikepdf.String] = []
    for operand in operands:
        parts = operand if isinstance(operand, pikepdf.Array) else [operand]
        found += [part for part in parts if isinstance(part, pikepdf.String)]
    return found
