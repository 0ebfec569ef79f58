"""The tiny LightOnOCR: where it lies, and the pages that it knows by heart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.types import ImageSpec
from tests.conftest import SAMPLES

HERE = Path(__file__).parent
CHECKPOINT = HERE / "checkpoint"
NAMES = ("lightonai/LightOnOCR-2-1B", "lightonai/LightOnOCR-2-1B-bbox", "lightonai/LightOnOCR-3-1B")
"""The one checkpoint is served by the name of each family: what a page is asked by follows from it."""


@dataclass(frozen=True)
class Answer:
    """A page that the model knows, and what it writes for it."""

    document: str
    page: int
    model: str
    answer: str
    endless: bool


ANSWERS = [
    Answer(a["document"], a["page"], a["model"], a["answer"], a.get("endless", False))
    for a in json.loads((HERE / "answers.json").read_text())
]
ENDLESS = next(answer for answer in ANSWERS if answer.endless)
WHOLE = [answer for answer in ANSWERS if not answer.endless]


async def pages_of(renderer: Renderer, answer: Answer) -> DocumentSource:
    document = await renderer.open(SAMPLES / answer.document)
    return DocumentSource(renderer, lambda _: document, ImageSpec(1540, multiple=28))
