"""Documents and pages for the library's tests; as a program, one that keeps and deletes until it is killed."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_values import EndedPage, KeptDocument
from ocr.types import Box, Document, Finish, PageResult, Region, TextBlock

MODEL = "LightOnOCR-3-1B"


def given(path: Path, text: str, pages: int = 3) -> Document:
    """A file with this text, as a document."""
    path.write_text(text)
    return Document(path, path.name, "application/pdf", pages, hashlib.sha256(text.encode()).hexdigest())


def page(number: int, markdown: str, finish: Finish = Finish.STOP) -> EndedPage:
    region = Region("text", Box(10, 20, 900, 400), markdown)
    blocks = (TextBlock(markdown, (0,)),)
    result = PageResult(
        number, 1000, 1414, markdown, f"raw {markdown}", (region,), finish, None, 1, 42, 1.5, blocks=blocks
    )
    return EndedPage(result, MODEL)


def keep(library: DocumentLibrary, document: Document, *texts: str) -> KeptDocument:
    """Keep pages of these texts, from the first on."""
    kept: KeptDocument | None = None
    for number, text in enumerate(texts, 1):
        kept = library.keep(document, page(number, text), kept)
    assert kept
    return kept


def main(folder: Path, prefix: str) -> None:
    """Keep three pages of each document, delete every other document for good; say so after each step."""
    library = DocumentLibrary(folder / "library", 10**9)
    for count in range(10_000):
        name = f"{prefix}{count}"
        document = given(folder / f"{name}.pdf", f"file {name}")
        kept: KeptDocument | None = None
        for number in (1, 2, 3):
            kept = library.keep(document, page(number, f"word{name}x{number}"), kept)
            assert kept
            print("kept", kept.id, name, number, flush=True)  # noqa: T201
        if count % 2:
            library.delete(kept.id)
            print("deleted", kept.id, name, flush=True)  # noqa: T201
            if count % 4 == 1:
                library.purge(0.0)
                print("purged", kept.id, name, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
