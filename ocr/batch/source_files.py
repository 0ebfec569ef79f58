"""List the files of SOURCE: a folder, a pattern, a list of files or one file, here or in an object store."""

import glob
import os
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from ocr.batch.container import container_suffix
from ocr.batch.storage import Folder, connect, local_path, scheme_of
from ocr.batch.storage_errors import reading
from ocr.documents.folder_listing import HIDDEN, RESULTS, files_below, head_of, is_document
from ocr.errors import NoSuchFile, StorageError, UsageError

LIST_SUFFIXES = (".txt", ".list", ".lst")
WITHOUT_FOLDERS = ("http", "https")
"""Schemes of which a folder cannot be listed; asking whether it is one would download the file."""

SIZES_AT_ONCE = 16
"""Requests in flight for the sizes of the files in a list."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of SOURCE: a document, or one that holds documents."""

    address: str
    """Its absolute path, or its URL."""
    name: str
    """Its path below SOURCE, with `/`."""
    bytes: int


def source_files(source: str, leave_out: Sequence[str], skipped: Counter[str]) -> Iterator[SourceFile]:
    """The documents and containers of SOURCE; `leave_out` are folders that are not entered.

    Files of folders and patterns are told by their suffix, here also by their first bytes; what is none is counted. A
    file that is named itself is taken as it is.

    Raises:
        UsageError: there is no such file or folder.
        StorageError: it cannot be listed.
    """
    if path := local_path(source):
        yield from _local_files(source, path, leave_out, skipped)
    else:
        yield from _remote_files(source, leave_out, skipped)


def check_source_here(source: str) -> None:
    """Make sure that this machine has SOURCE, where that is in the file system: a node of a cluster may not.

    A list of files may be missing: what it names is known.

    Raises:
        StorageError: it has not; none of the documents in it could be opened.
    """
    path = local_path(source)
    if path is None or path.suffix.lower() in LIST_SUFFIXES:
        return
    with reading(source):
        there = path.exists() or (glob.has_magic(str(path)) and _split_pattern(path)[0].exists())
    if not there:
        raise StorageError(
            f"{source} is not on this machine ({socket.gethostname()}).",
            "Mount it there, or run tasks on machines that have it; the same command then goes on.",
        )


def _local_files(source: str, path: Path, leave_out: Sequence[str], skipped: Counter[str]) -> Iterator[SourceFile]:
    path = path.absolute()
    if path.is_dir():
        yield from _below(path, "", leave_out, skipped)
    elif path.is_file() and path.suffix.lower() in LIST_SUFFIXES:
        yield from _listed(path.read_bytes())
    elif path.exists():
        yield SourceFile(str(path), path.name, path.stat().st_size)
    elif glob.has_magic(str(path)):
        yield from _matching(path, leave_out, skipped)
    else:
        raise _nothing_there(source)


def _matching(pattern: Path, leave_out: Sequence[str], skipped: Counter[str]) -> Iterator[SourceFile]:
    """Files that match, and those in folders that do; named from the folder before the first wildcard."""
    base, below = _split_pattern(pattern)
    found = glob.iglob(str(below), root_dir=base, recursive=True)  # noqa: PTH207 - pathlib's takes hidden files too
    for name in sorted(set(found), key=os.fsencode):
        path = base / name
        if path.is_dir():
            if pattern.name != "**":  # whose files match themselves
                yield from _below(path, f"{name.rstrip('/')}/", leave_out, skipped)
        elif path.is_file() and _wanted(name, path, skipped):
            yield SourceFile(str(path), name, path.stat().st_size)


def _split_pattern(pattern: Path) -> tuple[Path, Path]:
    """The folder before the first wildcard, and the rest."""
    parts = pattern.parts
    fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:fixed]), Path(*parts[fixed:])


