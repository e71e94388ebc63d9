"""Requests and responses, apart from how they travel."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.flywheel_site.access import Principal

_DISPOSITION = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Part:
    """One part of a multipart body."""

    name: str
    filename: str | None
    data: bytes


@dataclass
class Request:
    """One request.

    Attributes:
        path: below ``/api``.
        query: the last value of each parameter.
        principal: whose key it carries; set once it is known.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    principal: Principal | None = None
    base_url: str = ""

    def json(self) -> Any:
        """Return the body; an empty one is an empty object."""
        if not self.body:
            return {}
        try:
            return json.loads(self.body)
        except ValueError:
            raise InvalidError("Unable to parse JSON form content") from None

    def object(self) -> dict[str, Any]:
        """Return the body, which must be an object."""
        body = self.json()
        if not isinstance(body, dict):
            raise InvalidError("body must be an object")
        return body

    def parts(self) -> list[Part]:
        """Return the parts of a multipart body."""
        match = re.search(r'boundary="?([^";]+)"?', self.headers.get("content-type", ""))
        if match is None:
            raise InvalidError("multipart/form-data expected")
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + match[1].encode())
        return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    words = dict(_DISPOSITION.findall(head.decode("utf-8")))
    name = words.get("filename")
    return Part(words["name"], None if name is None else name.replace('\\"', '"').replace("%22", '"'), data)


@dataclass
class Response:
    """One response; ``body`` is sent as it is when it is bytes, else as JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes to send."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()
