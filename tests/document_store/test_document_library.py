"""The library: what is kept stays, what is deleted is gone, whatever happens to the process, the file or the disk."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.config.read_request import ReadRequest
from ocr.document_store import document_library, library_database, library_size, page_storage, text_index
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_values import EndedPage
from ocr.errors import OutputError, UsageError
from ocr.page_words import PageCheck, PlacedWord, WordSource
from ocr.types import Finish
from tests.conftest import ROOT
from tests.document_store.keeping import MODEL, given, keep, page

LIMIT = 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def library(folder: Path) -> Iterator[DocumentLibrary]:
    library = DocumentLibrary(folder, LIMIT)
    yield library
    library.close()


def reopened(folder: Path) -> DocumentLibrary:
    return DocumentLibrary(folder, LIMIT)


def names(library: DocumentLibrary) -> list[str]:
    return [document.name for document in library.documents()]


def remains(folder: Path, text: str) -> list[Path]:
    """Files in which these bytes stand, in any case."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.lower().encode() in path.read_bytes().lower()]


def test_library_keeps_how_a_page_compares_with_its_words(tmp_path: Path, library: DocumentLibrary) -> None:
    """Beside its result, while that has the same text; what it takes counts."""
    kept = keep(library, given(tmp_path / "a.pdf", "a"), "One")
    before = library.pages(kept.id)[0].result
    check = PageCheck(WordSource.TESSERACT, 1, 1, 1, 1)
    compared = replace(before, words=(PlacedWord("One", 0, 3, ((1, 2, 3, 4.5),)),), check=check)
    library.keep_check(kept, replace(compared, markdown="Two"))
    library.keep_check(replace(kept, generation=kept.generation + 1), compared)
    library.keep_check(replace(kept, id=kept.id + 1), compared)
    assert library.pages(kept.id)[0].result == before
    with closing(sqlite3.connect(library.folder / library_database.DATABASE)) as database:
        other_bytes = "SELECT bytes - length(CAST(result AS BLOB)) FROM pages"
        others = database.execute(other_bytes).fetchall()
        library.keep_check(kept, compared)
        assert library.pages(kept.id)[0].result == compared
        assert database.execute(other_bytes).fetchall() == others


def test_library_keeps_documents_over_a_restart(tmp_path: Path, folder: Path) -> None:
    """Name, pages, model and results are there again, and the file itself; the one read last comes first."""
    first = DocumentLibrary(folder, LIMIT)
    letter = given(tmp_path / "letter.pdf", "the letter's file")
    keep(first, letter, "Dear all,")
    kept = keep(first, given(tmp_path / "paper.pdf", "a paper", pages=2), "One", "Two")
    first.close()
    letter.path.unlink()
    again = reopened(folder)
    paper, other = again.documents()
    assert (paper.id, paper.name, paper.page_count, paper.model) == (kept.id, "paper.pdf", 2, MODEL)
    assert (paper.pages_read, paper.pages_incomplete) == (2, 0)
    assert (other.name, other.pages_read) == ("letter.pdf", 1)
    assert again.pages(other.id)[0].result == page(1, "Dear all,").result
    assert again.file(other.id).read_text() == "the letter's file"
    assert again.document(99) is None
    again.close()


def test_library_keeps_figures_and_requests(tmp_path: Path, library: DocumentLibrary) -> None:
    """A page's pictures are copied, and it is known how it was asked for; passwords are not kept."""
    picture = tmp_path / "figure.png"
    picture.write_bytes(b"picture")
    request = ReadRequest(model=MODEL, temperature=0.5, password="secret")
    gone = tmp_path / "gone.png"
    ended = EndedPage(page(1, "One").result, MODEL, request, {"figures/page-1-1.png": picture, "figures/gone": gone})
    kept = library.keep(given(tmp_path / "a.pdf", "a"), ended)
    assert kept
    picture.unlink()
    (stored,) = library.pages(kept.id)
    assert stored.request == replace(request, password="")
    assert {name: path.read_bytes() for name, path in stored.figures.items()} == {"figures/page-1-1.png": b"picture"}


