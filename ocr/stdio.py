"""Set the encoding of the program's standard output."""

import io
import sys


def escape_unencodable() -> None:
    """Have standard output write as escapes what its encoding lacks, as standard error always does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
