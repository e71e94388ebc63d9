"""What the site answers when it refuses: a status and the platform's form of a message."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is refused.

    Attributes:
        status: HTTP status code.
        message: what the client is told.
    """

    status = 400

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class UnauthorizedError(RefusedError):
    """No key, or one that nobody has."""

    status = 401


class ForbiddenError(RefusedError):
    """A key without the right."""

    status = 403


class NotFoundError(RefusedError):
    """Nothing there, or nothing that this key may know of."""

    status = 404


class ConflictError(RefusedError):
    """Something of the kind is there already."""

    status = 409


class InvalidError(RefusedError):
    """A body that breaks the platform's rules."""

    status = 422
