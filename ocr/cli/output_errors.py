"""Say why results cannot be written, and what helps."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocr.errors import confined
from ocr.output import unwritable

WRITE_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Free some space, or choose another --out."),
    errno.ENAMETOOLONG: "Choose an --out with a shorter path.",
    **dict.fromkeys(
        (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY), "Move the existing file, or choose another --out."
    ),
}
"""What helps against a file that cannot be written, by the system's error."""


@contextmanager
def explained_writing(folder: Path) -> Iterator[None]:
    """Write something into this folder.

    Raises:
        OutputError: in place of the system's error.
        ProgramFault: in place of any other exception but those of this program.
    """
    with confined():
        try:
            yield
        except OSError as error:  # what keeps the folder from being written, and what helps
            helps = WRITE_REMEDIES.get(error.errno or 0, "Fix this, or choose another --out.")
            path = error.filename2 or error.filename or folder
            raise unwritable(str(path), error, helps) from error
