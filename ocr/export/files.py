"""Write results into a folder; each file is written atomically."""

from collections.abc import Iterable
from pathlib import Path

from ocr.export.formats import content
from ocr.export.results import Results
from ocr.output import write_whole
from ocr.result_formats import Format, file_name


def write_results(folder: Path, results: Results, formats: Iterable[Format], stem: str = "document") -> list[Path]:
    """Write results into `folder`, in each of these formats; return the files' paths.

    Figures are not written: Markdown refers to where `write_figure` puts them, the other formats hold them.

    Raises:
        OSError: if the folder cannot be made or written, or a figure's file cannot be read.
        OutputError: if the Word file cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [write_whole(folder / file_name(one, stem), content(results, one)) for one in formats]


def write_figure(folder: Path, name: str, data: bytes) -> Path:
    """Write a figure where the document's Markdown refers to it, whole or not at all."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, [data])
