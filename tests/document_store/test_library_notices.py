from __future__ import annotations

from pathlib import Path

from ocr.document_store.library_notices import MAX_NAMES, LibraryNotices


def test_library_notices_name_what_was_removed() -> None:
    """All documents since they were dismissed, of very many the first."""
    notices = LibraryNotices()
    assert notices.text is None
    notices.add_removed(["a.pdf"])
    notices.add_damaged(None)
    notices.add_removed(["b.pdf", "c.pdf"])
    notices.add_damaged(Path("aside"))
    assert notices.text
    assert "3 documents were removed" in notices.text
    assert "a.pdf, b.pdf, c.pdf." in notices.text
    assert "aside" in notices.text
    notices.clear()
    assert notices.text is None
    notices.add_removed(f"{number}.pdf" for number in range(MAX_NAMES + 1))
    assert notices.text
    assert f"{MAX_NAMES - 1}.pdf, …." in notices.text
