"""Documents in a WARC file: what servers answered to a crawler."""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from ocr.batch.container import ContainerMember, changed
from ocr.documents.filetypes import HEAD_BYTES, media_type_of
from ocr.errors import DamagedDocument, NotADocument

DOCUMENT_RECORDS = ("response", "resource")
STARTS = (b"WARC/", b"\x1f\x8b")
"""How a file begins; warcio takes anything for a record."""
OTHER = "other WARC records"


class WarcFile:
    """A WARC file; a record is known by its offset, and the whole file is read to list them."""

    def __init__(self, file: IO[bytes]) -> None:
        if not file.read(len(STARTS[0])).startswith(STARTS):
            raise DamagedDocument("It does not begin as a WARC file does.", "Download it again.")
        self._file = file

    def members(self, skipped: Counter[str]) -> Iterator[ContainerMember]:
        """PDFs and images by their first bytes; named by their addresses on the web."""
        self._file.seek(0)
        try:
            records = ArchiveIterator(self._file)
            for record in records:
                url = record.rec_headers.get_header("WARC-Target-URI")
                if not url or not _is_document(record):
                    skipped[OTHER] += 1
                    continue
                place = {"warc": records.get_record_offset(), "length": records.get_record_length()}
                yield ContainerMember(_name(url), place, record.length)
        except (ArchiveLoadFailed, ValueError, EOFError) as error:
            reason = " ".join(str(error).split())[:100]
            raise DamagedDocument(f"The WARC file cannot be read: {reason}.", "Download it again.") from error

    def open(self, place: Mapping[str, str]) -> IO[bytes]:
        """The body of what the server answered."""
        self._file.seek(int(place["warc"]))
        data = self._file.read(int(place["length"]))
        try:
            record = next(iter(ArchiveIterator(io.BytesIO(data))))
        except (ArchiveLoadFailed, ValueError, EOFError, StopIteration) as error:
            raise changed("WARC file") from error
        return record.content_stream()  # type: ignore[no-any-return]


def _is_document(record: Any) -> bool:
    if record.rec_type not in DOCUMENT_RECORDS:
        return False
    if record.http_headers and not record.http_headers.get_statuscode().startswith("2"):
        return False
    try:
        media_type_of(record.content_stream().read(HEAD_BYTES), "")
    except NotADocument:
        return False
    return True


def _name(url: str) -> str:
    """An address without its scheme, as a path that does not end with `/`."""
    return url.partition("://")[2].rstrip("/") or url
