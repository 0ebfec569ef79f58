"""What a tab has been sent, so that the next event need not send it again."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

_numbers = itertools.count(int(time.time() * 1000))
"""Numbers of updates; they only grow, also when the program is started anew while its tabs stay open."""


@dataclass(slots=True)
class SentValues:
    """The latest values sent to one tab, by component."""

    _values: dict[str, tuple[Any, int | None]] = field(default_factory=dict)
    """Component → value, and the number of an update that brought it; None for an update without one."""

    def record(self, name: str, value: Any, number: int | None = None) -> None:
        """Record what is being sent."""
        before, since = self._values.get(name, (None, None))
        if since is None or before != value:
            self._values[name] = value, number

    def has(self, name: str, value: Any, received: int) -> bool:
        """Whether a tab that has received the update of this number has this value."""
        sent, number = self._values.get(name, (None, None))
        return number is not None and number <= received and sent == value


@dataclass(slots=True)
class EventUpdates:
    """The updates that one event brings.

    Gradio sends a component's first value whole, and then what has changed since. So a value that the tab has is left
    out until it is another one; from then on each update has it, which costs nothing where it stays the same.

    An event's first update has a number, which the tab says with the events that follow. Messages may be lost on the
    way, so only what came with that update or before is left out of the answer. `renumber` gives the next one a number
    as well.
    """

    sent: SentValues
    """What was sent to the tab."""
    received: int
    """The latest update that the tab had received when the event happened; 0 for none."""
    _number: int = 0
    _begun: bool = False
    _told: set[str] = field(default_factory=set)

    def renumber(self) -> None:
        """Give the next update a number of its own: it has much that the next event need not send again."""
        self._number, self._begun = 0, False

    @property
    def number(self) -> int:
        """That of the first update, or of the one after `renumber`.

        It is asked for when that is made, so that the numbers are in the order of sending.
        """
        self._number = self._number or next(_numbers)
        return self._number

    def news(self, values: dict[str, Any]) -> dict[str, Any]:
        """Those of these values that the next update has to have, by component."""
        number = None if self._begun else self.number
        self._begun = True
        told = {
            name: value
            for name, value in values.items()
            if name in self._told or not self.sent.has(name, value, self.received)
        }
        for name, value in told.items():
            self.sent.record(name, value, number)
        self._told |= told.keys()
        return told
