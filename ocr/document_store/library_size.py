"""The size of the library: documents read longest ago make room for others."""

from ocr.document_store.library_database import LibraryDatabase
from ocr.document_store.text_index import remove_texts
from ocr.errors import OutputError
from ocr.i18n import gettext

MEGABYTE = 1_000_000
_SIZES = (
    "SELECT id, CASE WHEN deleted_at IS NULL THEN name END, deleted_at,"
    " source_bytes + (SELECT coalesce(sum(bytes), 0) FROM pages WHERE document_id = documents.id)"
    " FROM documents ORDER BY deleted_at IS NOT NULL, read_at DESC, id DESC"
)
"""Those to stay longest first; what its user has deleted goes before all others."""


def make_room(database: LibraryDatabase, new: int, max_bytes: int, final_before: float) -> dict[int, str | None]:
    """Erase the documents read longest ago, down to the size allowed; the new one stays.

    Documents deleted after `final_before` (seconds since the epoch) stay too and are not counted: their deletion can
    still be undone, and no other document is lost for what is about to be erased.

    Returns the number and the name of each; None in place of the name of one that its user had deleted.

    Raises:
        OutputError: the new one alone is larger.
    """
    rows = [
        (number, name, size)
        for number, name, deleted_at, size in database.connection.execute(_SIZES)
        if number == new or deleted_at is None or deleted_at <= final_before
    ]
    total = next(size for number, _, size in rows if number == new)
    if total > max_bytes:
        raise OutputError(
            gettext("The document is larger than the library may be, {limit:,} MB.", limit=max_bytes // MEGABYTE),
            "Start Pagelight with a larger --library-mb.",
        )
    erased: dict[int, str | None] = {}
    for number, name, size in rows:
        total += size if number != new else 0
        if total > max_bytes and number != new:
            erase(database, number)
            erased[number] = name
    return erased


def erase(database: LibraryDatabase, number: int) -> None:
    """Delete a document's rows and texts."""
    if database.full_text:
        remove_texts(database.connection, number)
    database.connection.execute("DELETE FROM documents WHERE id = ?", (number,))
