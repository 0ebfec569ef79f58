"""A document of SOURCE: what it is called, and where its bytes are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document that is to be read, by its place; nothing of it was opened."""

    id: str
    """Its path below SOURCE, with `/`: unique, of UTF-8, without `.` and `..`; see `escaped`."""
    uri: str
    """Enough to fetch it on any machine that reaches SOURCE."""
    bytes: int
    """Its size; of a row of a dataset about that."""
