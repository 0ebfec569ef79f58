"""The images of a run's pages, rendered by the real workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.photo_sheets import PhotoMode
from ocr.types import Box, ImageSpec, PageId
from tests.conftest import SAMPLES
from tests.documents.photographs import photo_document


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    with Renderer(1) as renderer:
        yield renderer


@pytest.mark.anyio
async def test_source_turns_a_page_once_and_for_all(renderer: Renderer) -> None:
    """A smaller image and a figure are turned as the page was."""
    documents, page = {4: await renderer.open(SAMPLES / "letter.pdf")}, PageId(4, 1)
    source = DocumentSource(renderer, documents.__getitem__, ImageSpec(800, 90))
    image = await source.image(page)
    assert (max(image.width, image.height), image.width > image.height) == (800, True)
    smaller = await source.smaller(page, 400, image)
    assert (smaller.width, smaller.width > smaller.height) == (400, True)
    patches = DocumentSource(renderer, documents.__getitem__, ImageSpec(784, 90, multiple=28))
    first = await patches.image(page)
    for one, side in ((first, 784), (await patches.smaller(page, 588, first), 588)):
        assert (one.width, one.height % 28) == (side, 0)
    figure = await source.figure(page, Box(0, 0, 1000, 1000), "image/png", image)
    assert figure.width > figure.height


@pytest.mark.anyio
async def test_source_straightens_a_photograph_once_and_for_all(renderer: Renderer, tmp_path: Path) -> None:
    """A smaller image and a figure show the sheet that the first image shows."""
    documents, page = {0: photo_document(tmp_path)}, PageId(0, 1)
    source = DocumentSource(renderer, documents.__getitem__, ImageSpec(800, 90, sheet=PhotoMode.AUTO))
    image = await source.image(page)
    assert image.corners
    smaller = await source.smaller(page, 400, image)
    assert (smaller.corners, smaller.width) == (image.corners, 400)
    figure = await source.figure(page, Box(0, 0, 1000, 1000), "image/jpeg", image)
    assert figure.width / figure.height == pytest.approx(image.width / image.height, rel=0.01)
