"""The imitation by which runs are counted reads what it should, and says what it was asked."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from ocr import read
from tests.batch.coded_pages import LONGEST_SIDE, CodedServer, Counts, coded_pdf, count, decode, text_of
from tests.documents.papers import text_page


def test_coded_pages_survive_a_restart_of_the_server(tmp_path: Path) -> None:
    """Each page's answer is the text of its own code, rendered and encoded as any page is."""
    paper = coded_pdf(tmp_path / "paper.pdf", 70_000, 3)
    with CodedServer(tmp_path) as server:
        results = list(read(paper, server=server.url, longest_side=LONGEST_SIDE))
        server.kill()
        server.start()
        results += read(paper, server=server.url, longest_side=LONGEST_SIDE, pages="2")
        asked = server.asked
    assert {result.number: result.markdown for result in results} == {
        page: text_of((70_000, page)) for page in (1, 2, 3)
    }
    assert asked == {(70_000, 1): 1, (70_000, 2): 2, (70_000, 3): 1}


def test_count() -> None:
    """What is missing, doubled, wrong and asked twice is counted."""
    texts = {"a.pdf": ["one", "two", "three"]}
    rows = [{"id": "a.pdf", "page": page, "markdown": text} for page, text in ((1, "one"), (1, "one"), (2, "three"))]
    asked = Counter({(0, 1): 3, (0, 2): 1})
    assert count(texts, rows, asked) == Counts(pages=3, missing=1, doubled=1, wrong=1, asked_twice=2)


def test_decode_refuses_other_pictures(tmp_path: Path) -> None:
    """A picture without a code is not taken for a page."""
    data = io.BytesIO()
    Image.frombytes("L", (8, 8), (text_page(1) * 9)[:64]).save(data, "PNG")
    with pytest.raises(ValueError, match="no code"):
        decode(data.getvalue())
