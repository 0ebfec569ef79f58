from __future__ import annotations

from ocr.batch.counts import counted


def test_counted() -> None:
    assert [counted(count, "page") for count in (0, 1, 2, 1240)] == ["0 pages", "1 page", "2 pages", "1,240 pages"]
