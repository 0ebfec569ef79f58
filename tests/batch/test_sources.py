"""sources.py: every kind of SOURCE, each document once, by an id that is safe, and its bytes from anywhere."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.batch.container import container_suffix
from ocr.batch.manifest import freeze_manifest, read_manifest
from ocr.batch.source_document import SourceDocument, document_id, escaped, make_uri, parse_uri, unescaped
from ocr.batch.source_files import check_source_here, source_files
from ocr.batch.sources import close_containers, fetched, find_documents
from ocr.batch.storage import Folder
from ocr.errors import DocumentError, DocumentTooLarge, OutputError, PasswordRequired, StorageError, UsageError
from tests.batch.made_sources import contents, make_zip, pdf
from tests.batch.s3_server import S3Server
from tests.documents.test_folder_listing import HOSTILE, write

BYTES_NAMES = st.binary(min_size=1, max_size=40).map(os.fsdecode)


def test_sources_that_a_machine_lacks(tmp_path: Path) -> None:
    """Of a pattern the folder before its first wildcard has to be there, a file or folder itself, a list need not."""
    (tmp_path / "a [1].pdf").touch()
    for there in ("", "a [1].pdf", "*.pdf", "2024*/**"):
        check_source_here(f"{tmp_path}/{there}")
    check_source_here("s3://bucket/papers")
    check_source_here(f"{tmp_path}/list.txt")
    for missing in ("b.pdf", "in", "in/*.pdf", "in/**/2024*"):
        with pytest.raises(StorageError, match="not on this machine"):
            check_source_here(f"{tmp_path}/{missing}")


def test_sources_folder(tmp_path: Path) -> None:
    """The ids are the paths below it; its structure stays; the target inside it is left out."""
    source = tmp_path / "in"
    for name in ("a.pdf", "2024/b.pdf", "2024/05/c.png"):
        write(source / name, pdf(name))
    write(source / "out" / "x.png")
    write(source / "notes.txt", b"words")
    skipped: Counter[str] = Counter()
    found = list(find_documents(str(source), leave_out=[str(source / "out")], skipped=skipped))
    assert [one.id for one in found] == ["a.pdf", "2024/b.pdf", "2024/05/c.png"]
    assert skipped == {"results of Pagelight": 1, ".txt": 1}
    assert all(one.bytes == len(pdf(one.id)) and one.uri == str(source / one.id) for one in found)
    with fetched(found[0], tmp_path) as path:
        assert path == source / "a.pdf"


@pytest.mark.parametrize("name", HOSTILE)
def test_sources_hostile_names(name: str, tmp_path: Path) -> None:
    """Through the manifest, which is UTF-8, to the bytes; in a folder whose name is as bad."""
    source = tmp_path / "in #1 %20"
    write(source / name, pdf(name))
    make_zip(source / "z.zip", {} if "\udce9" in name else {name: pdf(name)})
    target = Folder(tmp_path / "target")
    freeze_manifest(target, find_documents(str(source)), 2)
    entries = read_manifest(target)
    assert len(entries) == (1 if "\udce9" in name else 2)
    for entry in entries:
        with fetched(entry.document, tmp_path) as path:
            assert path.read_bytes() == pdf(name)
        assert entry.id.isprintable() and unescaped(entry.id).removeprefix("z.zip/") == name


@given(st.lists(st.one_of(BYTES_NAMES, st.text("./%#~a\n\u202e\ud800")), max_size=8, unique=True))
def test_sources_ids_are_unique_and_safe(names: list[str]) -> None:
    """No two paths have one id; none leads out of a folder; each is text of one line."""
    ids = [document_id(name) for name in names]
    assert len(set(ids)) == len(names)
    for name, made in zip(names, ids, strict=True):
        assert not {"", ".", ".."} & set(made.split("/"))
        assert made.encode().decode() == made and len(made.splitlines()) <= 1
        assert "\ud800" in name or unescaped(escaped(name)) == name


@given(BYTES_NAMES, st.dictionaries(st.sampled_from(["zip", "index", "row"]), st.text("a/ #%&=+é\n"), max_size=3))
def test_sources_uris(address: str, place: dict[str, str]) -> None:
    """An address and a place in it come back as they were."""
    uri = make_uri(address, place)
    assert uri.encode() and parse_uri(uri) == (address, place)


def test_sources_pattern(tmp_path: Path) -> None:
    """Files and folders that match, named from the folder before the first wildcard."""
    for name in ("x/a.pdf", "x/1/b.pdf", "y/c.pdf", "y/c.txt", "z/d.pdf"):
        write(tmp_path / "in" / name, pdf(name))
    assert set(contents(tmp_path / "in" / "[xy]" / "*", tmp_path)) == {"x/a.pdf", "x/1/b.pdf", "y/c.pdf", "y/c.txt"}
    assert set(contents(tmp_path / "in" / "**" / "*.pdf", tmp_path)) == {"x/a.pdf", "x/1/b.pdf", "y/c.pdf", "z/d.pdf"}
    assert set(contents(tmp_path / "in" / "**", tmp_path)) >= {"x/a.pdf", "x/1/b.pdf", "y/c.pdf", "z/d.pdf"}
    write(tmp_path / "in" / "[xy]" / "e.pdf", pdf("e"))
    assert set(contents(tmp_path / "in" / "[xy]", tmp_path)) == {"e.pdf"}, "a folder of that name comes first"


def test_sources_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths from the current folder, taken as they are; one that is missing becomes a row; twice is once."""
    write(tmp_path / "in" / "a.dat", pdf("a"))
    write(tmp_path / "in" / "x" / "b\n.pdf", pdf("b"))
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "list.txt", b"in/a.dat\n\nin/gone.pdf\nin/a.dat\n")
    found = list(find_documents("list.txt"))
    assert [(one.id, one.bytes) for one in found] == [("a.dat", len(pdf("a"))), ("gone.pdf", 0)]
    write(tmp_path / "nul.txt", b"in/a.dat\0in/x/b\n.pdf\0")
    assert contents("nul.txt", tmp_path) == {"a.dat": pdf("a"), "x/b%0A.pdf": pdf("b")}


