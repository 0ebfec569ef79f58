"""What the tests of reading at scale share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import s3fs
from fsspec.asyn import sync

from ocr.batch.sources import close_containers
from tests.batch.s3_server import S3Server, s3_server


@pytest.fixture(scope="session")
def running_s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def s3(running_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The S3 on loopback, which the variables of this process name; no connection of another test is used again."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name, value in running_s3.variables.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    yield running_s3
    for files in s3fs.S3FileSystem._cache.values():
        if files._s3 is not None:  # by itself it waits 0.1 s for the end of its sessions, then leaves them open
            sync(files.loop, files._s3.close)
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(autouse=True)
def closed_containers() -> Iterator[None]:
    """What a test has fetched documents from does not stay open."""
    yield
    close_containers()
