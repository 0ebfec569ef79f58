"""A server that a visitor wants to read with, and what has been found out about it so far."""

from dataclasses import dataclass, field

OK, LOOK, WAITING, FAILED = "ok", "look", "waiting", "failed"
"""Marks of what was found."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that was examined."""

    what: str
    mark: str
    """OK, LOOK, WAITING or FAILED."""
    words: str


@dataclass(slots=True)
class CheckedServer:
    """A check under way, or the last one; neither address nor key is part of it."""

    findings: list[CheckFinding] = field(default_factory=list)
    busy: bool = True
    used: bool = False
    """Whether pages are read with it since."""
