"""A model that a visitor can pick."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """An entry of the model menu, and what follows from picking it."""

    id: str
    name: str
    """The part of the ID after its last slash, where no other model's is the same; else the ID."""
    purpose: str
    served: bool
    notice: str
    """A warning shown when it is picked; may be empty."""
    command: str
    """The command that serves it; empty where it is served."""
    layout: bool
    """Whether its family has a layout mode."""
    sampling: bool
    """Whether it takes a temperature and the like; the CPU engine does not."""
    defaults: dict[str, str]
    """What the fields under Advanced mean when they are empty."""
