"""Several photographs as one document: a TIFF file with a frame for each; these functions run in a render worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ocr import errors
from ocr.i18n import gettext

if TYPE_CHECKING:
    from ocr.documents.worker_tasks import DocumentLimits
    from ocr.types import Document

TAKEN_TAGS = (0x9003, 0x0132)
"""The EXIF tags that say when a photograph was taken, and when its file was last changed."""

EXIF_DETAILS = 0x8769
"""The EXIF tag of the directory that has the first of these."""


UNKNOWN_CAMERA = "unknown"


def time_taken(document: Document) -> str:
    """When the first frame was taken, as EXIF has it (`2026:11:27 09:30:00`, local time); empty where it does not say.

    Raises:
        UnsupportedDocument: it is no picture.
    """
    from ocr.documents.images import exif_of, opened_image

    if not document.media_type.startswith("image/"):
        raise errors.UnsupportedDocument(
            gettext("{name} is not a picture.", name=document.name),
            "Only pictures can be joined into one document; read this file by itself.",
        )
    with opened_image(document.path, document.media_type) as image:
        details = exif_of(image, EXIF_DETAILS)
        for values in (details, exif_of(image)):
            for tag in TAKEN_TAGS:
                if isinstance(taken := values.get(tag), str) and taken.strip(" \0:"):
                    return taken.strip(" \0")
    return ""


def append_photos(document: Document, target: Path, limits: DocumentLimits) -> None:
    """Append each frame of a picture, upright, to a TIFF file, with the camera's name; the file is made if need be.

    Where it has none, as pictures from a messenger, the camera is called unknown, so that the page is taken for the
    photograph that it was said to be.

    Raises:
        PageTooLarge: it has too many pixels.
        DamagedDocument: it cannot be decoded.
        DocumentTooLarge: the TIFF file has become larger than a document may be.
        OSError: the TIFF file cannot be written.
    """
    from PIL.TiffImagePlugin import AppendingTiffWriter

    from ocr.documents.encoding import JPEG_QUALITY
    from ocr.documents.images import CAMERA_TAGS, PictureFile, exif_of, opened_image
    from ocr.documents.worker_tasks import damage_told

    cannot = gettext("{name} cannot be joined with the others", name=document.name)
    damaged = errors.DamagedDocument(cannot, "Save it again, or leave it out.")
    with damage_told(damaged):
        picture = PictureFile(document, limits.max_pixels)
        with opened_image(document.path, document.media_type) as image:
            camera = {tag: name for tag, name in exif_of(image).items() if tag in CAMERA_TAGS and isinstance(name, str)}
    for number in range(1, picture.pages + 1):
        with damage_told(damaged):
            photo = picture.photo(number)
        with AppendingTiffWriter(str(target), not target.exists()) as file:
            tags = camera or {CAMERA_TAGS[0]: UNKNOWN_CAMERA}
            photo.save(file, "TIFF", compression="jpeg", quality=JPEG_QUALITY, tiffinfo=tags)
            file.newFrame()
        if target.stat().st_size > limits.max_bytes:
            values = {"limit": limits.max_bytes / 1e6, "name": document.name}
            raise errors.DocumentTooLarge(
                gettext("With {name} the document of these pictures is larger than {limit:,.1f} MB.", **values),
                "Join fewer of them, or raise --max-file-mb.",
            )
