"""Faults that can be switched on, each for a number of times or until it is switched off."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

NAMES = {
    "slow": "every answer takes a tenth of a second longer",
    "429": "too many requests",
    "500": "internal server error",
    "502": "bad gateway",
    "503": "service unavailable",
    "504": "gateway timeout",
    "drop-upload": "the connection ends in the middle of an upload",
    "drop-download": "the connection ends in the middle of a download",
    "stale-reads": "lists do not show what was created a moment ago",
    "stale-files": "a container does not show a file that arrived a moment ago",
    "race": "somebody else creates the same container a moment before",
    "lost-answer": "a request is carried out, but its answer never arrives",
    "short-download": "a download ends early, although nothing says so",
    "corrupt-download": "one byte of a download is another on its way",
    "corrupt-upload": "one byte of an uploaded file is stored wrong",
}
"""Every fault, and what it does."""


@dataclass
class Fault:
    """A fault that is on.

    Attributes:
        left: how many times it will still strike; None: always.
        every: it strikes one in so many requests that it could strike.
    """

    left: int | None = None
    every: int = 1
    seen: int = 0


@dataclass
class Faults:
    """The faults that are on, by name."""

    active: dict[str, Fault] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def switch_on(self, name: str, *, times: int | None = None, every: int = 1) -> None:
        """Switch a fault on."""
        if name not in NAMES:
            raise ValueError(f"unknown fault {name}; there are: {', '.join(NAMES)}")
        with self.lock:
            self.active[name] = Fault(times, every)

    def switch_off(self, name: str | None = None) -> None:
        """Switch a fault off, or all of them."""
        with self.lock:
            if name is None:
                self.active.clear()
            else:
                self.active.pop(name, None)

    def strikes(self, name: str) -> bool:
        """Whether a fault is to strike now; counts it if so."""
        with self.lock:
            fault = self.active.get(name)
            if fault is None or fault.left == 0:
                return False
            fault.seen += 1
            if fault.seen % fault.every:
                return False
            if fault.left is not None:
                fault.left -= 1
            self.struck[name] = self.struck.get(name, 0) + 1
            return True
