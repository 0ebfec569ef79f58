"""Join pictures into one document, in the order in which they were taken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.documents.renderer import Renderer
from ocr.types import Document


@dataclass(frozen=True, slots=True)
class JoinedPictures:
    """What several pictures have become."""

    name: str
    """The document's name: that of the picture that comes first, and how many follow it, as `a +2.tiff`."""
    pages: int
    by_time: bool
    """Whether they are in the order in which they were taken; else in that of their names."""


async def join_pictures(pictures: Sequence[tuple[Path, str]], target: Path, renderer: Renderer) -> JoinedPictures:
    """Write a TIFF file whose pages are these pictures, each a file and its name, with one page for each frame.

    They are in the order in which they were taken, where all of them say when, else by their names. On an error part
    of the file may have been written.

    Raises:
        OcrError: one of them is no picture, or cannot be read, or the file would be larger than a document may be.
        OSError: the file cannot be written.
    """
    found: list[tuple[str, Document]] = []
    for path, name in pictures:
        document = await renderer.open(path, name=name)
        found.append((await renderer.time_taken(document), document))
    dated = all(taken for taken, _ in found)
    found.sort(key=lambda one: (one[0] if dated else "", natural_key(one[1].name)))
    for _, document in found:
        await renderer.append_photos(document, target)
    pages = sum(document.pages for _, document in found)
    return JoinedPictures(f"{Path(found[0][1].name).stem} +{len(found) - 1}.tiff", pages, dated)


def natural_key(name: str) -> list[tuple[int, str]]:
    """By which names are sorted as people count: `photo 2` before `photo 10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() and len(part) < 20 else (-1, part) for part in parts]