def test_sources_one_file(tmp_path: Path) -> None:
    assert contents(write(tmp_path / "paper", pdf("x")), tmp_path) == {"paper": pdf("x")}


def test_sources_nothing(tmp_path: Path) -> None:
    """A SOURCE that is not there, and one without documents: what was left out is said."""
    with pytest.raises(UsageError, match="is not there"):
        list(find_documents(str(tmp_path / "none")))
    with pytest.raises(UsageError, match="holds no documents"):
        list(find_documents(str(tmp_path / "*.pdf")))
    write(tmp_path / "in" / "a.docx", b"PK\x03\x04")
    with pytest.raises(UsageError, match=r"holds no documents \(left out: 1 \.docx\)"):
        list(find_documents(str(tmp_path / "in")))


def test_sources_zip(tmp_path: Path) -> None:
    """Its documents by name, also two of one name, and names that lead out of a folder."""
    source = make_zip(tmp_path / "in" / "z.zip", {
        "a.pdf": pdf("a"), "d/b.png": pdf("b"), "../../c.pdf": pdf("c"), "/e.pdf": pdf("e"), "d//f.pdf": pdf("f"),
        "d/": b"", "notes.txt": b"", "__MACOSX/._a.pdf": b"", ".x.pdf": b"",
    })  # fmt: skip
    with zipfile.ZipFile(source, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.pdf", pdf("another"))
    skipped: Counter[str] = Counter()
    assert contents(tmp_path / "in", tmp_path, skipped=skipped) == {
        "z.zip/a.pdf": pdf("a"), "z.zip/d/b.png": pdf("b"), "z.zip/%2E%2E/%2E%2E/c.pdf": pdf("c"),
        "z.zip/%-/e.pdf": pdf("e"), "z.zip/d/%-/f.pdf": pdf("f"), "z.zip/a.pdf%~2": pdf("another"),
    }  # fmt: skip
    assert skipped == {"hidden": 2, ".txt": 1}
    assert contents(source, tmp_path) == contents(tmp_path / "in", tmp_path)


@pytest.mark.parametrize("suffix", [".zip", ".warc", ".warc.gz", ".parquet"])
def test_sources_damaged_container(suffix: str, tmp_path: Path) -> None:
    """It is counted and becomes a document itself, so that a row has the reason; the others are listed."""
    write(tmp_path / "in" / f"broken{suffix}", b"nothing of the kind" * 9)
    write(tmp_path / "in" / "good.pdf", pdf("a"))
    skipped: Counter[str] = Counter()
    assert set(contents(tmp_path / "in", tmp_path, skipped=skipped)) == {f"broken{suffix}", "good.pdf"}
    assert skipped == {f"damaged {suffix}": 1}


def test_sources_damaged_members(tmp_path: Path) -> None:
    """A member that is damaged, encrypted, too large or replaced is a fault of that document alone."""
    source = make_zip(tmp_path / "z.zip", {f"{letter}.pdf": os.urandom(3000) for letter in "abc"})
    first, second, third = find_documents(str(source))
    raw = bytearray(source.read_bytes())
    raw[raw.index(b"b.pdf") + 200] ^= 0xFF
    source.write_bytes(raw)
    with pytest.raises(DocumentError, match="damaged"), fetched(second, tmp_path):
        pass
    with fetched(third, tmp_path) as path:
        assert path.stat().st_size == 3000
    with pytest.raises(DocumentTooLarge), fetched(first, tmp_path, max_bytes=2999):
        pass
    close_containers()
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    source.write_bytes(raw)
    with pytest.raises(PasswordRequired), fetched(first, tmp_path):
        pass
    close_containers()
    make_zip(source, {"other.pdf": pdf("x")})
    with pytest.raises(DocumentError, match="changed"), fetched(first, tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["z.zip"]


def test_sources_full_disk(tmp_path: Path, full_disk: Path) -> None:
    """Where a copy has no room, it is no fault of the document."""
    (document,) = find_documents(str(make_zip(tmp_path / "z.zip", {"a.pdf": bytes(9000)})))
    with pytest.raises(OutputError, match="Free some space"), fetched(document, full_disk):
        pass
    assert [path.name for path in full_disk.iterdir()] == ["ballast"]


def test_sources_many_containers(tmp_path: Path) -> None:
    """More than stay open, read in turns."""
    made = {f"{number}.zip/a.pdf": pdf(f"{number}") for number in range(9)}
    for number in range(9):
        make_zip(tmp_path / "in" / f"{number}.zip", {"a.pdf": pdf(f"{number}")})
    assert contents(tmp_path / "in", tmp_path) == made == contents(tmp_path / "in", tmp_path)


def put(bucket: str, files: dict[str, bytes]) -> str:
    folder = Folder(f"s3://{bucket}/in")
    for name, data in files.items():
        folder.write(name, data)
    return folder.url


def test_sources_in_a_bucket(s3: S3Server, tmp_path: Path) -> None:
    """A folder with containers, told by suffixes; the target inside it is left out, and so is another run's."""
    made = make_zip(tmp_path / "z.zip", {"m.pdf": pdf("m")}).read_bytes()
    pq.write_table(pa.table({"pdf": [pdf("r")]}), tmp_path / "p.parquet")
    url = put(s3.bucket(), {
        "a.pdf": pdf("a"), "x y/b #1.pdf": pdf("b"), "z.zip": made, "notes.md": b"", ".x/y.pdf": b"",
        "p.parquet": (tmp_path / "p.parquet").read_bytes(), "out/x.png": b"", "outside.pdf": pdf("o"),
        "run/run.json": b"", "run/manifest/00000.parquet": b"", "run/figures/f.png": b"",
    })  # fmt: skip
    skipped: Counter[str] = Counter()
    assert contents(url, tmp_path, leave_out=[f"{url}/out"], skipped=skipped) == {
        "a.pdf": pdf("a"), "outside.pdf": pdf("o"), "p.parquet/0": pdf("r"), "x y/b #1.pdf": pdf("b"),
        "z.zip/m.pdf": pdf("m"),
    }  # fmt: skip
    assert skipped == {"results of Pagelight": 4, ".md": 1, "hidden": 1}
    assert contents(f"{url}/x*/*.pdf", tmp_path) == {"x y/b #1.pdf": pdf("b")}
    assert contents(f"{url}/a.pdf", tmp_path) == {"a.pdf": pdf("a")}
    folder = Folder(url)
    folder.write("list.txt", f"{url}/a.pdf\n{url}/z.zip\n{url}/gone.pdf\n".encode())
    found = {one.id: one for one in find_documents(f"{url}/list.txt")}
    assert {name: one.bytes for name, one in found.items()} == {
        "a.pdf": len(pdf("a")), "z.zip/m.pdf": len(pdf("m")), "gone.pdf": 0
    }  # fmt: skip
    with pytest.raises(DocumentError, match="no longer there"), fetched(found["gone.pdf"], tmp_path):
        pass


def test_sources_bucket_that_fails(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A store that does not answer is no fault of a document: the run must end instead of writing rows."""
    url = put(s3.bucket(), {"a.pdf": pdf("a")})
    (document,) = find_documents(url)
    with pytest.raises(UsageError, match="is not there"):
        list(find_documents(f"{url}/none"))
    with pytest.raises(StorageError, match="bucket"):
        list(find_documents("s3://no-such-bucket/in"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    type(Folder(url)._files).clear_instance_cache()
    with pytest.raises(StorageError, match="network"), fetched(document, tmp_path):
        pass
    with pytest.raises(StorageError, match="network"):
        list(find_documents(url))


def test_sources_suffixes() -> None:
    assert [container_suffix(name) for name in ("a.ZIP", "a.warc.gz", "a.gz", "a.pdf", "zip")] == [
        ".zip", ".warc.gz", None, None, None
    ]  # fmt: skip
    assert SourceDocument("", make_uri("/x.parquet", {"parquet": "p", "row_group": 1, "row": 2}), 0).unit == (
        "/x.parquet#parquet=p&row_group=1"
    )


def test_sources_named_file_is_taken_as_it_is(tmp_path: Path) -> None:
    """Whatever its suffix: who names a file wants it read."""
    path = write(tmp_path / "page.docx", b"PK\x03\x04")
    assert [file.name for file in source_files(str(path), (), Counter())] == ["page.docx"]
