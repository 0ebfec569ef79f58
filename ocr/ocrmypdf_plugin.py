"""Plugin of OCRmyPDF: `ocrmypdf --ocr-engine pagelight` reads pages as the library does; found by its entry point."""

from __future__ import annotations

import argparse
import logging
import shutil
import threading
from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
from ocrmypdf import OcrElement, OcrOptions, hookimpl
from ocrmypdf.exceptions import (
    BadArgsError,
    ExitCodeException,
    InputFileError,
    MissingDependencyError,
    SubprocessOutputError,
)
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from PIL import Image
from pydantic import BaseModel

import ocr
from ocr.errors import DocumentError, MissingExtra, OcrError, UsageError
from ocr.types import Finish, PageResult

if TYPE_CHECKING:
    from ocr.library.kept_reader import KeptReader

NAME = "pagelight"
"""Of the engine, and of the plugin's options."""

log = logging.getLogger(__name__)


class PagelightOptions(BaseModel):
    """Options of the plugin; each is a flag, `--pagelight-server` and so on."""

    server: str | None = None
    model: str | None = None
    api_key: str | None = None


class PagelightEngine(OcrEngine):
    """Reads each page with a model server, or with the CPU engine where none is named."""

    @staticmethod
    def version() -> str:
        """Pagelight's."""
        return ocr.__version__

    @staticmethod
    def creator_tag(options: OcrOptions) -> str:
        """What the PDF's metadata say made its text."""
        return f"Pagelight {ocr.__version__}"

    def __str__(self) -> str:
        return f"Pagelight {ocr.__version__}"

    @staticmethod
    def languages(options: OcrOptions) -> Set[str]:
        """Nothing: OCRmyPDF checks no language then. A model reads any, and the CPU engine complains itself."""
        return set()

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """No opinion: `--rotate-pages` turns nothing."""
        return OrientationConfidence(0, 0.0)

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Yes."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: OcrOptions, page_number: int = 0) -> tuple[OcrElement, str]:
        """The page's element tree, and its plain text."""
        from ocr.export.ocr_element import page_element
        from ocr.export.placed_words import placed_page
        from ocr.export.plain_text import plain_text

        with Image.open(input_file) as image:
            size, dpi = image.size, float(image.info.get("dpi", (72.0, 72.0))[0])
        page = replace(_read(input_file, options, page_number), number=page_number + 1)
        return page_element(placed_page(page), *size, dpi), plain_text(page.markdown)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        """Write the page as hOCR, for programs that ask OCRmyPDF for that."""
        from ocr.export import Results
        from ocr.export.hocr import document_hocr
        from ocr.export.plain_text import plain_text
        from ocr.types import Document

        with Image.open(input_file) as image:
            width, height = image.size
        page = replace(_read(input_file, options), width=width, height=height)
        document = Document(input_file, input_file.name, "image/png", 1, "")
        output_hocr.write_text("".join(document_hocr(Results(document, None, "", [page]))), encoding="utf-8")
        output_text.write_text(plain_text(page.markdown), encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        """Not this way: the text's page is OCRmyPDF's part.

        Raises:
            BadArgsError: always.
        """
        raise BadArgsError("Pagelight does not write the text's page itself. Leave --pdf-renderer sandwich out.")


def _read(image: Path, options: Any, page_number: int = 0) -> PageResult:
    """The page as it was read, its partial text too; errors are those of OCRmyPDF, which have its exit codes."""
    try:
        (page,) = _reader(options).read(image)
    except OcrError as error:
        raise _as_ocrmypdf(error) from error
    if page.finish in (Finish.FAILED, Finish.UNREAD):
        raise SubprocessOutputError(f"Page {page_number + 1} could not be read. {page.error}")
    if page.finish is not Finish.STOP:
        log.warning("Page %d: the text is partial (%s).", page_number + 1, page.finish)
    return page


_kept = threading.local()
"""The latest reader of each of OCRmyPDF's workers, which are processes or threads, and end with the run."""


def _reader(options: Any) -> KeptReader:
    from ocr.library.kept_reader import KeptReader

    ours, languages = options.pagelight, "+".join(options.languages)
    given = {"server": ours.server, "model": ours.model, "api_key": ours.api_key, "languages": languages}
    if getattr(_kept, "given", None) != given:
        _kept.given = None  # while there is none
        named = {name: value for name, value in given.items() if value}
        _kept.reader = KeptReader(
            headers=True, photos="off", verify=True, render_workers=1, **named
        )  # verified: words with places
        _kept.given = given
    reader: KeptReader = _kept.reader
    return reader


def _as_ocrmypdf(error: OcrError) -> ExitCodeException:
    kinds: dict[type[OcrError], type[ExitCodeException]] = {
        MissingExtra: MissingDependencyError,
        UsageError: BadArgsError,
        DocumentError: InputFileError,
    }
    kind = next((kind for ours, kind in kinds.items() if isinstance(error, ours)), SubprocessOutputError)
    return kind(f"{error.message} {error.next_step}")


_managers: list[pluggy.PluginManager] = []
"""OCRmyPDF's latest plugin manager."""


@hookimpl
def initialize(plugin_manager: pluggy.PluginManager) -> None:
    """Keep it for `check_options`."""
    _managers[:] = [plugin_manager]


@hookimpl
def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the engine's name to those of `--ocr-engine`, and the plugin's own flags."""
    for action in parser._actions:
        if "--ocr-engine" in action.option_strings and action.choices:
            action.choices = [*action.choices, NAME]
    group = parser.add_argument_group("Pagelight", "Reading with a model, by --ocr-engine pagelight")
    group.add_argument("--pagelight-server", metavar="URL", help="address of a model server; else the CPU engine reads")
    group.add_argument("--pagelight-model", metavar="MODEL", help="the model to ask for (default: the server's first)")
    group.add_argument("--pagelight-api-key", metavar="KEY", help="API key of the server, sent as bearer token")


@hookimpl
def register_options() -> dict[str, type[BaseModel]]:
    """The plugin's options, as `options.pagelight`."""
    return {NAME: PagelightOptions}


@hookimpl(wrapper=True)
def check_options(options: OcrOptions) -> Iterator[None]:
    """Do without the program tesseract where this engine is chosen: OCRmyPDF insists on it for every engine."""
    if options.ocr_engine != NAME or shutil.which("tesseract"):
        yield
        return
    complaints = logging.getLogger("ocrmypdf.subprocess")
    complaints.disabled = True  # about tesseract; those about other programs come with the second check
    try:
        yield
    except MissingDependencyError:
        complaints.disabled = False
        tesseract = _managers[-1].get_plugin("ocrmypdf.builtin_plugins.tesseract_ocr") if _managers else None
        if tesseract is None:
            raise
        _managers[-1].unregister(tesseract)
        _managers[-1].hook.check_options(options=options)
    finally:
        complaints.disabled = False


@hookimpl
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine | None:
    """The engine, where it is chosen."""
    return PagelightEngine() if options is not None and options.ocr_engine == NAME else None
