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
from ocr.config.profiles import Model, profile_for
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_values import LibraryDocument, LibraryPage
from ocr.documents.renderer import Renderer
from ocr.errors import OcrError, UsageError
from ocr.export import Folders, Format, Results, check_formats, killing_children, write_figure, write_results
from ocr.export.training_data import DataPage, check_data_format, write_data
from ocr.filenames import folder_name, printable
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
        """Pages that are no samples, since nobody knows whether their text is whole."""
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
                with self._confined(document.name):
                    await self._export(document, Path(folder))
            for form in self._data_formats if self._data else ():
                with self._confined(""):
                    await self._write_data(form, chosen)
        if self._data_formats and not self._data:
            self._exit_code = max(self._exit_code, 1)
        if self._partial:
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
                self._terminal.note(f"{printable(one.name)} is left out: none of its pages has been corrected.")
        return wanted

    async def _export(self, document: LibraryDocument, images: Path) -> None:
        """Write a document's results, and collect its samples.

        Raises:
            OcrError: its file cannot be opened, or its results cannot be written.
        """
        pages = await self._library.run(self._library.pages, document.id)
        pages = [page for page in pages if self._asked.all_pages or page.result.corrected]
        opened = await self._renderer.open(self._library.file(document.id), name=document.name)
        if self._data_formats:
            samples = [page for page in pages if page.result.corrected or page.result.finish is Finish.STOP]
            self._partial += len(pages) - len(samples)
            made = await asyncio.gather(*(self._sample(document.id, opened, page, images) for page in samples))
            self._data += [sample for sample in made if sample]
        if self._formats:
            await asyncio.to_thread(self._write_results, opened, document, pages)

    async def _sample(self, number: int, document: Document, page: LibraryPage, images: Path) -> DataPage | None:
        """A page with the image that was read, rendered anew; None where it cannot be, which is complained of."""
        result = page.result
        patch_pixels = profile_for(Model(page.request.model)).patch_pixels
        longest_side = max(result.width, result.height)
        spec = ImageSpec(longest_side, result.rotation, multiple=patch_pixels, sheet=sheet_of(result))
        stem = f"{folder_name(document.name)}-{number}-page-{result.number}"
        with self._confined(f"{document.name}, page {result.number}"), explained_writing(self._asked.out):
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
        stem = folder_name(documents[0].name) if len(documents) == 1 else "library"
        target = self._asked.out / f"{stem}{DATA_SUFFIXES[form]}"

        def write() -> None:
            with explained_writing(self._asked.out), whole_file(target) as file:
                write_data(file, self._data, form)

        await asyncio.to_thread(write)
        self._terminal.tell(target, _count(self._data))

    @contextmanager
    def _confined(self, what: str) -> Iterator[None]:
        """Complain of an error and go on."""
        try:
            yield
        except OcrError as error:
            self._exit_code = max(self._exit_code, error.exit_code)
            self._terminal.complain("" if what in error.message else what, error)


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
