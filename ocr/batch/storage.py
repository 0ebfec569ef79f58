"""Folders of files, on a file system or in an object store: what a batch run reads from and writes into."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from ocr.batch.storage_errors import no_such_scheme, reading, writing
from ocr.errors import OutputError
from ocr.output import is_partial, whole_file

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://")

LISTS_BY_PREFIX = ("s3", "s3a", "gs", "gcs")
"""Schemes of stores that list the names with a prefix alone; of others a whole folder is listed."""

CREATES_ATOMICALLY = ("s3", "s3a", "gs", "gcs")
"""Schemes of stores where a file can be written unless there is one of its name."""

LEFTOVER_AGE_S = 24 * 3600
"""Age at which an unfinished file was left by a process that was killed; whoever still writes one changes it."""


def scheme_of(url: str) -> str:
    """`s3` of `s3://bucket/folder`; empty for a path of this machine."""
    match = _SCHEME.match(url)
    return "" if match is None or match[1] == "file" else match[1]


def local_path(url: str) -> Path | None:
    """The path that a URL without a scheme, or with `file://`, means; None for another machine's."""
    return None if scheme_of(url) else Path(url.removeprefix("file://"))


def connect(url: str) -> tuple["AbstractFileSystem", str]:
    """The file system of a URL and the path in it; nothing is asked of it yet, and it remembers no listing.

    Raises:
        UsageError: there is no such scheme.
        MissingExtra: the package for it is not installed.
    """
    import fsspec

    if path := local_path(url):
        return fsspec.filesystem("file"), str(path.absolute())
    try:
        kind = fsspec.get_filesystem_class(scheme_of(url))
    except (ImportError, ValueError) as error:
        raise no_such_scheme(scheme_of(url), error) from error
    with reading(url):
        return kind(**kind._get_kwargs_from_urls(url), use_listings_cache=False), kind._strip_protocol(url)


class Folder:
    """A folder by its path or URL: `out`, `s3://bucket/run`, `gs://…`, `hf://datasets/me/pages`.

    Names are paths below it, with `/`. Files are written whole or not at all, whoever is killed meanwhile; what is
    left of one is never listed. An instance can be pickled.

    Methods raise an OutputError where they write, a StorageError where they read, and of its kind NoSuchFile for what
    is not there.
    """

    def __init__(self, url: str | Path) -> None:
        """Costs nothing; the folder need not exist."""
        self.url = str(url)
        self.path = local_path(self.url)
        """Of a folder on this machine; else None."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def address(self, name: str) -> str:
        """The path or URL of a file."""
        return str(self.path / name) if self.path is not None else f"{self.url.rstrip('/')}/{name}"

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in place of the one of its name: on disk when this returns, or one PUT."""
        with writing(self.address(name)):
            if self.path is not None:
                with whole_file(self._made(name), durable=True) as file:
                    file.write(data)
            else:
                self._files.pipe_file(self._in_store(name), data)

    def write_new(self, name: str, data: bytes) -> bool:
        """Write a file unless there is one of its name, and return whether it did; one of several writers does.

        S3 and Google Storage decide who that is; other stores are looked at before.
        """
        if self.path is None and scheme_of(self.url) not in CREATES_ATOMICALLY and self.exists(name):
            return False
        try:
            with writing(self.address(name)):
                if self.path is None:
                    self._files.pipe_file(self._in_store(name), data, mode="create")
                else:
                    with whole_file(self._made(name), durable=True, replace=False) as file:
                        file.write(data)
        except OutputError as error:
            if isinstance(error.__cause__, FileExistsError) or self.exists(name):
                return False
            raise
        return True

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        """A new file to write piece by piece; it appears at the end of the block, unless that raises."""
        with writing(self.address(name)):
            if self.path is not None:
                with whole_file(self._made(name), durable=True) as file:
                    yield file
                return
            upload = self._files.open(self._in_store(name), "wb", autocommit=False)
            try:
                yield upload
                upload.close()
                upload.commit()
            except BaseException:
                upload.closed = True  # else its finalizer would upload the half
                upload.discard()
                raise

    def read(self, name: str) -> bytes:
        """All bytes of a file."""
        with reading(self.address(name)):
            return cast(bytes, self._files.cat_file(self._in_store(name)))

    def open(self, name: str) -> IO[bytes]:
        """A file to read from; of one in a store only what is read is fetched."""
        with reading(self.address(name)):
            return cast(IO[bytes], self._files.open(self._in_store(name), "rb"))

    def names(self, prefix: str = "") -> list[str]:
        """The names of all files that begin with `prefix`, sorted, as they are now; none where there is no folder."""
        parent, slash, beginning = prefix.rpartition("/")
        root = self._in_store(parent) if slash else self._root
        options = {"prefix": beginning} if beginning and scheme_of(self.url) in LISTS_BY_PREFIX else {}
        with reading(self.address(prefix)):
            self._files.invalidate_cache()
            found = self._files.find(root, **options)
        names = [path.removeprefix(self._root).lstrip("/") for path in found]
        return sorted(name for name in names if name.startswith(prefix) and not is_partial(name.rpartition("/")[2]))

    def exists(self, name: str) -> bool:
        """Whether there is such a file, or folder, now."""
        with reading(self.address(name)):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._in_store(name)))

    def rename(self, name: str, to: str) -> None:
        """Give a file another name, in place of the one of that name; in a store it is copied, then deleted."""
        with writing(self.address(name)):
            if self.path is not None:
                (self.path / name).replace(self._made(to))
            else:
                self._files.mv(self._in_store(name), self._in_store(to))

    def delete(self, name: str) -> None:
        """Delete a file; it may be gone already."""
        with writing(self.address(name)):
            if self.path is not None:
                (self.path / name).unlink(missing_ok=True)
            else:
                self._files.rm_file(self._in_store(name))

    def delete_leftovers(self) -> int:
        """Delete what processes left that were killed while they wrote, and return how many files that were.

        In a store there are none; unfinished uploads of large files expire there by a rule of the bucket.
        """
        if self.path is None:
            return 0
        deleted = 0
        with writing(self.url):
            for path in self.path.rglob("*.part"):
                if is_partial(path.name) and time.time() - path.stat().st_mtime > LEFTOVER_AGE_S:
                    path.unlink(missing_ok=True)
                    deleted += 1
        return deleted

    def _made(self, name: str) -> Path:
        """The path of a file on this machine, in a folder that exists."""
        assert self.path is not None
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _in_store(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    @property
    def _files(self) -> "AbstractFileSystem":
        return self._connection[0]

    @property
    def _root(self) -> str:
        return self._connection[1].rstrip("/")

    @cached_property
    def _connection(self) -> "tuple[AbstractFileSystem, str]":
        return connect(self.url)