def _below(folder: Path, prefix: str, leave_out: Sequence[str], skipped: Counter[str]) -> Iterator[SourceFile]:
    local = [path for one in leave_out if (path := local_path(one))]
    for found in files_below(folder, local, skipped):
        if _wanted(found.name, found.path, skipped):
            yield SourceFile(str(found.path), prefix + found.name, found.bytes)


def _wanted(name: str, path: Path | None, skipped: Counter[str]) -> bool:
    head = partial(head_of, path) if path else None
    return bool(container_suffix(name)) or is_document(name, head, skipped)


def _remote_files(source: str, leave_out: Sequence[str], skipped: Counter[str]) -> Iterator[SourceFile]:
    files, root = connect(source)
    root = root.rstrip("/")
    with reading(source):
        files.invalidate_cache()
        if scheme_of(source) not in WITHOUT_FOLDERS and files.isdir(root):
            yield from _in_store(source, root, files.find(root, detail=True), leave_out, skipped)
        elif files.isfile(root):
            name = root.rpartition("/")[2]
            if name.lower().endswith(LIST_SUFFIXES):
                yield from _listed(files.cat_file(root))
            else:
                yield SourceFile(source, name, files.size(root) or 0)
        elif glob.has_magic(root):
            base = root[: min(root.find(character) for character in "*?[" if character in root)].rpartition("/")[0]
            yield from _in_store(source, base, files.glob(root, detail=True), leave_out, skipped)
        else:
            Folder(source).names()  # says so where the bucket is missing, or may not be listed
            raise _nothing_there(source)


def _in_store(
    source: str, base: str, found: Mapping[str, Any], leave_out: Sequence[str], skipped: Counter[str]
) -> Iterator[SourceFile]:
    """Those of the paths found that are documents or containers; named from `base`."""
    scheme = scheme_of(source)
    outputs = [connect(one)[1].rstrip("/") + "/" for one in leave_out if scheme_of(one) == scheme]
    runs = [path.removesuffix("run.json") for path in found if path.endswith("/run.json")]
    outputs += [folder for folder in runs if f"{folder}manifest/00000.parquet" in found]
    for path, info in sorted(found.items()):
        name = path.removeprefix(base).lstrip("/")
        if info["type"] != "file" or not name or name.endswith("/"):
            continue
        if path.startswith(tuple(outputs)):
            skipped[RESULTS] += 1
        elif any(part.startswith(".") for part in name.split("/")):
            skipped[HIDDEN] += 1
        elif _wanted(name, None, skipped):
            yield SourceFile(path if "://" in path else f"{scheme}://{path}", name, info.get("size") or 0)


def _listed(content: bytes) -> Iterator[SourceFile]:
    """The files that a list names, one a line, or between NULs as `find -print0` writes them."""
    lines = content.split(b"\0") if b"\0" in content else content.splitlines()
    addresses = [_absolute(os.fsdecode(line)) for line in dict.fromkeys(lines) if line.strip()]
    names = [address.partition("://")[2] or address.lstrip("/") for address in addresses]
    levels = zip(*(name.split("/")[:-1] for name in names), strict=False)
    common = len(list(takewhile(lambda level: len(set(level)) == 1, levels)))
    with ThreadPoolExecutor(SIZES_AT_ONCE) as pool:
        for address, name, size in zip(addresses, names, pool.map(_size, addresses), strict=True):
            yield SourceFile(address, "/".join(name.split("/")[common:]), size)


def _absolute(address: str) -> str:
    path = local_path(address)
    return address if path is None else str(path.absolute())


def _size(address: str) -> int:
    """The size of a file; 0 of one that is not there, whose row will say so."""
    files, path = connect(address)
    try:
        with reading(address):
            return int(files.size(path) or 0)
    except NoSuchFile:
        return 0


def _nothing_there(source: str) -> UsageError:
    return UsageError(
        f"{source} is not there.",
        "SOURCE is a folder, a file, a pattern in quotes, a list of files, or a URL of these.",
    )
