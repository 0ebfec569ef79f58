"""A photograph of a known page, made once for all tests that look for its sheet."""

import functools
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.made_photos import MadePhoto, made_photo
from ocr.documents.worker_tasks import DocumentLimits, open_document, render_page
from ocr.types import Document, ImageSpec
from tests.conftest import SAMPLES

LIMITS = DocumentLimits()


@functools.cache
def sample_page(name: str = "letter.pdf", number: int = 1, longest_side: int = 1540) -> Image.Image:
    """A page of the samples, as it is rendered."""
    document = open_document(SAMPLES / name, name, None, LIMITS)
    image = Image.open(io.BytesIO(render_page(document, number, ImageSpec(longest_side), LIMITS).data))
    image.load()
    return image


@functools.cache
def letter_photo(seed: int = 0) -> MadePhoto:
    """The letter, photographed on dark wood."""
    return made_photo(sample_page(), seed, "dark wood", (900, 1200))


def pixels(photo: MadePhoto) -> NDArray[np.uint8]:
    """The photograph as an array, (height, width, 3)."""
    with Image.open(io.BytesIO(photo.jpeg)) as image:
        return np.asarray(image.convert("RGB"))


def photo_document(folder: Path, seed: int = 0) -> Document:
    """The photograph as a file."""
    path = folder / f"photo-{seed}.jpg"
    path.write_bytes(letter_photo(seed).jpeg)
    return open_document(path, path.name, None, LIMITS)
