"""Documents are opened and told apart, pages rendered and encoded, in worker processes that may die."""

import asyncio
import hashlib
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import psutil
import pytest
from PIL import Image

from ocr.documents.renderer import Renderer, default_workers, worker_bytes
from ocr.documents.worker_tasks import DocumentLimits
from ocr.errors import (
    DamagedDocument,
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    NotADocument,
    PageError,
    PageTooLarge,
    PasswordRequired,
    RendererDied,
    RenderFailed,
    RenderTimeout,
    WrongPassword,
)
from tests.documents.papers import black_png, drawing, jpeg, pdf, photo, scan_pdf, scans_pdf, slow_pdf, text_page
from tests.web.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


async def test_open_tells_what_a_document_is(renderer: Renderer, tmp_path: Path) -> None:
    """Type from the content, not from the name; pages, digest, and the name the user knows."""
    path = pdf(tmp_path / "upload.png", text_page(1), text_page(2))
    document = await renderer.open(path, name="Contract.pdf")
    assert (document.path, document.name) == (path, "Contract.pdf")
    assert (document.media_type, document.pages) == ("application/pdf", 2)
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


async def test_open_takes_relative_paths(renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to where the app is now, not to where the worker was started."""
    pdf(tmp_path / "here.pdf", text_page(1))
    monkeypatch.chdir(tmp_path)
    document = await renderer.open(Path("here.pdf"))
    assert (document.name, document.path.is_absolute()) == ("here.pdf", True)
    assert (await renderer.render(document, 1, 200)).height == 200


async def test_open_makes_the_name_printable(renderer: Renderer, tmp_path: Path) -> None:
    """Also in what is said of it; the file itself is found under the name it has."""
    path = pdf(tmp_path / os.fsdecode(b"caf\xe9\n\x1b.pdf"), text_page(1))
    document = await renderer.open(path)
    assert (document.name, document.path) == ("caf\\xe9\\x0a\\x1b.pdf", path)
    assert (await renderer.render(document, 1, 200)).height == 200
    with pytest.raises(DocumentError) as caught:
        await renderer.open(tmp_path / "no\x1b.pdf")
    assert "no\\x1b.pdf" in caught.value.message


@pytest.mark.parametrize(
    ("cores", "memory_gib", "workers", "each_gib"),
    [(128, 512, 8, 32), (2, 8, 2, 2), (16, 4, 2, 1), (1, 0.5, 1, 1), (4, None, 4, 2)],
)
def test_workers_and_their_memory_fit_the_machine(
    cores: int, memory_gib: float | None, workers: int, each_gib: int
) -> None:
    """At most eight; half of the memory is shared by them, and each has what a page needs."""
    memory = None if memory_gib is None else int(memory_gib * 1024**3)
    assert default_workers(cores, memory) == workers
    assert worker_bytes(workers, memory) == each_gib * 1024**3


def test_renderer_fits_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a large machine it has eight processes, in a small container one, which may take half of the memory."""
    for available_cores, memory_gib, workers, each_gib in ((128, 8, 4, 1), (128, 512, 8, 2), (1, 3, 1, 1.5)):
        monkeypatch.setattr("ocr.documents.renderer.cores", lambda count=available_cores: count)
        monkeypatch.setattr("ocr.documents.renderer.memory_bytes", lambda gib=memory_gib: gib * 1024**3)
        with Renderer() as renderer:
            assert len(renderer._pool._workers) == workers
            assert renderer._limits.max_memory == each_gib * 1024**3


NOT_DOCUMENTS = {
    "page.pdf": (b"<!DOCTYPE html>\n<title>Log in</title>", NotADocument, "web page"),
    "bom.pdf": (b"\xef\xbb\xbf\r\n <HTML>", NotADocument, "web page"),
    "letter.docx": (b"PK\x03\x04\x14\0", NotADocument, "ZIP archive or an Office document"),
    "letter.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NotADocument, "old Office document"),
    "notes.txt": ("Grüße\n".encode() * 300, NotADocument, "plain text"),
    "bm.txt": (b"BMW is a make of cars.", NotADocument, "plain text"),
    "noise.pdf": (bytes(range(1, 256)) * 8, NotADocument, "neither a PDF nor an image"),
    "empty.pdf": (b"", EmptyDocument, "is empty"),
    "head.pdf": (b"%PDF-1.7\n", DamagedDocument, "cannot be parsed"),
    "head.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", DamagedDocument, "head.png"),
    "head.jpg": (b"\xff\xd8\xff\xe0junk", DamagedDocument, "head.jpg"),
    "head.tif": (b"II*\0\x08\0\0\0", DamagedDocument, "head.tif"),
    "head.gif": (b"GIF89a", DamagedDocument, "head.gif"),
    "head.webp": (b"RIFF\0\0\0\0WEBPVP8 ", DamagedDocument, "head.webp"),
    "head.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", DamagedDocument, "head.heic"),
    "head.bmp": (b"BM" + bytes(40), DamagedDocument, "head.bmp"),
}


