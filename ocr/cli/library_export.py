"""Write pages of the library into files: as training data, or as results."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ocr.cli.library_command import LibraryExport
from ocr.cli.output_errors import explained_writing
from ocr.cli.terminal import Terminal
from ocr.config.command_line import invocation
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_values import LibraryDocument, LibraryPage
from ocr.documents.renderer import Renderer
from ocr.errors import OcrError, UsageError
from ocr.export import Folders, Format, Results, check_formats, killing_children, write_figure, write_results
from ocr.export.training_data import DataPage, check_data_format, data_stem, sample_stem, write_data
from ocr.filenames import printable
from ocr.output import whole_file
from ocr.result_formats import DATA_SUFFIXES, FORMATS_BESIDE_FIGURES, DataFormat
from ocr.types import Document, Finish, ImageSpec, sheet_of


class LibraryExporter:
    """Exports documents in turn; one that fails costs itself, and not the others."""

    def __init__(self, library: DocumentLibrary, asked: LibraryExport, renderer: Renderer, terminal: Terminal) -> None:
        """Check what is asked for.

        Raises:
            UsageError: what a format needs is missing.
        """
        self._data_formats = [DataFormat(form) for form in asked.formats if form in set(DataFormat)]
        self._formats = [Format(form) for form in asked.formats if form not in set(DataFormat)]
        check_formats(self._formats)
        for form in self._data_formats:
            check_data_format(form)
        self._library, self._asked, self._renderer, self._terminal = library, asked, renderer, terminal
        self._folders = Folders(asked.out)
        self._data: list[DataPage] = []
        self._partial = 0
        """Pages that are no samples, since their text is partial and nobody corrected it."""
        self._exit_code = 0

    async def run(self) -> int:
        """Export the documents; return the exit code.

        Raises:
            UsageError: there is no such document, or no page to export.
            OutputError: nothing can be written.
        """
        chosen = await self._library.run(self._chosen)
        with explained_writing(self._asked.out):
            self._asked.out.mkdir(parents=True, exist_ok=True)
            images = TemporaryDirectory(dir=self._asked.out, prefix=".images-", ignore_cleanup_errors=True)
        with killing_children(), images as folder:
            for document in chosen:
                with self._complaining(document.name):
                    await self._export(document, Path(folder))
            for form in self._data_formats if self._data else ():
                with self._complaining(""):
                    await self._write_data(form, chosen)
        if self._partial and not self._data:
            self._complain("", OcrError(
                "There is no training data: the text of these pages is partial, and nobody corrected it.",
                f"Read the pages again, or correct them in the web page (`{invocation('app')}`).",
            ))  # fmt: skip
        elif self._partial:
            pages = f"{self._partial} pages were" if self._partial > 1 else "1 page was"
            self._terminal.note(f"{pages} left out of the training data: the text is partial, and nobody corrected it.")
        return self._exit_code

    def _chosen(self) -> list[LibraryDocument]:
        """The documents with pages to export.

        Raises:
            UsageError: there is no such document, or none with such a page.
        """
        documents, corrected = self._library.documents(), self._library.corrected_counts()
        named = [_named(name, documents) for name in self._asked.documents]
        chosen = list(dict.fromkeys(named)) or documents
        wanted = [one for one in chosen if self._asked.all_pages or corrected.get(one.id)]
        if not wanted:
            nothing = "No page of these documents" if named else "No page in the library"
            raise UsageError(
                f"{nothing} has been {'read' if self._asked.all_pages else 'corrected'} yet.",
                f"Correct pages in the web page (`{invocation('app')}`), or export all with --all-pages.",
            )
        for one in named:
            if one not in wanted:
                self._terminal.note(
                    f"{printable(one.name)} is left out: none of its pages has been corrected. --all-pages exports it."
                )
        return wanted

    async def _export(self, document: LibraryDocument, images: Path) -> None:
        """Write a document's results, and collect its samples.

        Raises:
            OcrError: its file cannot be opened, or its results cannot be written.
        """
        pages = await self._library.run(self._library.pages, document.id)
        if damaged := [str(page.result.number) for page in pages if page.damaged]:
            lost = f"what the library has of page{'s' * (len(damaged) > 1)} {', '.join(damaged)} is damaged."
            self._complain(document.name, OcrError(lost, "Read and correct this again."))
        pages = [page for page in pages if self._asked.all_pages or page.result.corrected]
        if not pages:
            return
        opened = await self._renderer.open(self._library.file(document.id), name=document.name)
        if self._data_formats:
            samples = [page for page in pages if page.result.corrected or page.result.finish is Finish.STOP]
            self._partial += sum(not page.damaged for page in pages) - len(samples)
            made = await asyncio.gather(*(self._sample(document.id, opened, page, images) for page in samples))
            self._data += [sample for sample in made if sample]
        if self._formats:
            await asyncio.to_thread(self._write_results, opened, document, pages)

    async def _sample(self, number: int, document: Document, page: LibraryPage, images: Path) -> DataPage | None:
        """A page with the image that was read, rendered anew; None where it cannot be, which is complained of."""
        result = page.result
        size = result.width, result.height
        spec = ImageSpec(max(size), result.rotation, sheet=sheet_of(result), size=size)
        stem = sample_stem(document.name, number, result.number)
        with self._complaining(f"{document.name}, page {result.number}"), explained_writing(self._asked.out):
            image = await self._renderer.render_as(document, result.number, spec)
            path = images / f"{stem}.{image.media_type.removeprefix('image/')}"
            await asyncio.to_thread(path.write_bytes, image.data)
            return DataPage(document.name, stem, result.number, result.markdown, path)
        return None

    def _write_results(self, document: Document, kept: LibraryDocument, pages: Sequence[LibraryPage]) -> None:
        folder = self._folders.claim(document.name)
        figures = {name: path for page in pages for name, path in page.figures.items() if path.is_file()}
        servers = {page.result.server for page in pages}
        server = servers.pop() if len(servers) == 1 else None
        results = Results(
            document, server, kept.model, [page.result for page in pages], figures, whole_document=self._asked.all_pages
        )
        with explained_writing(folder):
            if FORMATS_BESIDE_FIGURES.intersection(self._formats):
                for name, path in figures.items():
                    write_figure(folder, name, path.read_bytes())
            written = write_results(folder, results, self._formats)
        self._terminal.tell(written[0], _count(pages))

    async def _write_data(self, form: DataFormat, documents: Sequence[LibraryDocument]) -> None:
        stem = data_stem((one.name for one in documents), "library")
        target = self._asked.out / f"{stem}{DATA_SUFFIXES[form]}"

        def write() -> None:
            with explained_writing(self._asked.out), whole_file(target) as file:
                write_data(file, self._data, form)

        await asyncio.to_thread(write)
        self._terminal.tell(target, _count(self._data))

    @contextmanager
    def _complaining(self, what: str) -> Iterator[None]:
        """Complain of an error and go on."""
        try:
            yield
        except OcrError as error:
            self._complain("" if what in error.message else what, error)

    def _complain(self, what: str, error: OcrError) -> None:
        self._exit_code = max(self._exit_code, error.exit_code)
        self._terminal.complain(what, error)


def _named(name: str, documents: Sequence[LibraryDocument]) -> LibraryDocument:
    """The document of this number, or of this name.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = [one for one in documents if str(one.id) == name] or [one for one in documents if one.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(one.id) for one in found)
        raise UsageError(f"The library has {len(found)} documents called {printable(name)}.", f"Name one of {numbers}.")
    raise UsageError(
        f"The library has no document '{printable(name)}'.",
        f"`{invocation('cli')} library list` shows the numbers and the names of those that it has.",
    )


def _count(pages: Sequence[object]) -> str:
    return f"{len(pages)} page{'' if len(pages) == 1 else 's'}"
