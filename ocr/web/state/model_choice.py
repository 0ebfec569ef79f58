"""A model that a visitor can pick, as the session holds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the picker, and what follows from picking it."""

    id: str
    name: str
    """The ID without what comes before its last slash, where that tells it from the others."""
    purpose: str
    served: bool
    notice: str
    """What there is to know before reading with it; empty when all is well."""
    command: str
    """What serves it; empty where it is served."""
    layout: bool
    """Whether its family has a layout mode."""
    sampling: bool
    """Whether it takes a temperature and the like; the CPU engine does not."""
    defaults: dict[str, str]
    """What the fields under Advanced mean when they are empty."""
