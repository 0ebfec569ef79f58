"""What file systems and object stores answer where they fail, as errors of ours with what to do next."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from ocr.errors import MissingExtra, NoSuchFile, OcrError, OutputError, StorageError, UsageError
from ocr.extras import how_to_install

STORE_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "az": "adlfs", "abfs": "adlfs"}
"""Scheme → the package with its file system, of those that no extra of ours brings."""

S3_KEYS = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
LOGINS = {
    "s3": S3_KEYS,
    "s3a": S3_KEYS,
    "gs": "Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS.",
    "hf": "Run `hf auth login`, or set HF_TOKEN.",
}
"""How to give a store's credentials."""

CREDENTIALS_MISSING = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError",
    "UnauthorizedSSOTokenError", "ProfileNotFound", "DefaultCredentialsError", "RefreshError",
    "LocalTokenNotFoundError",
}  # fmt: skip
"""Exceptions of botocore, google-auth and huggingface_hub, which are not imported for that."""


def no_such_scheme(scheme: str, error: Exception) -> UsageError:
    """What to raise where there is no file system for a scheme, or its package is missing."""
    if isinstance(error, ValueError):
        return UsageError(
            f"{scheme}:// is no kind of address that is known.",
            "Use a path, or an address that begins with s3://, gs:// or hf://.",
        )
    feature = f"{scheme}:// needs packages that are not installed."
    if scheme in {"s3", "s3a"}:
        return MissingExtra(feature, how_to_install("s3"))
    package = STORE_PACKAGES.get(scheme, scheme)
    return MissingExtra(feature, f"`pip install {package}` installs what is missing.")


@contextmanager
def reading(address: str) -> Iterator[None]:
    """Turn what keeps a file or a listing from being read into a StorageError."""
    try:
        yield
    except Exception as error:
        if _is_programs(error):
            raise
        missing = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
        if missing and not _bucket_missing(error) and not _unanswered(error):
            raise NoSuchFile(f"{address} is not there.", "Check the address.") from error
        message = f"{address} cannot be read: {_reason(error)}."
        raise StorageError(message, _next_step(error, address)) from error


@contextmanager
def writing(address: str) -> Iterator[None]:
    """Turn what keeps a file from being written into an OutputError."""
    try:
        yield
    except Exception as error:
        if _is_programs(error):
            raise
        message = f"{address} cannot be written: {_reason(error)}."
        raise OutputError(message, _next_step(error, address)) from error


def _is_programs(error: Exception) -> bool:
    """Whether it is an error of ours or a fault of the program; stores raise OSErrors and classes of their own."""
    return isinstance(error, OcrError) or (type(error).__module__ == "builtins" and not isinstance(error, OSError))


def _bucket_missing(error: BaseException) -> bool:
    return "bucket does not exist" in str(error)


def _unanswered(error: BaseException) -> bool:
    """Whether fsspec's HTTP says that there is no file because the server did not answer, or failed."""
    cause = error.__cause__
    no_connection = isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError)
    return no_connection or getattr(cause, "status", 0) >= 500


def _reason(error: Exception) -> str:
    """The system's own words, without errno and path; else the store's, in one line without its full stop."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return error.strerror
    if _unanswered(error):
        error = cast(Exception, error.__cause__)
    return " ".join(str(error).split()).removesuffix(".") or type(error).__name__


def _next_step(error: Exception, address: str) -> str:
    scheme = address.partition("://")[0] if "://" in address else ""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "Free some space, or choose another folder; the same command then goes on."
    if type(error).__name__ in CREDENTIALS_MISSING:
        return LOGINS.get(scheme, "Give the credentials of the store.")
    if _bucket_missing(error):
        return "Check the bucket's name, or make the bucket."
    if isinstance(error, PermissionError):
        if scheme:
            return "Ask for the right to list, read and write there, or use other credentials."
        return "Change its permissions, or choose another folder."
    if scheme:
        return "Check the address, the network and the credentials; the same command then goes on."
    return "Fix this, or choose another folder; the same command then goes on."
