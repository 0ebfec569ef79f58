"""kept_reader.py: one document after the other is read with the same connections and processes."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ocr.errors import NotADocument, Unreachable, UsageError
from ocr.library.kept_reader import KeptReader
from tests.conftest import SAMPLES
from tests.documents.papers import pdf, text_page
from tests.inference.scripted_server import scripted_in_a_thread
from tests.library.test_library import answers, nothing_left, paper

__all__ = ["nothing_left", "paper"]


def test_kept_reader_reads_one_after_the_other(paper: Path, tmp_path: Path, nothing_left: None) -> None:
    """The server is asked for its models once; a document that cannot be opened costs no other."""
    text = tmp_path / "notes.txt"
    text.write_text("No document.")
    with scripted_in_a_thread(answers) as server:
        reader = KeptReader(server=server.url)
        assert [page.markdown for page in reader.read(paper)] == ["Some words"] * 3
        with pytest.raises(NotADocument, match=r"notes\.txt"):
            reader.read(text)
        assert len(reader.read(paper)) == 3
        lists = [request for request in server.requests if request.path.endswith("/models")]
        reader.close()
    assert len(lists) == 1


def test_kept_reader_in_several_threads(tmp_path: Path, nothing_left: None) -> None:
    """Each caller gets the pages of its own document; a reader that is forgotten is closed."""
    papers = [pdf(tmp_path / f"{n}.pdf", *map(text_page, range(n))) for n in range(1, 6)]
    with scripted_in_a_thread(answers) as server, ThreadPoolExecutor() as pool:
        reader = KeptReader(server=server.url)
        counts = [len(pages) for pages in pool.map(reader.read, papers)]
        del reader
        gc.collect()
    assert counts == [1, 2, 3, 4, 5]


def test_kept_reader_verifies(nothing_left: None) -> None:
    """`verify` is heeded as by `read`."""
    with scripted_in_a_thread(answers) as server:
        reader = KeptReader(server=server.url, verify=True, pages="3")
        (page,) = reader.read(SAMPLES / "article.pdf")
        reader.close()
    assert page.check and page.check.places


def test_kept_reader_no_server(paper: Path, nothing_left: None) -> None:
    """What keeps it from opening is raised by each call; wrong arguments at once."""
    with scripted_in_a_thread(answers) as server:
        gone = server.url
    reader = KeptReader(server=gone, outage_timeout=0.1)
    for _ in range(2):
        with pytest.raises(Unreachable):
            reader.read(paper)
    reader.close()
    with pytest.raises(UsageError):
        KeptReader(server="not a server")
