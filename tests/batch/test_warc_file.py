"""warc_file.py: the documents among what servers answered to a crawler."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from tests.batch.made_sources import contents, pdf


def make_warc(path: Path, answers: list[tuple[str, str, bytes]], *, compressed: bool) -> Path:
    """A WARC of what a crawler was answered: (URL, status line, body); each request is in it too."""
    records = [("warcinfo", "", b"software: tests\r\n")]
    for url, status, body in answers:
        fields = "Content-Type: application/pdf\r\n"
        if url.endswith("packed.pdf"):
            fields, body = f"{fields}Content-Encoding: gzip\r\n", gzip.compress(body)
        if url.endswith("chunked.pdf"):
            fields, body = f"{fields}Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        records.append(("request", url, b"GET / HTTP/1.1\r\n\r\n"))
        records.append(("response", url, f"HTTP/1.1 {status}\r\n{fields}\r\n".encode() + body))
    written = []
    for kind, url, block in records:
        target = f"WARC-Target-URI: {url}\r\n" if url else ""
        header = f"WARC/1.0\r\nWARC-Type: {kind}\r\n{target}Content-Length: {len(block)}\r\n"
        if kind != "warcinfo":
            header += f"Content-Type: application/http; msgtype={kind}\r\n"
        record = f"{header}\r\n".encode() + block + b"\r\n\r\n"
        written.append(gzip.compress(record) if compressed else record)
    path.write_bytes(b"".join(written))
    return path


@pytest.mark.parametrize("compressed", [True, False], ids=["gzip", "plain"])
def test_warc_file(tmp_path: Path, *, compressed: bool) -> None:
    """What servers answered and is a document; its coding undone; each record found by its offset."""
    urls = [f"https://example.org/{name}" for name in ("a.pdf", "b/packed.pdf", "chunked.pdf", "a.pdf", "c?x=1#2")]
    answers = [(url, "200 OK", pdf(f"{number}")) for number, url in enumerate(urls)]
    answers += [("http://h/page", "200 OK", b"<html>"), ("http://h/gone.pdf", "404 Not Found", pdf("x"))]
    name = "crawl.warc.gz" if compressed else "crawl.warc"
    skipped: Counter[str] = Counter()
    made = make_warc(tmp_path / name, answers, compressed=compressed)
    assert contents(made, tmp_path, skipped=skipped) == {
        f"{name}/example.org/a.pdf": pdf("0"), f"{name}/example.org/b/packed.pdf": pdf("1"),
        f"{name}/example.org/chunked.pdf": pdf("2"), f"{name}/example.org/a.pdf%~2": pdf("3"),
        f"{name}/example.org/c?x=1#2": pdf("4"),
    }  # fmt: skip
    assert skipped == {"other WARC records": 10}
