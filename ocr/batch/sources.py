"""The documents of SOURCE, and a local file of each one's bytes."""

import os
import tempfile
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from ocr.batch.container import READ_ERRORS, Container, container_suffix, is_damage, open_container
from ocr.batch.source_document import SourceDocument, document_id, make_uri, parse_uri
from ocr.batch.source_files import SourceFile, source_files
from ocr.batch.storage import connect, local_path
from ocr.batch.storage_errors import reading, writing
from ocr.documents.folder_listing import described
from ocr.errors import DamagedDocument, DocumentError, DocumentTooLarge, NoSuchFile, StorageError, UsageError

TWICE = "named twice"
MAX_OPEN_CONTAINERS = 4
COPIED_BYTES = 1 << 20
"""At a time, from a container or a store into a local file."""


def find_documents(
    source: str,
    column: str | None = None,
    leave_out: Sequence[str] = (),
    skipped: Counter[str] | None = None,
) -> Iterator[SourceDocument]:
    """The documents of SOURCE, those in its containers included; nothing but containers is opened.

    A container that cannot be opened is a document itself, so that its row has the reason.

    Args:
        source: a folder, a file, a pattern, a file with a list of files, or the URL of one of these.
        column: that of the bytes, where a dataset has several of bytes.
        leave_out: folders, by path or URL, that are not entered; others that Pagelight wrote are found out.
        skipped: counts what is left out, by reason.

    Raises:
        UsageError: there is no such SOURCE, there is no document in it, or the column is missing.
        MissingExtra: a package for it is not installed.
        StorageError: it cannot be listed.
    """
    skipped = Counter() if skipped is None else skipped
    uris: dict[str, str] = {}
    for file in source_files(source, leave_out, skipped):
        for document in _documents(file, column, skipped):
            if uris.get(document.id) == document.uri:
                skipped[TWICE] += 1
                continue
            number, unique = 1, document.id
            while unique in uris:
                number += 1
                unique = f"{document.id}%~{number}"  # no name has this: of a name, % is escaped
            uris[unique] = document.uri
            yield SourceDocument(unique, document.uri, document.bytes)
    if not uris:
        left_out = f" (left out: {described(skipped)})" if skipped else ""
        raise UsageError(f"{source} holds no documents{left_out}.", "Check the path, or name a file itself.")


def _documents(file: SourceFile, column: str | None, skipped: Counter[str]) -> Iterator[SourceDocument]:
    suffix = container_suffix(file.name)
    if suffix is None:
        yield SourceDocument(document_id(file.name), make_uri(file.address), file.bytes)
        return
    try:
        with reading(file.address), _opened(file.address) as content:
            for member in open_container(content, suffix, column).members(skipped):
                name, uri = f"{file.name}/{member.name}", make_uri(file.address, member.place)
                yield SourceDocument(document_id(name), uri, member.bytes)
    except (DocumentError, NoSuchFile):
        skipped[f"damaged {suffix}"] += 1
        yield SourceDocument(document_id(file.name), make_uri(file.address), file.bytes)


@contextmanager
def fetched(document: SourceDocument, folder: Path, max_bytes: int | None = None) -> Iterator[Path]:
    """A local file with a document's bytes: its own, or a copy in `folder` that is deleted at the end. Blocks.

    Raises:
        DocumentError: it is gone, damaged, or has more than `max_bytes`; another one may be whole.
        StorageError: its store cannot be read; nor can others be, so a run ends.
        OutputError: the copy cannot be written.
    """
    address, place = parse_uri(document.uri)
    if not place and (path := local_path(address)):
        yield path
        return
    with _temporary(folder) as path:
        try:
            if place:
                _copy_member(document, address, place, path, max_bytes)
            else:
                with reading(address), _opened(address) as content:
                    _copy(document, content, path, max_bytes)
        except NoSuchFile as error:
            raise DocumentError(f"{address} is no longer there.", "Restore it, then retry it.") from error
        yield path


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    with writing(str(folder)):
        handle, name = tempfile.mkstemp(dir=folder, prefix="document-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _copy_member(
    document: SourceDocument, address: str, place: Mapping[str, str], to: Path, max_bytes: int | None
) -> None:
    """Copy a document out of its container; one is read at a time, since a container has one position."""
    with _containers_lock:
        try:
            with reading(address), _member_errors(document):
                _copy(document, _container(address).open(place), to, max_bytes)
        except StorageError:
            _close(address)  # which another try opens again
            raise


@contextmanager
def _member_errors(document: SourceDocument) -> Iterator[None]:
    try:
        yield
    except (*READ_ERRORS, OSError) as error:
        if isinstance(error, OSError) and not is_damage(error):
            raise
        raise DamagedDocument(f"{document.id} is damaged in its container: {error}.", "Unpack it.") from error


def _copy(document: SourceDocument, content: IO[bytes], to: Path, max_bytes: int | None) -> None:
    copied = 0
    with to.open("wb") as file:
        while piece := content.read(COPIED_BYTES):
            copied += len(piece)
            if max_bytes is not None and copied > max_bytes:
                raise DocumentTooLarge(
                    f"{document.id} is larger than the limit of {max_bytes / 1e6:,.1f} MB.", "Raise --max-file-mb."
                )
            with writing(str(to)):
                file.write(piece)
                file.flush()


_containers: OrderedDict[str, tuple[IO[bytes], Container]] = OrderedDict()
"""The open ones by their address, the last used at the end: what a zip or a dataset lists is read once."""
_containers_lock = threading.Lock()


def _container(address: str) -> Container:
    if address not in _containers:
        if len(_containers) >= MAX_OPEN_CONTAINERS:
            _close(next(iter(_containers)))
        suffix = container_suffix(address)
        assert suffix is not None
        with ExitStack() as stack:
            file = stack.enter_context(_opened(address))
            _containers[address] = file, open_container(file, suffix)
            stack.pop_all()
    _containers.move_to_end(address)
    return _containers[address][1]


def _close(address: str) -> None:
    file, _ = _containers.pop(address, (None, None))
    if file:
        file.close()


def close_containers() -> None:
    """Close the files that `fetched` left open for the next documents in them."""
    with _containers_lock:
        for address in list(_containers):
            _close(address)


def _opened(address: str) -> IO[bytes]:
    """A file to read, from wherever in it."""
    if path := local_path(address):
        return path.open("rb")
    files, in_store = connect(address)
    return cast(IO[bytes], files.open(in_store, "rb"))
