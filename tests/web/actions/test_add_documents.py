from __future__ import annotations

import os
from pathlib import Path

import pytest
from pikepdf import Encryption
from PIL import Image

from ocr.documents.renderer import Renderer
from ocr.documents.source import DocumentSource
from ocr.documents.worker_tasks import DocumentLimits
from ocr.errors import DocumentTooLarge, NotADocument, PasswordRequired, UsageError, WrongPassword
from ocr.events import PageDone
from ocr.types import Finish, ImageSpec, PageId, PageResult
from ocr.web.actions import add_documents
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.actions.page_images import SessionImages
from ocr.web.actions.samples import SAMPLES, available_samples
from ocr.web.state.session import Session
from tests.documents.papers import pdf, text_page
from tests.web.conftest import LastingUploads


@pytest.mark.parametrize(
    "files",
    [
        None, "x", {}, [None], ["/etc/passwd"], [{"name": "a"}], [{"upload": 1}],
        [{"upload": "/etc/passwd", "name": "passwd"}], [{"upload": "https://example.com/a.pdf", "name": "a.pdf"}],
        [{"upload": "/uploads/../etc/passwd", "name": "x"}],
    ],
    ids=str,
)  # fmt: skip
def test_intake_opens_nothing_that_was_not_uploaded(files: object) -> None:
    """A path is taken only if the upload route wrote it, whatever the browser says."""
    assert add_documents.uploaded_files(files, LastingUploads("/uploads/1/a.pdf")) == []


def test_intake_keeps_the_name_the_visitor_gave() -> None:
    uploads = LastingUploads("/uploads/1/a.pdf")
    (given,) = add_documents.uploaded_files([{"upload": "/uploads/1/a.pdf", "name": "Ä b.pdf"}], uploads)
    assert (given.name, given.path) == ("Ä b.pdf", Path("/uploads/1/a.pdf"))


def test_intake_takes_a_file_once_however_often_it_is_named() -> None:
    """An event of 256 kB could name one upload thousands of times."""
    uploads = LastingUploads("/uploads/1/a.pdf", "/uploads/2/a.pdf")
    named = [{"upload": f"/uploads/{number}/a.pdf", "name": "a.pdf"} for number in (1, 2, 1, 1)]
    assert [given.path.parent.name for given in add_documents.uploaded_files(named, uploads)] == ["1", "2"]


def test_intake_makes_the_name_printable() -> None:
    """What a browser calls a file goes into pages and files: nothing in it moves the text around it, or breaks JSON."""
    (given,) = add_documents.uploaded_files([{"upload": "/u/a.pdf", "name": "a\ud800\u202efdp\n.exe"}], {"/u/a.pdf"})
    assert given.name == "a\\ud800\\u202efdp\\x0a.exe"


@pytest.mark.anyio
async def test_intake_takes_a_document(session: Session, renderer: Renderer, three_pages: Path) -> None:
    """A file becomes a document with its pages; the session's copy outlives the upload's."""
    upload = await add_documents.add_file(session, IncomingFile("my three.pdf", three_pages))
    await add_documents.open_upload(upload, session, renderer)
    assert upload.document is not None
    assert (upload.document.name, list(session.pages)) == ("my three.pdf", [PageId(0, n) for n in (1, 2, 3)])
    assert upload.path.parent == session.private


@pytest.mark.anyio
async def test_intake_refuses_more_pages_than_the_limit(session: Session, three_pages: Path) -> None:
    """Each of a document's pages takes a place on the screen, so all of them count."""
    with Renderer(workers=1, limits=DocumentLimits(max_pages=2)) as renderer:
        upload = await add_documents.add_file(session, IncomingFile("three.pdf", three_pages))
        await add_documents.open_upload(upload, session, renderer)
    assert isinstance(upload.problem, DocumentTooLarge)
    assert session.pages == {}


@pytest.mark.anyio
async def test_intake_keeps_what_is_wrong_beside_the_file(session: Session, renderer: Renderer, tmp_path: Path) -> None:
    """A file that is no document has its reason, and no pages."""
    path = tmp_path / "notes.pdf"
    path.write_text("not a PDF at all, only words")
    upload = await add_documents.add_file(session, IncomingFile("notes.pdf", path))
    await add_documents.open_upload(upload, session, renderer)
    assert isinstance(upload.problem, NotADocument)
    assert upload.problem.next_step
    assert session.pages == {}


@pytest.mark.anyio
async def test_intake_password(session: Session, renderer: Renderer, tmp_path: Path) -> None:
    """An encrypted file asks, says when the password is wrong, and opens with the right one."""
    path = pdf(tmp_path / "locked.pdf", text_page(1), encryption=Encryption(owner="boss", user="open sesame"))
    upload = await add_documents.add_file(session, IncomingFile("locked.pdf", path))
    await add_documents.open_upload(upload, session, renderer)
    assert isinstance(upload.problem, PasswordRequired)
    await add_documents.open_upload(upload, session, renderer, "wrong")
    assert isinstance(upload.problem, WrongPassword)
    await add_documents.open_upload(upload, session, renderer, "open sesame")
    assert upload.document is not None
    assert len(session.pages) == 1