def test_library_has_a_file_once(tmp_path: Path, library: DocumentLibrary) -> None:
    """The same file read again is the same document, with its latest name and text; a failure loses no text."""
    first = keep(library, given(tmp_path / "a.pdf", "same"), "old words")
    again = given(tmp_path / "b.pdf", "same")
    assert library.keep(again, page(1, "new words")) == first
    assert library.keep(again, page(1, "half", Finish.CANCELLED)) == first
    assert names(library) == ["b.pdf"]
    assert [one.result.markdown for one in library.pages(first.id)] == ["new words"]
    assert (library.search("old words"), [hit.page for hit in library.search("new words") or ()]) == ([], [1])


def test_library_says_which_pages_are_incomplete(tmp_path: Path, library: DocumentLibrary) -> None:
    document = given(tmp_path / "a.pdf", "a")
    kept = library.keep(document, page(1, "All"))
    library.keep(document, page(2, "Ha", Finish.LENGTH), kept)
    (listed,) = library.documents()
    assert (listed.page_count, listed.pages_read, listed.pages_incomplete) == (3, 2, 1)


def test_library_counts_corrected_pages(tmp_path: Path, library: DocumentLibrary) -> None:
    """Of each document with any; a text that reads like the mark of one is none."""
    first, second = given(tmp_path / "a.pdf", "a"), given(tmp_path / "b.pdf", "b")
    kept = keep(library, first, "one", "two", "three")
    keep(library, second, '{"corrected": true}')
    for number in (1, 3):
        result = replace(page(number, "right").result, corrected=True)
        library.keep(first, replace(page(number, "right"), result=result), kept)
    assert library.corrected_counts() == {kept.id: 2}


def test_library_deletion_leaves_nothing(tmp_path: Path, folder: Path, library: DocumentLibrary) -> None:
    """Neither its rows nor its words in the index, the log or free pages, nor its file; others stay."""
    kept = keep(library, given(tmp_path / "secret.pdf", "filecontent"), "Xylophonist wanted", "Quincunx")
    library.keep(given(tmp_path / "secret.pdf", "filecontent"), page(2, "Zeppelin"), kept)
    keep(library, given(tmp_path / "other.pdf", "other"), "Harmless")
    assert remains(folder, "xylophonist")
    library.delete(kept.id)
    assert names(library) == ["other.pdf"]
    assert library.search("Xylophonist") == []
    library.purge(0.0)
    for text in ("xylophonist", "quincunx", "zeppelin", "filecontent", "secret.pdf"):
        assert remains(folder, text) == [], text
    assert not library.file(kept.id).parent.exists()
    assert terms(folder).isdisjoint({"xyl", "qui", "zep"})
    assert [hit.matched for hit in library.search("harmless") or ()] == ["Harmless"]


def terms(folder: Path) -> set[str]:
    """The trigrams of the index."""
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, page_text, row)")
        return {term for (term,) in connection.execute("SELECT term FROM terms")}


def test_library_deletion_can_be_undone_until_it_is_final(tmp_path: Path, library: DocumentLibrary) -> None:
    document = given(tmp_path / "a.pdf", "a")
    kept = keep(library, document, "One")
    library.delete(kept.id)
    library.purge(3600.0)  # too early
    assert library.keep(document, page(2, "Two"), kept) == kept  # its reading goes on
    library.undo(kept.id)
    assert [one.pages_read for one in library.documents()] == [2]
    library.delete(kept.id)
    library.purge(0.0)
    library.undo(kept.id)
    assert names(library) == []


def test_library_deleted_document_does_not_return(tmp_path: Path, library: DocumentLibrary) -> None:
    """Not by a page of the reading that goes on; only if somebody reads it once more, as another document."""
    document = given(tmp_path / "a.pdf", "a")
    kept = keep(library, document, "One")
    library.delete(kept.id)
    fresh = library.keep(document, page(1, "Read anew"))
    assert fresh
    assert fresh.id != kept.id
    library.undo(kept.id)  # the file has a document again
    assert [one.id for one in library.documents()] == [fresh.id]
    library.purge(0.0)
    assert library.keep(document, page(2, "Two"), kept) is None
    assert [one.id for one in library.documents()] == [fresh.id]


def test_library_deletion_of_a_killed_program_becomes_final(tmp_path: Path, folder: Path) -> None:
    """The next program that opens the library does it, once the deletion can no longer be undone."""
    library = reopened(folder)
    kept = keep(library, given(tmp_path / "a.pdf", "a"), "Xylophone")
    library.delete(kept.id)
    library.close()
    make_deletions_final(folder)
    again = reopened(folder)
    assert again.documents() == []
    assert remains(folder, "xylophone") == []
    again.close()


