"""storage_errors.py: what a store's exception becomes, of those that no store here can be made to raise."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from ocr.batch.storage_errors import reading, writing
from ocr.errors import DamagedDocument, NoSuchFile, OcrError, OutputError, StorageError


class DefaultCredentialsError(Exception):
    """As google-auth calls it."""


Translator = Callable[[str], AbstractContextManager[None]]
CASES = [
    (DefaultCredentialsError("none found"), "gs://b/x", "gcloud auth"),
    (DefaultCredentialsError("none found"), "az://b/x", "credentials of the store"),
    (PermissionError("Forbidden"), "s3://b/x", "right to list, read and write"),
    (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x", "permissions"),
    (TimeoutError(), "s3://b/x", "network"),
    (OSError(errno.EDQUOT, "Disk quota exceeded", "/x"), "/x", "Free some space"),
    (OSError(errno.EIO, "Input/output error", "/x"), "/x", "choose another folder"),
]


@pytest.mark.parametrize(("translator", "kind"), [(reading, StorageError), (writing, OutputError)])
@pytest.mark.parametrize(("error", "address", "step"), CASES, ids=str)
def test_storage_errors(
    translator: Translator, kind: type[OcrError], error: Exception, address: str, step: str
) -> None:
    """Each has the address, a reason and what helps."""
    with pytest.raises(kind) as caught, translator(address):
        raise error
    assert caught.value.message.startswith(f"{address} cannot be ")
    assert step in caught.value.next_step and caught.value.__cause__ is error
    assert not isinstance(caught.value, NoSuchFile) and not str(caught.value).endswith("..")


@pytest.mark.parametrize("translator", [reading, writing])
@pytest.mark.parametrize("error", [TypeError("x"), ZeroDivisionError(), DamagedDocument("x"), KeyError("x")], ids=repr)
def test_storage_errors_are_not_the_programs(translator: Translator, error: Exception) -> None:
    """A fault of the program, and what is an error of ours already, stay what they are."""
    with pytest.raises(type(error)) as caught, translator("s3://b/x"):
        raise error
    assert caught.value is error


class ResponseError(Exception):
    """As aiohttp raises it."""

    def __init__(self, status: int) -> None:
        self.status = status


@pytest.mark.parametrize(
    ("cause", "missing"),
    [(ConnectionRefusedError(111, "refused"), False), (ResponseError(503), False), (ResponseError(404), True)],
    ids=["refused", "503", "404"],
)
def test_storage_errors_of_http(cause: Exception, *, missing: bool) -> None:
    """Fsspec says of any failure that there is no such file; one of the server is none of the document."""
    with pytest.raises(StorageError) as caught, reading("http://h/a.pdf"):
        raise FileNotFoundError("http://h/a.pdf") from cause
    assert isinstance(caught.value, NoSuchFile) == missing
