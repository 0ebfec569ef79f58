"""storage.py: files whole or not at all, fresh listings, and errors that say what to do next."""

from __future__ import annotations

import os
import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec.registry  # noqa: F401 - patched below
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ocr.batch.storage import LEFTOVER_AGE_S, Folder, local_path, scheme_of
from ocr.errors import MissingExtra, NoSuchFile, OutputError, StorageError, UsageError
from tests.batch.s3_server import S3Server

HOSTILE = ["a b.bin", "a\nb", os.fsdecode(b"caf\xe9"), ".hidden", "50%#?x=1", "[*]{}", "a::b", "n" * 255, "d/e f/g.bin"]


@pytest.fixture(params=["local", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A folder that does not exist yet, on this machine and in a bucket."""
    if request.param == "local":
        return Folder(tmp_path / "target")
    server: S3Server = request.getfixturevalue("s3")
    return Folder(f"s3://{server.bucket()}/target")


def test_storage_round_trip(folder: Folder) -> None:
    """What is written is listed and read, at once, whatever another instance has listed before."""
    other = Folder(folder.url)
    assert other.names() == [] == other.names("pages/") and not other.exists("run.json")
    folder.write("run.json", b"first")
    folder.write("run.json", b"second")
    folder.write("pages/00001-a.parquet", b"1")
    folder.write("pages/00012-a.parquet", b"12")
    assert other.names() == ["pages/00001-a.parquet", "pages/00012-a.parquet", "run.json"]
    assert other.names("pages/00012-") == ["pages/00012-a.parquet"]
    assert other.names("pages/") == other.names("pag") == ["pages/00001-a.parquet", "pages/00012-a.parquet"]
    assert other.names("none/") == [] and other.exists("run.json") and other.read("run.json") == b"second"
    with folder.open("run.json") as file:
        file.seek(3)
        assert file.read(2) == b"on"


def test_storage_changes(folder: Folder) -> None:
    """A file can get another name, in place of the one of that name, and be deleted, twice too."""
    for name in ("a/x", "b/y"):
        folder.write(name, name.encode())
    folder.rename("a/x", "b/y")
    assert (folder.names(), folder.read("b/y")) == (["b/y"], b"a/x")
    folder.delete("b/y")
    folder.delete("b/y")
    assert folder.names() == []
    with pytest.raises(OutputError):
        folder.rename("a/x", "b/y")


def test_storage_writes_piece_by_piece(folder: Folder) -> None:
    """A Parquet file appears when it is complete; one whose writer fails does not."""
    table = pa.table({"page": list(range(1000))})
    with folder.create("data/train.parquet") as file:
        pq.write_table(table, file)
        assert folder.names() == []
    with folder.open("data/train.parquet") as file:
        assert pq.read_table(file).equals(table)
    with pytest.raises(KeyboardInterrupt), folder.create("data/train.parquet") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    with pytest.raises(ZeroDivisionError), folder.create("other") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert folder.names() == ["data/train.parquet"]
    with folder.open("data/train.parquet") as file:
        assert pq.read_table(file).equals(table)


def test_storage_writes_a_new_file_once(folder: Folder) -> None:
    """Of several that write a file of one name, one does; the others learn so and nothing of theirs is left."""
    at_once = 1 if folder.path is None else 4  # moto looks and writes in two steps, unlike S3
    with ThreadPoolExecutor(at_once) as pool:
        wrote = list(pool.map(lambda number: Folder(folder.url).write_new("m/0", bytes([number])), range(4)))
    assert sorted(wrote) == [False, False, False, True]
    assert folder.read("m/0") == bytes([wrote.index(True)])
    assert folder.names() == ["m/0"] and (folder.path is None or len(list(folder.path.rglob("*"))) == 2)


def test_storage_missing_file(folder: Folder) -> None:
    for attempt in (folder.read, lambda name: folder.open(name).read()):
        with pytest.raises(NoSuchFile, match=r"target/none"):
            attempt("none")


def test_storage_pickled(folder: Folder) -> None:
    """A task gets it by pickle, also after it was used."""
    folder.write("a", b"1")
    assert pickle.loads(pickle.dumps(folder)).read("a") == b"1"


@pytest.mark.parametrize("name", HOSTILE)
def test_storage_hostile_names(name: str, tmp_path: Path) -> None:
    """Whatever a file is called, a local folder takes, lists and gives it."""
    folder = Folder(tmp_path / "a::b #1")
    folder.write(name, b"1")
    assert folder.names() == folder.names(name) == [name] and folder.exists(name)
    assert folder.read(name) == folder.open(name).read() == b"1"


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.isprintable()])
def test_storage_hostile_keys(name: str, s3: S3Server) -> None:
    """So does an object store, of what it takes; moto, unlike S3, refuses a line break."""
    folder = Folder(f"s3://{s3.bucket()}/a b #1")
    folder.write(name, b"1")
    assert folder.names() == folder.names(name) == [name] and folder.exists(name)
    assert folder.read(name) == folder.open(name).read() == b"1"


def test_storage_full_disk(full_disk: Path) -> None:
    """The file from before stays, no half is left, and the error says what helps."""
    (full_disk / "ballast").unlink()
    folder = Folder(full_disk)
    folder.write("part", b"before")
    with pytest.raises(OutputError, match=r"No space left on device\. Free some space"):
        folder.write("part", bytes(8192))
    with pytest.raises(OutputError, match="Free some space"), folder.create("part") as file:
        file.write(bytes(8192))
    assert [path.name for path in full_disk.iterdir()] == ["part"] and folder.read("part") == b"before"


def test_storage_where_a_file_stands(tmp_path: Path) -> None:
    """The folder's name is taken by a file."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"):
        Folder(tmp_path / "file").write("a", b"")
    with pytest.raises(NoSuchFile):
        Folder(tmp_path / "file").read("a")


def test_storage_ignores_leftovers(tmp_path: Path) -> None:
    """What a killed process left is not listed, and is deleted once nobody can be writing it any more."""
    folder = Folder(tmp_path)
    (tmp_path / "pages").mkdir()
    old, new = (tmp_path / "pages" / f"{digit * 16}.part" for digit in "ab")
    for path in (old, new, tmp_path / "kept.part"):
        path.write_bytes(b"half")
    os.utime(old, times=(time.time() - LEFTOVER_AGE_S - 60,) * 2)
    assert folder.names() == ["kept.part"]
    assert folder.delete_leftovers() == 1
    assert sorted(path.name for path in tmp_path.rglob("*.part")) == [new.name, "kept.part"]


def test_storage_is_on_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are synchronised first, the folder that names them afterwards."""
    order: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), sync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda path, to: (order.append("replace"), replace(path, to))[1])
    Folder(tmp_path).write("a", b"1")
    assert order == ["fsync", "replace", "fsync"]


def test_storage_wrong_bucket(s3: S3Server) -> None:
    """A typing error in the bucket is no empty folder, and no missing file."""
    folder = Folder("s3://no-such-bucket/target")
    for attempt in (lambda: folder.names(), lambda: folder.names("pages/"), lambda: folder.read("a")):
        with pytest.raises(StorageError, match="bucket"):
            attempt()
    with pytest.raises(OutputError, match="Check the bucket's name"):
        folder.write("a", b"1")


def test_storage_without_credentials(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Said with the variables that give them."""
    bucket = s3.bucket()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = Folder(f"s3://{bucket}/other")
    with pytest.raises(StorageError, match="AWS_ACCESS_KEY_ID"):
        folder.names()
    with pytest.raises(OutputError, match="AWS_ACCESS_KEY_ID"):
        folder.write("a", b"1")


def test_storage_unreachable(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at the store's address."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match=r"cannot be read: .*127\.0\.0\.1:9.* the network") as caught:
        Folder("s3://bucket/target").names()
    assert not isinstance(caught.value, NoSuchFile)


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs")])
def test_storage_without_its_package(scheme: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What installs it is named."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, scheme, raising=False)  # the class, if it was loaded
    with pytest.raises(MissingExtra, match=rf"{scheme}://.*pip install '?{package}"):
        Folder(f"{scheme}://bucket/x").names()


def test_storage_unknown_scheme() -> None:
    with pytest.raises(UsageError, match="s3n"):
        Folder("s3n://bucket").names()


@pytest.mark.parametrize(
    ("url", "scheme", "path"),
    [
        ("out", "", Path("out")),
        ("file:///out", "", Path("/out")),
        ("C:\\out", "", Path("C:\\out")),
        ("a::b", "", Path("a::b")),
        ("s3://bucket/x", "s3", None),
    ],
)
def test_storage_urls(url: str, scheme: str, path: Path | None) -> None:
    assert (scheme_of(url), local_path(url)) == (scheme, path)