def make_deletions_final(folder: Path) -> None:
    """Let the time pass in which they can be undone."""
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection, connection:
        connection.execute("UPDATE documents SET deleted_at = deleted_at - ?", (document_library.UNDO_S,))


def test_library_is_bounded(tmp_path: Path, folder: Path) -> None:
    """The documents read longest ago go first, which is said; one that is too large alone is not kept."""
    library = DocumentLibrary(folder, 10_000)
    for name in ("a", "b", "c"):
        keep(library, given(tmp_path / f"{name}.pdf", name * 4000), f"word {name}")
        assert (library.notices.text is None) == (name != "c")
    assert names(library) == ["c.pdf", "b.pdf"]
    assert library.notices.text and "a.pdf" in library.notices.text
    assert remains(folder, "word a") == []
    library.notices.clear()
    assert library.notices.text is None
    with pytest.raises(OutputError, match="--library-mb"):
        keep(library, given(tmp_path / "d.pdf", "d" * 20_000), "word d")
    assert names(library) == ["c.pdf", "b.pdf"]
    assert len(list((folder / library_database.DOCUMENTS).iterdir())) == 2
    library.close()


def test_library_makes_room_of_deleted_documents_first(tmp_path: Path, folder: Path) -> None:
    """They go before those that are still wanted, and nothing is said of them: their user knows."""
    library = DocumentLibrary(folder, 10_000)
    keep(library, given(tmp_path / "a.pdf", "a" * 4000), "One")
    deleted = keep(library, given(tmp_path / "b.pdf", "b" * 4000), "Two")
    library.delete(deleted.id)
    make_deletions_final(folder)
    keep(library, given(tmp_path / "c.pdf", "c" * 4000), "Three")
    assert names(library) == ["c.pdf", "a.pdf"]
    assert library.notices.text is None
    assert not library.file(deleted.id).exists()
    library.close()


