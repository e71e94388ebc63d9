"""Values that metadata of another standard may repeat: XMP, IPTC and comments beside the tags of an image."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

_DATE: Final = re.compile(r"(\d{4}):(\d\d):(\d\d)", re.ASCII)
_SHORTEST: Final = 3
_ENCODINGS: Final = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass(slots=True)
class Repeats:
    """Texts that were taken away, in every spelling that other metadata gives them.

    Attributes:
        spellings: the bytes to look for.
    """

    spellings: set[bytes] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.spellings)

    def add(self, text: str) -> None:
        """Add a text; one of a letter or two stands everywhere, and is left out.

        Of a date ``2020:02:28 …`` the day counts, as ``2020-02-28`` (XMP) and ``20200228`` (IPTC).
        """
        text = text.strip(" \0")
        if len(text) < _SHORTEST:
            return
        spelt = {text, escape(text), escape(text, {'"': "&quot;", "'": "&apos;"})}
        if match := _DATE.match(text):
            spelt |= {"-".join(match.groups()), "".join(match.groups()), match[0]}
        for each in spelt:
            for encoding in _ENCODINGS:
                with suppress(UnicodeEncodeError):  # then it does not stand there in that encoding
                    self.spellings.add(each.encode(encoding))

    def stand_in(self, data: bytes) -> bool:
        """Whether any of them stands in the bytes."""
        return any(spelling in data for spelling in self.spellings)
