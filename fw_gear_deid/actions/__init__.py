"""How a value changes: pure functions, and one table of them."""

from __future__ import annotations

from fw_gear_deid.actions.base import REMOVED, Action, Answer, Occurrence, Scalar

__all__ = ["REMOVED", "Action", "Answer", "Occurrence", "Scalar"]