def test_library_that_is_full_lets_a_deletion_be_undone(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the document deleted just now makes room for a new one, nor another in its stead."""
    monkeypatch.setattr(document_library, "UNDO_S", 3600.0)  # however slow this machine is
    library = DocumentLibrary(folder, 10_000)
    keep(library, given(tmp_path / "a.pdf", "a" * 4000), "One")
    deleted = keep(library, given(tmp_path / "b.pdf", "b" * 4000), "Two")
    library.delete(deleted.id)
    keep(library, given(tmp_path / "c.pdf", "c" * 4000), "Three")
    assert names(library) == ["c.pdf", "a.pdf"]
    library.undo(deleted.id)
    assert names(library) == ["c.pdf", "b.pdf", "a.pdf"]
    library.close()


def test_library_counts_the_index(tmp_path: Path, folder: Path) -> None:
    """What a text takes in it, which is more than the text itself."""
    library = DocumentLibrary(folder, 100_000)
    keep(library, given(tmp_path / "a.pdf", "a"), "word " * 1000)
    with pytest.raises(OutputError, match="--library-mb"):
        library.keep(given(tmp_path / "b.pdf", "b"), page(1, "word " * 2500))
    library.close()


def test_library_that_refuses_a_page_says_so(tmp_path: Path, folder: Path, library: DocumentLibrary) -> None:
    """Whatever SQLite's reason, it is an error of the library."""
    library.documents()
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection, connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON pages BEGIN SELECT RAISE(ABORT, 'not today'); END")
    with pytest.raises(OutputError, match="not today"):
        library.keep(given(tmp_path / "a.pdf", "a"), page(1, "One"))


def test_library_searches_all_texts(tmp_path: Path, library: DocumentLibrary) -> None:
    """Parts of words too, in any case and script; all words of the query are on the page."""
    kept = keep(library, given(tmp_path / "a.pdf", "a"), "The **Moonlit** meadow, <b>ÉTÉ</b>", "漢字の文書 and meadow")
    pages = [(hit.document_id, hit.page) for hit in library.search("meadow") or ()]
    assert sorted(pages) == [(kept.id, 1), (kept.id, 2)]
    (hit,) = library.search("été moonlit") or ()
    assert (hit.page, hit.matched, hit.before) == (1, "Moonlit", "The ")
    (hit,) = library.search("moonlit MEADOW") or ()
    assert hit.matched == "Moonlit meadow"
    assert [hit.matched for hit in library.search("文書") or ()] == ["文書"]
    for nothing in ("moonlit 漢字", "", "  ", '"', "100%", "_"):
        assert library.search(nothing) == []


def test_library_searches_for_whatever_is_typed(library: DocumentLibrary) -> None:
    """A NUL, which ends a query of SQLite, and half of a character beyond the basic plane."""
    for query in ("abc\0def", "\0", "abc\ud800", '"abc', "AND OR"):
        assert library.search(query) == []


def test_library_keeps_what_utf8_cannot_encode(tmp_path: Path, library: DocumentLibrary) -> None:
    """A model may write half of such a character, and a file's name may have any bytes."""
    document = replace(given(tmp_path / "a.pdf", "a"), name="caf\udce9.pdf")
    keep(library, document, "broken \ud83d here")
    assert names(library) == ["caf?.pdf"]
    assert [hit.before for hit in library.search("here") or ()] == ["broken ? "]


def test_library_with_a_damaged_page_shows_the_others(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has failed, and says so; where an index of the texts is yet to be made, it has none."""
    monkeypatch.setattr(text_index, "TOKENIZER", "none_such")
    library = reopened(folder)
    document = given(tmp_path / "a.pdf", "a")
    kept = keep(library, document, "One", "Two", "Three", "Four", "Five")
    library.close()
    monkeypatch.undo()
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection, connection:
        connection.execute("UPDATE pages SET result = '{}' WHERE number = 2")
        connection.execute("UPDATE pages SET request = '[]' WHERE number = 3")
        connection.executemany("UPDATE pages SET figures = ? WHERE number = ?", [('{"x": 1}', 4), ("[]", 5)])
    again = reopened(folder)
    pages = again.pages(kept.id)
    assert [(one.result.number, one.result.finish) for one in pages] == [
        (1, Finish.STOP), *((number, Finish.FAILED) for number in (2, 3, 4, 5))
    ]  # fmt: skip
    assert "Read the page again" in (pages[1].result.error or "")
    assert [hit.page for hit in again.search("One") or ()] == [1]
    again.keep_check(kept, page(2, "Two").result)  # there is no such text any more
    for number in (2, 3, 4, 5):
        again.keep(document, page(number, "Read again"))
    assert {one.result.markdown for one in again.pages(kept.id)} == {"One", "Read again"}
    again.close()


def test_library_lists_without_reading_texts(library: DocumentLibrary) -> None:
    """Its list is asked for every few seconds, its size with each page that is kept."""
    library.documents()
    assert library._database
    for query in (document_library._LIST.format(""), library_size._SIZES):
        plan = library._database.connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert any("pages USING COVERING INDEX pages_listed" in line for *_, line in plan), plan


def test_library_without_full_text_search(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python whose SQLite lacks FTS5 keeps and lists; another one later finds those pages too."""
    monkeypatch.setattr(text_index, "TOKENIZER", "none_such")
    library = reopened(folder)
    kept = keep(library, given(tmp_path / "a.pdf", "a"), "Meadow")
    assert (library.search("meadow"), names(library)) == (None, ["a.pdf"])
    library.delete(kept.id)
    library.undo(kept.id)
    library.close()
    monkeypatch.undo()
    again = reopened(folder)
    assert [hit.matched for hit in again.search("meadow") or ()] == ["Meadow"]
    again.close()


def test_library_is_written_by_several_at_once(tmp_path: Path, folder: Path) -> None:
    """Two writers that wait for each other lose nothing, and each sees what the other has done."""
    libraries = [reopened(folder), reopened(folder)]
    before = libraries[0].version()

    def write(number: int) -> None:
        for count in range(5):
            keep(libraries[number], given(tmp_path / f"{number}-{count}.pdf", f"{number} {count}"), "One", "Two")

    threads = [threading.Thread(target=write, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(libraries[0])) == 10
    assert names(libraries[0]) == names(libraries[1])
    now = libraries[0].version()
    assert now not in (before, libraries[1].version())
    assert libraries[0].version() == now
    libraries[1].delete(libraries[1].documents()[0].id)
    assert libraries[0].version() != now
    for library in libraries:
        library.close()


@pytest.mark.parametrize("damage", ["start", "everywhere", "no database"])
def test_library_that_is_damaged_is_set_aside(damage: str, tmp_path: Path, folder: Path) -> None:
    """Nothing is thrown away: it lies beside the new one, and that is said."""
    library = reopened(folder)
    keep(library, given(tmp_path / "a.pdf", "the file"), *(f"word {number} " * 500 for number in range(10)))
    library.close()
    path = folder / library_database.DATABASE
    content = bytearray(path.read_bytes())
    if damage == "start":
        content[:16] = bytes(16)
    elif damage == "everywhere":
        content[100:] = os.urandom(len(content) - 100)
    path.write_bytes(b"Not a database at all" * 500 if damage == "no database" else content)
    again = reopened(folder)
    keep(again, given(tmp_path / "b.pdf", "b"), "One")
    assert names(again) == ["b.pdf"]
    assert again.notices.text and "damaged" in again.notices.text
    (aside,) = folder.glob("damaged-*")
    assert (aside / library_database.DOCUMENTS / "1" / page_storage.SOURCE).read_text() == "the file"
    again.close()


def test_library_that_is_damaged_while_it_is_open(tmp_path: Path, folder: Path, library: DocumentLibrary) -> None:
    """A reading that goes on is kept in the new one from then on, and so it is for another process."""
    other = reopened(folder)
    document = given(tmp_path / "a.pdf", "a")
    kept = keep(library, document, *(f"word {number} " * 500 for number in range(10)))
    assert len(names(other)) == 1
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection:
        library_database.erase_log(connection)
    path = folder / library_database.DATABASE
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(len(content) - 100))
    fresh = library.keep(document, page(11, "Goes on"), kept)
    assert fresh
    assert fresh != kept
    assert [one.result.markdown for one in library.pages(fresh.id)] == ["Goes on"]
    assert [one.pages_read for one in other.documents()] == [1]
    other.close()


def test_library_of_a_newer_version_is_left_alone(folder: Path) -> None:
    library = reopened(folder)
    assert library.documents() == []
    library.close()
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    again = reopened(folder)
    with pytest.raises(OutputError, match="newer version"):
        again.documents()
    again.close()
    assert not list(folder.glob("damaged-*"))


def test_library_migrates_a_file_of_an_older_version(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds stays."""
    library = reopened(folder)
    keep(library, given(tmp_path / "a.pdf", "a"), "One")
    library.close()
    added = (
        *library_database.MIGRATIONS,
        "ALTER TABLE documents ADD COLUMN note TEXT; UPDATE documents SET note = 'x'",
    )
    monkeypatch.setattr(library_database, "MIGRATIONS", added)
    again = reopened(folder)
    assert names(again) == ["a.pdf"]
    again.close()
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection:
        assert connection.execute("SELECT note FROM documents").fetchall() == [("x",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(added),)


def test_library_on_a_full_disk(tmp_path: Path, library: DocumentLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be kept is said; what had been kept stays, and it goes on when there is room again."""
    keep(library, given(tmp_path / "a.pdf", "a"), "One")
    monkeypatch.setattr(page_storage, "RESERVE_BYTES", 2**62)
    with pytest.raises(OutputError, match="nearly full"):
        library.keep(given(tmp_path / "b.pdf", "b"), page(1, "Two"))
    monkeypatch.undo()
    assert names(library) == ["a.pdf"]
    keep(library, given(tmp_path / "b.pdf", "b"), "Two")
    assert names(library) == ["b.pdf", "a.pdf"]


def test_library_on_a_disk_without_any_room(tmp_path: Path, full_disk: Path) -> None:
    library = DocumentLibrary(full_disk / "library", LIMIT)
    with pytest.raises(OutputError, match="cannot be used"):
        library.keep(given(tmp_path / "b.pdf", "b"), page(1, "Two"))
    library.close()


def test_library_whose_folder_is_deleted_begins_anew(tmp_path: Path, folder: Path, library: DocumentLibrary) -> None:
    """As by a user who wants to be rid of it while the program runs."""
    document = given(tmp_path / "a.pdf", "a")
    kept = keep(library, document, "One")
    folder.rename(tmp_path / "away")
    assert names(library) == []
    fresh = library.keep(document, page(2, "Two"), kept)
    assert fresh
    assert [one.result.number for one in library.pages(fresh.id)] == [2]


@pytest.mark.parametrize("there", [False, True], ids=["new", "there before"])
def test_library_is_for_its_user_alone(there: bool, tmp_path: Path, folder: Path) -> None:
    """All that it makes in its folder, also in one that others may look into."""
    if there:
        folder.mkdir(mode=0o755)
        (folder / library_database.DOCUMENTS).mkdir(mode=0o755)
        (folder / library_database.DATABASE).touch(mode=0o644)
    library = DocumentLibrary(folder, LIMIT)
    picture = tmp_path / "figure.png"
    picture.write_bytes(b"picture")
    ended = replace(page(1, "One"), figures={"figures/page-1-1.png": picture})
    library.keep(given(tmp_path / "a.pdf", "a"), ended)
    made = [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]
    library.close()
    assert made == []
    (folder / library_database.DATABASE).chmod(0o644)  # as a backup may bring it back
    library = DocumentLibrary(folder, LIMIT)
    assert len(library.documents()) == 1
    made = [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]
    library.close()
    assert made == []
    assert folder.stat().st_mode & 0o777 == (0o755 if there else 0o700)


def test_library_deletes_no_files_of_others(tmp_path: Path, folder: Path) -> None:
    """Folders of documents that it does not know go; what it has not made stays, whatever its name."""
    library = reopened(folder)
    kept = keep(library, given(tmp_path / "a.pdf", "a"), "One")
    library.close()
    mine = [
        folder / "documents" / "1", *(folder / library_database.DOCUMENTS / name for name in ("taxes", "007", "\u0663"))
    ]  # fmt: skip
    lost = folder / library_database.DOCUMENTS / "99"
    for path in (*mine, lost):
        path.mkdir(parents=True)
        (path / "file").write_text("mine")
    again = reopened(folder)
    assert [one.id for one in again.documents()] == [kept.id]
    again.close()
    assert [(path / "file").read_text() for path in mine] == ["mine"] * len(mine)
    assert not lost.exists()


def test_library_refuses_a_folder_of_other_files(tmp_path: Path) -> None:
    """Such as a home folder; hidden files alone make none."""
    (tmp_path / ".DS_Store").touch()
    library = DocumentLibrary(tmp_path, LIMIT)
    assert library.documents() == []
    library.close()
    home = tmp_path / "home"
    (home / "documents" / "taxes").mkdir(parents=True)
    with pytest.raises(UsageError, match="--library-dir"):
        DocumentLibrary(home, LIMIT)
    assert [path.name for path in home.rglob("*")] == ["documents", "taxes"]


def test_library_leaves_the_database_of_another_program_alone(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / library_database.DATABASE)) as connection:
        connection.execute("CREATE TABLE songs (title)")
    path = folder / library_database.DATABASE
    path.chmod(0o644)
    before = path.read_bytes()
    library = reopened(folder)
    with pytest.raises(OutputError, match="no library of Pagelight"):
        library.documents()
    library.close()
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("steps", [2, 13])
def test_library_of_a_killed_program(steps: int, tmp_path: Path, folder: Path) -> None:
    """Killed while it keeps and deletes: what it said it had kept is there, what it had deleted is not."""
    command = [sys.executable, "-m", "tests.document_store.keeping", tmp_path, "k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout
        lines = [program.stdout.readline() for _ in range(steps)]
        program.send_signal(signal.SIGKILL)
        lines += program.stdout.readlines()
    check_after_kill(folder, lines)


def check_after_kill(folder: Path, lines: list[str]) -> None:
    """Compare the library with what a killed program had said, line by line."""
    said = [line.split() for line in lines if line.endswith("\n")]
    assert said, "the program has not begun"
    deleted = {words[2] for words in said if words[0] != "kept"}
    library = reopened(folder)
    there = {document.name.removesuffix(".pdf"): document for document in library.documents()}
    assert deleted.isdisjoint(there)
    last = said[-1][2]
    for words in said:
        if words[0] == "kept" and words[2] not in deleted:
            name, number = words[2], int(words[3])
            if name not in there:
                assert name == last, "deleted in the moment before it could say so"
                continue
            document = there[name]
            assert number in [one.result.number for one in library.pages(document.id)]
            assert library.file(document.id).read_text() == f"file {name}"
            assert [(hit.document_id, hit.page) for hit in library.search(f"word{name}x{number}") or ()] == [
                (document.id, number)
            ]
    library.purge(0.0)
    folders = {path.name for path in (folder / library_database.DOCUMENTS).iterdir()}
    assert folders == {str(document.id) for document in there.values()}
    for name in deleted:
        assert remains(folder, f"word{name}x") == []
    library.close()
