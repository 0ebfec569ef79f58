"""The sample documents that a visitor can open with one click."""

from dataclasses import dataclass
from pathlib import Path

from ocr.i18n import gettext
from ocr.sample_files import SAMPLES_FOLDER


@dataclass(frozen=True, slots=True)
class Sample:
    """One of them."""

    file: str
    label: str
    about: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return SAMPLES_FOLDER / self.file


SAMPLES = (
    Sample("article.pdf", gettext("Article"), gettext("Two columns, three pages, a table, a figure, formulas")),
    Sample("letter.pdf", gettext("Letter"), gettext("A scan, slightly askew")),
    Sample("receipt.jpg", gettext("Receipt"), gettext("A photo from a phone")),
)


def available_samples() -> list[Sample]:
    """Those that were installed."""
    return [sample for sample in SAMPLES if sample.path.is_file()]