@pytest.fixture
async def two(session: Session, renderer: Renderer, three_pages: Path, tmp_path: Path) -> Session:
    """A document of three pages and one of one."""
    for path in (three_pages, pdf(tmp_path / "one.pdf", text_page(1))):
        await add_documents.open_upload(
            await add_documents.add_file(session, IncomingFile(path.name, path)), session, renderer
        )
    return session


@pytest.mark.anyio
async def test_intake_range_applies_to_every_document(two: Session) -> None:
    """A document without such pages is left out, as long as another has some."""
    assert add_documents.select_to_read(two, "2-") == (PageId(0, 2), PageId(0, 3))
    assert add_documents.select_to_read(two, "") == (PageId(0, 1), PageId(0, 2), PageId(0, 3), PageId(1, 1))
    assert add_documents.select_to_read(two, "", {0: "1,3", 1: "1"}) == (PageId(0, 1), PageId(0, 3), PageId(1, 1))
    assert add_documents.select_to_read(two, "9", {0: "2"}) == (PageId(0, 2),)


@pytest.mark.anyio
@pytest.mark.parametrize("pages", ["7", "3-1", "x"])
async def test_intake_range_that_means_nothing(two: Session, pages: str) -> None:
    """It says what is wrong, with an example."""
    with pytest.raises(UsageError) as caught:
        add_documents.select_to_read(two, pages)
    assert caught.value.next_step


@pytest.mark.anyio
async def test_intake_reads_the_rest_first(two: Session) -> None:
    """Pages that have been read are asked for again only when none is left."""
    result = PageResult(1, 1, 1, "t", "t", (), Finish.STOP, None, 1, 1, 1.0)
    two.pages[PageId(0, 1)].apply(PageDone(PageId(0, 1), result))
    assert PageId(0, 1) not in add_documents.select_to_read(two, "")
    assert add_documents.select_to_read(two, "1") == (PageId(1, 1),)
    two.pages[PageId(1, 1)].apply(PageDone(PageId(1, 1), result))
    assert add_documents.select_to_read(two, "1") == (PageId(0, 1), PageId(1, 1))


def test_intake_nothing_to_read(session: Session) -> None:
    with pytest.raises(UsageError, match="no document"):
        add_documents.select_to_read(session, "")


def images(session: Session, renderer: Renderer, longest_side: int) -> DocumentSource:
    return DocumentSource(renderer, session.document, ImageSpec(longest_side), SessionImages(session))


@pytest.mark.anyio
async def test_pictures_are_rendered_and_written_once(two: Session, renderer: Renderer) -> None:
    """The second time the file is read; it lies in the folder that is served, and nowhere else."""
    page = PageId(0, 1)
    first = await images(two, renderer, 500).image(page)
    path = two.pictures[page].path
    written = path.stat().st_mtime_ns
    again = await images(two, renderer, 500).image(page)
    assert (again, path.stat().st_mtime_ns) == (first, written)
    assert path.parent == two.public
    assert max(first.width, first.height) == 500


@pytest.mark.anyio
async def test_pictures_remember_that_a_page_is_blank(session: Session, renderer: Renderer, tmp_path: Path) -> None:
    """What was found out of a page that is looked at holds when it is read: a blank one is not asked for."""
    Image.new("L", (400, 500), 255).save(tmp_path / "blank.png")
    upload = await add_documents.add_file(session, IncomingFile("blank.png", tmp_path / "blank.png"))
    await add_documents.open_upload(upload, session, renderer)
    source, page = images(session, renderer, 500), PageId(0, 1)
    assert await source.image(page) == await source.image(page)
    assert (await source.image(page)).blank


@pytest.mark.anyio
async def test_pictures_are_never_seen_half_written(two: Session, renderer: Renderer) -> None:
    """The run and the visitor may want the same page at once: whoever fetches the file gets all of it."""
    page = PageId(0, 1)
    await images(two, renderer, 500).image(page)
    path = two.pictures.pop(page).path
    with path.open("rb") as fetched:
        image = await images(two, renderer, 500).image(page)
        assert fetched.read() == image.data
        assert os.fstat(fetched.fileno()).st_nlink == 0  # replaced, not written over
    assert [file.name for file in two.public.iterdir()] == [path.name]


@pytest.mark.anyio
async def test_pictures_follow_the_models_size(two: Session, renderer: Renderer) -> None:
    """Another model wants other pixels: the page is rendered anew for it."""
    await images(two, renderer, 500).image(PageId(0, 1))
    image = await images(two, renderer, 700).image(PageId(0, 1))
    assert max(image.width, image.height) == 700


def test_samples_are_offered_only_where_they_lie() -> None:
    """What a button promises is there."""
    assert {sample.file for sample in available_samples()} == {
        sample.file for sample in SAMPLES if sample.path.is_file()
    }
