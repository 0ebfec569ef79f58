"""Throttles log-ins: each address has to wait longer after each wrong password."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FREE_ATTEMPTS = 5
"""Wrong passwords that cost nothing: people mistype."""
MAX_WAIT_S = 60.0
"""By then an address can try 1,440 passwords a day, and a neighbour behind the same address waits a minute at most."""
RESET_AFTER_S = 3600.0
"""Seconds after the last try when an address starts anew."""
MAX_ADDRESSES = 10_000
"""Addresses remembered, some 2 MB; the one that tried longest ago is dropped first."""


@dataclass(slots=True)
class _Attempts:
    count: int = 0
    last: float = 0.0


@dataclass(slots=True)
class LoginThrottle:
    """How long each address has to wait before it may try a password."""

    clock: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, _Attempts] = field(default_factory=OrderedDict)

    def begin(self, address: str) -> float:
        """Count a try; 0 if it may be made, else the seconds to wait. It counts as wrong until `succeed`.

        So many tries sent at once are no way around it.
        """
        key, now = network(address), self.clock()
        tries = self._tries.get(key)
        if tries is None or now - tries.last > RESET_AFTER_S:
            tries = _Attempts()
        wait = min(2.0 ** (tries.count - FREE_ATTEMPTS), MAX_WAIT_S) if tries.count >= FREE_ATTEMPTS else 0.0
        if (left := tries.last + wait - now) > 0 and wait:
            return left
        self._tries[key] = _Attempts(tries.count + 1, now)
        self._tries.move_to_end(key)
        while len(self._tries) > MAX_ADDRESSES:
            self._tries.popitem(last=False)
        return 0.0

    def succeed(self, address: str) -> None:
        """The password was right."""
        self._tries.pop(network(address), None)


def network(address: str) -> str:
    """Whom an address stands for: itself, or with IPv6 the /64 that one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