@pytest.mark.parametrize("name", NOT_DOCUMENTS)
async def test_open_refuses_what_is_no_document(renderer: Renderer, tmp_path: Path, name: str) -> None:
    """Each with its own error, a next step, and not a word of where the file lies."""
    content, kind, words = NOT_DOCUMENTS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(kind, match=words) as caught:
        await renderer.open(tmp_path / name)
    assert name in caught.value.message
    assert caught.value.next_step
    assert str(tmp_path) not in str(caught.value)


async def test_open_refuses_what_is_no_file(renderer: Renderer, tmp_path: Path) -> None:
    """Missing, a folder, a pipe, an impossible path: refused without waiting for it."""
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "missing.pdf", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path / ("x" * 300), "too long"),
        (tmp_path / "a\0b", "null"),
    ):
        with pytest.raises(DocumentError, match=words):
            await renderer.open(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
async def test_open_refuses_an_unreadable_file(renderer: Renderer, tmp_path: Path) -> None:
    """The permission is named."""
    path = pdf(tmp_path / "secret.pdf", text_page(1))
    path.chmod(0)
    with pytest.raises(DocumentError, match="Permission denied"):
        await renderer.open(path)


async def test_open_refuses_a_pdf_without_pages(renderer: Renderer, tmp_path: Path) -> None:
    """A valid structure around nothing is not called damaged, nor encrypted because the one before was."""
    locked = pdf(tmp_path / "locked.pdf", text_page(1), encryption=pikepdf.Encryption(user="a", owner="b"))
    with pytest.raises(PasswordRequired):
        await renderer.open(locked)
    with pytest.raises(EmptyDocument, match="no pages"):
        await renderer.open(pdf(tmp_path / "zero.pdf"))


async def test_open_refuses_more_than_the_limits(tmp_path: Path) -> None:
    """Of bytes, with the figures and the option that raises them."""
    path = pdf(tmp_path / "long.pdf", text_page(1))
    with Renderer(workers=1, limits=DocumentLimits(max_bytes=100_000)) as renderer:
        assert (await renderer.open(path)).pages == 1
        with path.open("ab") as file:
            file.write(bytes(200_000))
        with pytest.raises(DocumentTooLarge, match=r"0\.2 MB; the limit is 0\.1 MB.*--max-file-mb"):
            await renderer.open(path)


async def test_select_counts_the_pages_asked_for(tmp_path: Path) -> None:
    """A document of more pages than the limit can be read in parts."""
    path = pdf(tmp_path / "long.pdf", *[text_page(number) for number in range(1, 5)])
    with Renderer(workers=1, limits=DocumentLimits(max_pages=3)) as renderer:
        document = await renderer.open(path)
        assert renderer.select(document, "2-") == (2, 3, 4)
        for pages, words in ((None, "has 4 pages; the limit is 3"), ("", "has 4 pages"), ("1-9", "4 pages of")):
            with pytest.raises(DocumentTooLarge, match=f"{words}.*--max-pages"):
                renderer.select(document, pages)


async def test_open_gives_up_in_time(tmp_path: Path) -> None:
    """What takes longer than the limit to open says so, and which option gives it more."""
    path = pdf(tmp_path / "long.pdf", text_page(1))
    os.truncate(path, 400_000_000)  # it takes a while to tell its digest
    with (
        Renderer(workers=1, limits=DocumentLimits(max_seconds=0.01)) as renderer,
        pytest.raises(DamagedDocument, match="--render-timeout"),
    ):
        await renderer.open(path)


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
async def test_open_asks_for_the_password(renderer: Renderer, tmp_path: Path, revision: int) -> None:
    """None given and a wrong one are told apart, in every encryption from RC4 to AES-256; the right one renders."""
    modern = revision >= 4
    locked = pikepdf.Encryption(user="Geheim é", owner="owner", R=revision, aes=modern, metadata=modern)  # type: ignore[arg-type]
    path = pdf(tmp_path / "locked.pdf", text_page(1), encryption=locked)
    for missing in (None, ""):
        with pytest.raises(PasswordRequired, match=r"locked\.pdf is encrypted"):
            await renderer.open(path, password=missing)
    with pytest.raises(WrongPassword, match=r"locked\.pdf"):
        await renderer.open(path, password="geheim é")
    document = await renderer.open(path, password="Geheim é")
    assert "Geheim" not in repr(document)
    assert (await renderer.render(document, 1, 300)).height == 300
    with pytest.raises(PasswordRequired):
        await renderer.render(replace(document, password=None), 1, 300)


async def test_open_needs_no_password_against_changes_only(renderer: Renderer, tmp_path: Path) -> None:
    """Encrypted with an owner's password alone, everybody may read it."""
    path = pdf(tmp_path / "owned.pdf", text_page(1), encryption=pikepdf.Encryption(user="", owner="owner"))
    assert (await renderer.open(path)).pages == 1


async def test_render_refuses_a_page_that_is_not_there(renderer: Renderer, tmp_path: Path) -> None:
    """Page numbers begin at 1: an error of the program, not of the document."""
    document = await renderer.open(pdf(tmp_path / "one.pdf", text_page(1)))
    for number in (0, 2, -1):
        with pytest.raises(ValueError, match="of a document of 1"):
            await renderer.render(document, number, 300)
    with pytest.raises(ValueError, match="turned by 45 degrees"):
        await renderer.render(document, 1, 300, 45)


async def test_render_of_a_file_that_went_away(renderer: Renderer, tmp_path: Path) -> None:
    """Deleted or overwritten after it was opened: a failed page, no crash, and never an old page."""
    document = await renderer.open(pdf(tmp_path / "gone.pdf", text_page(1)))
    await renderer.render(document, 1, 300)
    document.path.write_bytes(b"%PDF-1.7 something else altogether")
    with pytest.raises(DamagedDocument):
        await renderer.render(document, 1, 300)
    document.path.unlink()
    with pytest.raises(RenderFailed, match="No such file"):
        await renderer.render(document, 1, 300)


async def test_slow_page_fails_at_its_deadline_and_the_next_goes_on(tmp_path: Path) -> None:
    """The hanging worker is replaced."""
    slow = slow_pdf(tmp_path / "slow.pdf")
    quick = pdf(tmp_path / "quick.pdf", text_page(1))
    with Renderer(workers=1, limits=DocumentLimits(max_seconds=2.5)) as renderer:
        document = await renderer.open(slow)
        with pytest.raises(RenderTimeout, match=r"Page 1 of slow\.pdf took longer than 2\.5 s") as caught:
            await renderer.render(document, 1, 1540)
        assert caught.value.next_step
        assert (await renderer.render(await renderer.open(quick), 1, 300)).height == 300


async def test_worker_killed_in_mid_render_fails_its_page_only(tmp_path: Path) -> None:
    """As the kernel does when memory runs out; the other worker's page and the next ones are read."""
    slow = slow_pdf(tmp_path / "slow.pdf", fills=100_000)
    with Renderer(workers=1) as renderer:
        document = await renderer.open(slow)
        quick = await renderer.open(pdf(tmp_path / "quick.pdf", text_page(1)))
        worker = psutil.Process(renderer._pool.submit(60, os.getpid).result())
        before = worker.cpu_times().user
        rendering = asyncio.create_task(renderer.render(document, 1, 1540))
        waiting = asyncio.create_task(renderer.render(quick, 1, 300))
        while worker.cpu_times().user < before + 0.2:  # noqa: ASYNC110 - nobody tells us what another process does
            await asyncio.sleep(0.01)
        worker.kill()
        with pytest.raises(RendererDied, match="memory") as caught:
            await rendering
        assert caught.value.retryable
        assert (await waiting).height == 300


async def test_cancelling_lets_the_worker_live(tmp_path: Path) -> None:
    """The caller goes on at once; the page in hand is finished and dropped, those in the queue are not begun."""
    with Renderer(workers=1) as renderer:
        document = await renderer.open(slow_pdf(tmp_path / "slow.pdf", fills=60, pages=20))
        worker = psutil.Process(renderer._pool.submit(60, os.getpid).result())
        begun = worker.cpu_times().user
        await renderer.render(document, 1, 1540)
        one = worker.cpu_times().user - begun
        tasks = [asyncio.create_task(renderer.render(document, number, 1540)) for number in range(1, 21)]
        begun = worker.cpu_times().user
        await until(lambda: worker.cpu_times().user > begun)
        for task in tasks:
            task.cancel()
        for _ in range(10):  # turns of the loop: nobody waits for the worker
            await asyncio.sleep(0)
        assert all(task.cancelled() for task in tasks)
        assert await asyncio.wrap_future(renderer._pool.submit(60, os.getpid)) == worker.pid
        assert worker.cpu_times().user - begun < 8 * one


async def test_close_fails_what_is_being_rendered(tmp_path: Path) -> None:
    """With an error that can be shown, not a cancellation."""
    renderer = Renderer(workers=1)
    document = await renderer.open(slow_pdf(tmp_path / "slow.pdf"))
    task = asyncio.create_task(renderer.render(document, 1, 1540))
    await asyncio.sleep(0)
    renderer.close()
    with pytest.raises(RenderFailed, match="shutting down"):
        await task


async def test_memory_does_not_grow_with_pages(tmp_path: Path) -> None:
    """At the last of 200 scans a worker holds no more than by page 20, give or take the allocator's slack."""
    path = scans_pdf(tmp_path / "long.pdf", pages=200)
    with Renderer(workers=1) as renderer:
        document = await renderer.open(path)
        worker = psutil.Process(renderer._pool.submit(60, os.getpid).result())
        resident = {}
        for number in range(1, document.pages + 1):
            await renderer.render(document, number, 300)
            resident[number] = worker.memory_info().rss
    assert max(resident.values()) < 1.15 * max(resident[number] for number in range(10, 21))


@pytest.mark.parametrize("name", ["small.jpg", "drawing.png", "text.pdf"])
async def test_thumbnail_is_encoded_anew_in_the_worker(renderer: Renderer, tmp_path: Path, name: str) -> None:
    """Whoever asks for one gets bytes that a worker wrote, even of a JPEG that a model would get as it is."""
    path = tmp_path / name
    if name == "text.pdf":
        pdf(path, text_page(1))
    else:
        drawing(200, 100).save(path, quality=95)
    document = await renderer.open(path)
    image = await renderer.thumbnail(document, 1, 226)
    assert (image.media_type, image.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert image.data != path.read_bytes()
    with Image.open(io.BytesIO(image.data)) as read:
        assert read.size == (image.width, image.height)
        assert max(read.size) <= 226


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's address space")
async def test_page_beyond_the_memory_limit_fails_as_too_large(tmp_path: Path) -> None:
    """The worker says so and lives on."""
    drawing(8000, 8000).save(tmp_path / "big.png")
    drawing(80, 80).save(tmp_path / "small.png")
    with Renderer(workers=1, limits=DocumentLimits(max_memory=300 * 1024**2)) as renderer:
        document = await renderer.open(tmp_path / "big.png")
        worker = renderer._pool.submit(60, os.getpid).result()
        with pytest.raises(PageTooLarge, match="too much memory"):
            await renderer.render(document, 1, 1540)
        assert (await renderer.render(await renderer.open(tmp_path / "small.png"), 1, 1540)).width == 80
        assert renderer._pool.submit(60, os.getpid).result() == worker


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's address space")
async def test_renderer_that_dies_of_memory_says_so(tmp_path: Path) -> None:
    """PDFium aborts where it gets no memory, and takes its process along; no signal's name helps anybody."""
    side = 12_000
    scan = scan_pdf(tmp_path / "map.pdf", jpeg(Image.new("RGB", (side, side), "navy")), (side, side))
    with Renderer(workers=1, limits=DocumentLimits(max_memory=300 * 1024**2)) as renderer:
        document = await renderer.open(scan)
        with pytest.raises(PageError) as caught:
            for _ in range(20):
                await renderer.render(document, 1, 20_000)
    assert "memory" in caught.value.message
    assert "SIG" not in str(caught.value)


@pytest.mark.parametrize(("pages", "others"), [(1, False), (2, True)])
async def test_failed_page_speaks_of_other_pages_where_there_are_some(
    renderer: Renderer, tmp_path: Path, pages: int, others: bool
) -> None:
    """A photo has none."""
    frames = [photo(200, 200) for _ in range(pages)]
    frames[0].save(tmp_path / "scan.tif", save_all=True, append_images=frames[1:], compression="jpeg")
    document = await renderer.open(tmp_path / "scan.tif")
    data = (tmp_path / "scan.tif").read_bytes()
    (tmp_path / "scan.tif").write_bytes(data.replace(b"\xff\xd9", b"\0\0").replace(b"\xff\xda", b"\0\0"))
    with pytest.raises(RenderFailed, match="damaged") as caught:
        await renderer.render(document, 1, 100)
    assert ("other pages" in caught.value.next_step) == others
    assert caught.value.next_step


async def test_picture_beyond_the_pixel_limit_is_refused_at_once(renderer: Renderer, tmp_path: Path) -> None:
    """30,000 × 30,000: a PNG is refused before it is decoded, a JPEG read at an eighth; both in seconds of CPU."""
    (tmp_path / "bomb.png").write_bytes(black_png(30_000, 30_000))
    Image.new("L", (30_000, 30_000), 200).save(tmp_path / "bomb.jpg", quality=10)
    worker = psutil.Process(renderer._pool.submit(60, os.getpid).result())
    begun = worker.cpu_times().user
    with pytest.raises(PageTooLarge, match=r"30,000 × 30,000 pixels; the limit is 200,000,000"):
        await renderer.render(await renderer.open(tmp_path / "bomb.png"), 1, 1540)
    page = await renderer.render(await renderer.open(tmp_path / "bomb.jpg"), 1, 1540)
    assert worker.cpu_times().user - begun < 15
    assert (page.width, page.height) == (1540, 1540)
    assert worker.memory_info().rss < 400 * 1024**2
