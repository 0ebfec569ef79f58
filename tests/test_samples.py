"""The sample documents are what they say, and their true text is what stands on them."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from PIL import Image

from tests.conftest import SAMPLES

TRUTH = SAMPLES / "truth"


def folded(text: str) -> str:
    """Text without white space, hyphens, and the ligatures of typesetting."""
    return re.sub(r"[\s\u00ad\ufffe\u0002-]", "", text).replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff")


@pytest.mark.parametrize(("name", "pages"), [("article.pdf", 3), ("letter.pdf", 1)])
def test_samples_pages(name: str, pages: int) -> None:
    with pypdfium2.PdfDocument(SAMPLES / name) as document:
        assert len(document) == pages
    assert len(list(TRUTH.glob(f"{name.split('.')[0]}-*.txt"))) == pages


@pytest.mark.parametrize("page", [1, 2, 3])
def test_samples_truth_is_the_text_layer(page: int) -> None:
    """Every paragraph of the true text stands in the article's own text layer."""
    with pypdfium2.PdfDocument(SAMPLES / "article.pdf") as document:
        layer = folded(document[page - 1].get_textpage().get_text_range())
    for line in (TRUTH / f"article-{page}.txt").read_text(encoding="utf-8").splitlines():
        first, last = folded(line)[:40], folded(line)[-30:]
        assert first in layer, line
        assert last in layer, line


def test_samples_receipt_lies_on_its_side() -> None:
    """The photo is upright by its EXIF orientation only."""
    with Image.open(SAMPLES / "receipt.jpg") as photo:
        assert photo.getexif()[0x0112] == 6
        assert photo.width > photo.height


def test_samples_are_small() -> None:
    assert all(path.stat().st_size < 400_000 for path in SAMPLES.rglob("*"))
