"""Pages with their text as data to fine-tune and to test models with.

A sample is a chat of two messages, as LightOnOCR's fine-tuning takes it: the user's has the image and no text, the
assistant's the page's Markdown. The images stand in a column `images` of their own, as `datasets` and TRL expect.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ocr.extras import require
from ocr.filenames import folder_name
from ocr.i18n import gettext
from ocr.parsing.figures import figure_names
from ocr.parsing.repair import without_controls
from ocr.result_formats import DataFormat

ROWS_PER_GROUP = 16
"""Pages of a Parquet row group: their images are held in memory together."""


@dataclass(frozen=True, slots=True)
class DataPage:
    """A page as a sample."""

    document: str
    """The name of its document."""
    stem: str
    """What its files are named, unique among the pages."""
    number: int
    markdown: str
    image: Path
    """The image that was read."""

    @property
    def image_name(self) -> str:
        """The name of its image's file."""
        return f"{self.stem}{self.image.suffix}"


def sample_stem(document: str, number: int, page: int) -> str:
    """What the files of a page are named; `number` tells its document from others of the same name."""
    return f"{folder_name(document)}-{number}-page-{page}"


def data_stem(documents: Iterable[str], several: str) -> str:
    """What a file of pages is called: after their document, or `several` where they are of documents of other names."""
    names = set(documents)
    return folder_name(names.pop()) if len(names) == 1 else several


def target_text(markdown: str) -> str:
    """The Markdown as a model writes it: figures are named `image_1.png` and so on, in the order of the page."""
    text = without_controls(markdown)
    for index, name in enumerate(dict.fromkeys(figure_names(markdown)), start=1):
        text = re.sub(rf"!\[[^\]\n]*\]\({re.escape(name)}\)", f"![image](image_{index}.png)", text)
    return text.strip()


def check_data_format(form: DataFormat) -> None:
    """Raise a MissingExtra where what writes this form is not installed."""
    if form is DataFormat.PARQUET:
        require("scale", gettext("Training data as Parquet"), gettext("Or choose JSONL."))


def write_data(target: Path | IO[bytes], pages: Sequence[DataPage], form: DataFormat) -> None:
    """Write the pages in this form.

    Raises:
        OSError: an image cannot be read, or the file cannot be written.
    """
    if form is DataFormat.PARQUET:
        _write_parquet(target, pages)
    else:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _texts(pages, form):
                archive.writestr(name, content)
            folder = "images/" if form is DataFormat.JSONL else ""
            for page in pages:
                archive.write(page.image, f"{folder}{page.image_name}", zipfile.ZIP_STORED)


def _texts(pages: Sequence[DataPage], form: DataFormat) -> Iterator[tuple[str, str]]:
    if form is DataFormat.TRUTH:
        yield from ((f"{page.stem}.md", f"{target_text(page.markdown)}\n") for page in pages)
        return
    rows = ({**_sample(page), "images": [f"images/{page.image_name}"]} for page in pages)
    yield "train.jsonl", "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def _sample(page: DataPage) -> dict[str, Any]:
    asked = {"role": "user", "content": [{"type": "image"}]}
    answer = {"role": "assistant", "content": [{"type": "text", "text": target_text(page.markdown)}]}
    return {"messages": [asked, answer], "document": page.document, "page": page.number}


def _write_parquet(target: Path | IO[bytes], pages: Sequence[DataPage]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    part = pa.struct([("type", pa.string()), ("text", pa.string())])
    message = pa.struct([("role", pa.string()), ("content", pa.list_(part))])
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    columns = [("messages", pa.list_(message)), ("images", pa.list_(image)), ("document", pa.string())]
    schema = pa.schema([*columns, ("page", pa.int32())], metadata={"huggingface": json.dumps(FEATURES)})
    with pq.ParquetWriter(target, schema) as writer:
        for begin in range(0, len(pages), ROWS_PER_GROUP):
            rows = [
                {**_sample(page), "images": [{"bytes": page.image.read_bytes(), "path": page.image_name}]}
                for page in pages[begin : begin + ROWS_PER_GROUP]
            ]
            writer.write_table(pa.Table.from_pylist(rows, schema))


_STRING = {"dtype": "string", "_type": "Value"}
_PART = {"type": _STRING, "text": _STRING}
_MESSAGE = {"role": _STRING, "content": [_PART]}
FEATURES = {
    "info": {
        "features": {
            "messages": [_MESSAGE],
            "images": [{"_type": "Image"}],
            "document": _STRING,
            "page": {"dtype": "int32", "_type": "Value"},
        }
    }
}
"""The columns as `datasets` has them, which makes pictures of `images`; lists as all its versions read them."""
