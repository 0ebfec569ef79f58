"""Full-text search over the library's pages, by SQLite's FTS5 with its trigram tokenizer.

Trigrams find any part of a word in any script, as the search in an open document does.
"""

import re
import sqlite3
from dataclasses import dataclass

from ocr.document_store.page_values import parse_result
from ocr.encodable_text import encodable
from ocr.parsing.visible_text import visible_text

TOKENIZER = "trigram"
MIN_INDEXED_CHARS = 3
"""Characters of a trigram; shorter words are looked for in the texts themselves."""
MAX_QUERY_WORDS = 20
MAX_HITS = 100
"""Pages that a search returns, the best first."""
INDEX_SHARE = 5
"""Bytes that the index takes on the disk, its own copy of the text included, for each byte of text."""
CONTEXT_CHARS = 60
"""Characters shown on either side of what was found."""
SECURE_DELETE_VERSION = (3, 42)
"""SQLite whose index forgets what is deleted at once; an earlier one forgets when it is rewritten."""


@dataclass(frozen=True, slots=True)
class LibraryHit:
    """A page of the library that has the words."""

    document_id: int
    page: int
    matched: str
    """What stands on the page, in its own spelling; a search in the document finds it."""
    before: str
    after: str
    """The text around it."""


def open_index(connection: sqlite3.Connection) -> bool:
    """Make the index and add the pages that it lacks; False where this SQLite has no FTS5 with trigrams."""
    try:
        connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS page_text USING fts5 (text, tokenize = '{TOKENIZER}')")
        connection.execute("SELECT rowid FROM page_text LIMIT 1").fetchall()
    except sqlite3.OperationalError as error:
        if re.search(r"no such (module|tokenizer)", str(error)):
            return False
        raise
    if sqlite3.sqlite_version_info >= SECURE_DELETE_VERSION:
        connection.execute("INSERT INTO page_text (page_text, rank) VALUES ('secure-delete', 1)")
    missing = "SELECT id, result FROM pages WHERE id NOT IN (SELECT id FROM page_text_docsize)"
    for page_id, result in connection.execute(missing).fetchall():
        add_text(connection, page_id, _text_of(result))
    return True


def _text_of(result: str) -> str:
    """The text of a page's row; none of one that is damaged."""
    try:
        return encodable(visible_text(parse_result(result).markdown))
    except ValueError:
        return ""


def add_text(connection: sqlite3.Connection, page_id: int, text: str) -> None:
    """Index a page's text, in place of what it had before."""
    connection.execute("DELETE FROM page_text WHERE rowid = ?", (page_id,))
    connection.execute("INSERT INTO page_text (rowid, text) VALUES (?, ?)", (page_id, text))


def remove_texts(connection: sqlite3.Connection, document_id: int) -> None:
    """Remove a document's texts from the index, without remains."""
    of_document = "SELECT id FROM pages WHERE document_id = ?"
    connection.execute(f"DELETE FROM page_text WHERE rowid IN ({of_document})", (document_id,))
    if sqlite3.sqlite_version_info < SECURE_DELETE_VERSION:
        connection.execute("INSERT INTO page_text (page_text) VALUES ('optimize')")


def search_texts(connection: sqlite3.Connection, query: str) -> list[LibraryHit]:
    """The pages that have all words of the query, as parts of words too, in any case."""
    words = encodable(query).replace("\0", " ").split()[:MAX_QUERY_WORDS]
    indexed = [word for word in words if len(word) >= MIN_INDEXED_CHARS]
    conditions = ["documents.deleted_at IS NULL", *["text LIKE ? ESCAPE '\\'" for word in words if word not in indexed]]
    values = [f"%{_escape(word)}%" for word in words if word not in indexed]
    if indexed:
        conditions.append("page_text MATCH ?")
        values.append(" AND ".join('"{}"'.format(word.replace('"', '""')) for word in indexed))
    if not words:
        return []
    found = connection.execute(
        "SELECT document_id, number, text FROM page_text JOIN pages ON pages.id = page_text.rowid"
        f" JOIN documents ON documents.id = document_id WHERE {' AND '.join(conditions)}"
        f" ORDER BY {'rank' if indexed else 'read_at DESC, number'} LIMIT {MAX_HITS}",
        values,
    )
    return [_hit(document, number, text, words) for document, number, text in found]


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _hit(document_id: int, page: int, text: str, words: list[str]) -> LibraryHit:
    """The page with the whole query where it has that, else with its longest word."""
    lowered = text.lower()
    for wanted in (" ".join(words).lower(), *sorted(map(str.lower, words), key=len, reverse=True)):
        start = lowered.find(wanted)
        if start >= 0 and len(lowered) == len(text):
            end = start + len(wanted)
            before, after = text[max(0, start - CONTEXT_CHARS) : start], text[end : end + CONTEXT_CHARS]
            return LibraryHit(document_id, page, text[start:end], before, after)
    return LibraryHit(document_id, page, "", "", text[: 2 * CONTEXT_CHARS])
