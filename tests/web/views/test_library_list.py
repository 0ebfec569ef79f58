from __future__ import annotations

from dataclasses import replace

from ocr.document_store.library_values import LibraryDocument
from ocr.document_store.text_index import LibraryHit
from ocr.errors import OutputError
from ocr.i18n import gettext
from ocr.web.locale.translation import Language, translate
from ocr.web.views.library_list import library_list

ARTICLE = LibraryDocument(12, "article.pdf", "application/pdf", "0" * 64, 3, "lightonai/LightOnOCR-2-1B", 100.5, 3, 0)


def test_library_list_tells_how_far_documents_were_read() -> None:
    partial = replace(ARTICLE, id=13, pages_read=2, pages_incomplete=1)
    whole, some = translate(library_list([ARTICLE, partial], (), None, None), Language.ENGLISH)["documents"]
    assert whole == {
        "id": 12, "thumbnail": "12/thumbnail?of=0000000000000000",
        "name": "article.pdf", "pages": "3 pages", "state": "", "model": "LightOnOCR-2-1B", "read_at": 100.5
    }  # fmt: skip
    assert (some["pages"], some["state"]) == ("2 of 3 pages", "1 incomplete")
    french = translate(library_list([partial], (), None, None), Language.FRENCH)["documents"][0]
    assert (french["pages"], french["state"]) == ("2 pages sur 3", "1 incomplète")


def test_library_list_shows_hits_and_what_there_is_to_know() -> None:
    value = library_list(
        [], [LibraryHit(12, 3, "lawn", "the ", " is")], gettext("Removed."), OutputError("Full.", "Do.")
    )
    assert value["hits"] == [
        {"document": 12, "page": 3, "label": "Page 3", "matched": "lawn", "before": "the ", "after": " is"}
    ]
    assert (value["notice"], value["limits"], value["problem"]) == ("Removed.", "", "Full. Do.")
    assert "FTS5" in library_list([], None, None, None)["limits"]
