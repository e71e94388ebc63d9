"""A connection to a Flywheel site through ``flywheel-sdk``: asks again while the site is busy, fails in words of ours.

What fails is a ``SiteError`` whose message says what was asked and what to do, never what the site wrote: that could
repeat a label.
"""

# ruff: noqa: ANN401  # what the SDK gives has no types

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from fw_gear_deid.errors import NO_ANSWER, SiteError
from fw_gear_deid.site.containers import mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try; a random part of up to as much again is added."""

PATIENCE: Final = 60.0
"""Seconds in which a site has to answer the first question. The SDK alone would go on for hours."""

LONGEST: Final = 300.0
"""Seconds after which nothing is asked again; the SDK may have tried several times in each of them."""

SLOWEST: Final = 1 << 20
"""Bytes a second of a slow line: so much longer may it take to send or fetch a large file, and be tried again."""

CONFLICT: Final = 409
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
UNREADABLE: Final = -1
"""No status of HTTP: an answer came that the SDK cannot read."""
_WHAT_TO_DO: Final[Mapping[int, str]] = {
    NO_ANSWER: "the site did not answer; check the connection and run again",
    UNREADABLE: "its answer cannot be read; the site may be newer than the gear, or something between them may answer: "
    "tell the site's administrator",
    UNAUTHORIZED: "the API key is not valid (any more); make a new one in the profile page of the site",
    FORBIDDEN: "the API key has no right to do this; ask the project's administrator for it",
    NOT_FOUND: "there is no such thing, or the API key may not see it",
    CONFLICT: "there is one already",
    413: "it is larger than the site takes",
    422: "the site does not take these values",
    429: "the site is busy; run again later",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose key it is.

    Attributes:
        user: id of the user; of a job that a gear rule started, nobody whom a project knows.
        is_admin: whether it is a site administrator's.
        is_job: whether it is a job's, and ends with it.
    """

    user: str
    is_admin: bool
    is_job: bool


class Connection:
    """One connection with one key; used by many threads.

    Args:
        api_key: ``host:key``. It is not kept, and stands in no message.
        pause: waits for so many seconds between tries.
    """

    def __init__(self, api_key: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._pause = pause
        import flywheel  # noqa: PLC0415  # slow to load, and needed on a site alone

        try:
            self.sdk = flywheel.Client(api_key, disable_auth_check=True)
        except Exception as error:  # noqa: BLE001  # raised again
            # The SDK raises bare exceptions for a key it cannot read; their text may hold the key.
            raise SiteError(f"the API key cannot be read ({type(error).__name__}); it looks like host:key") from None
        try:
            self.account = self._account()
        except SiteError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Enter the block in which the connection is used."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the connection."""
        self.sdk.shutdown()
        self.sdk.api_client.rest_client.client.close()  # the SDK leaves its connections open

    def _account(self) -> Account:
        status = self._first("whose key it is", self.sdk.get_auth_status)
        origin = plain(status.origin)
        kind = str(getattr(origin.get("type"), "value", origin.get("type")))
        return Account(str(status.user_id or ""), bool(status.user_is_admin), not kind.startswith("user"))

    def _first(self, what: str, call: Callable[[], Any]) -> Any:
        """Ask the first question; a host that says nothing in time is not waited for any longer."""
        answers: list[Any] = []

        def asking() -> None:
            try:
                answers.append(self.asked(what, call))
            except Exception as error:  # noqa: BLE001  # raised again
                answers.append(error)

        thread = threading.Thread(target=asking, daemon=True)  # ends with the program
        thread.start()
        thread.join(PATIENCE)
        if not answers:
            raise SiteError(
                f"asked the site {what}: it did not answer within {PATIENCE:.0f} seconds; check the host in the API "
                "key, and whether this machine reaches it",
            )
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0]

    # -- asking

    def ask(self, what: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Ask the site by a method of the SDK; return dictionaries, lists and plain values.

        Args:
            what: what is asked for, for messages.
            method: its name.
            *arguments: what it takes.
            **options: what it takes by name.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        return _unpacked(self.asked(what, getattr(self.sdk, method), *arguments, **options))

    def ask_once(self, what: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Ask as ``ask`` does, for what must not be done twice: an answer that is lost is not asked for again."""
        return _unpacked(self.call(what, getattr(self.sdk, method), *arguments, **options))

    def asked(self, what: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Ask the site for something that may be asked again."""
        return self.again(lambda: self.call(what, call, *arguments, **options))

    def again(self, step: Callable[[], Any], size: int = 0) -> Any:
        """Do a step, and do it again while the site is only busy.

        Args:
            step: what is done.
            size: bytes of a file that are sent or fetched by it.
        """
        longest, begun = LONGEST + size / SLOWEST, time.monotonic()
        for pause in PAUSES:
            try:
                return step()
            except SiteError as error:
                if not error.is_passing or time.monotonic() - begun > longest:
                    raise
            self._pause(pause * (1 + random.random()))  # noqa: S311  # so that many jobs do not come back at once
        return step()

    def call(self, what: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Ask the site once."""
        import flywheel  # noqa: PLC0415  # loaded already
        import httpx2  # noqa: PLC0415  # what the SDK sends by; loaded already

        try:
            return call(*arguments, **options)
        except flywheel.ApiException as error:
            status = int(error.status or NO_ANSWER)
        except httpx2.HTTPError:
            status = NO_ANSWER
        except RuntimeError:  # so the SDK says that it cannot read an answer; its text may hold a value
            status = UNREADABLE
        advice = _WHAT_TO_DO.get(status, "run again; if it stays so, ask the site's administrator")
        told = f" ({status})" if status > 0 else ""
        raise SiteError(f"asked the site {what}{told}: {advice}", status) from None


def plain(model: Any) -> Mapping[str, Any]:
    """Return an object of the SDK as a dictionary."""
    return mapping(model.to_dict() if hasattr(model, "to_dict") else model)


def _unpacked(answer: Any) -> Any:
    """Return what the SDK answers, without its own types."""
    if isinstance(answer, list):
        return [_unpacked(each) for each in answer]
    return answer.to_dict() if hasattr(answer, "to_dict") else answer
