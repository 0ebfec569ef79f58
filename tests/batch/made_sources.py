"""Documents and files that hold them, and what comes of reading a SOURCE."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from ocr.batch.sources import fetched, find_documents


def pdf(text: str) -> bytes:
    """As much of a PDF as listing looks at, and a body that tells it from others."""
    return b"%PDF-1.7\n" + text.encode("utf-8", "surrogateescape") * 50


def contents(source: object, tmp_path: Path, **options: Any) -> dict[str, bytes]:
    """Id → bytes of all documents, fetched in another order than that of the listing."""
    found = list(find_documents(str(source), **options))
    assert len({document.id for document in found}) == len(found)
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    read = {}
    for document in sorted(found, key=lambda one: one.id[::-1]):
        with fetched(document, scratch) as path:
            read[document.id] = path.read_bytes()
    assert list(scratch.iterdir()) == []
    return read


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
