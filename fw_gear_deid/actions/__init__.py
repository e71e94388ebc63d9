"""How a value changes: pure functions, and one table of them.

``base`` says what an action is, ``registry`` is the table, ``options`` what can be set. By their names in a profile:

=====================================  =====================================
action                                 module
=====================================  =====================================
keep, identity, remove, replace-with   ``simple``
hash, hashuid                          ``hashing`` (``keyed``)
pseudonym                              ``subjects`` (``keyed``)
increment-date, increment-datetime     ``dates`` (``moments``)
jitter                                 ``jitter`` (``keyed``)
regex-sub                              ``substituting`` (``outputs``)
action-code                            ``coded``
clean, and what ``scrub: true`` does   ``cleaning``
encrypt, decrypt                       ``encrypting``
=====================================  =====================================
"""

from __future__ import annotations

from fw_gear_deid.actions.base import REMOVED, Action, Answer, InRecord, Occurrence, Scalar, text_of
from fw_gear_deid.actions.cleaning import Clean, Scrub
from fw_gear_deid.actions.coded import ActionCode
from fw_gear_deid.actions.dates import IncrementDate, IncrementDateTime
from fw_gear_deid.actions.encrypting import Decrypt, Encrypt
from fw_gear_deid.actions.hashing import Hash, HashUid
from fw_gear_deid.actions.jitter import Jitter
from fw_gear_deid.actions.keyed import Key
from fw_gear_deid.actions.options import EMPTY, EMPTY_CELL, Kind, Option, OptionError, Options, Setting, is_missing
from fw_gear_deid.actions.outputs import Substitution, Template, Variable, fields_of, variables
from fw_gear_deid.actions.registry import ACTIONS, ActionType
from fw_gear_deid.actions.simple import Keep, Remove, Replace
from fw_gear_deid.actions.subjects import BY_SUBJECT, Pseudonym
from fw_gear_deid.actions.substituting import RegexSub

__all__ = [
    "ACTIONS",
    "BY_SUBJECT",
    "EMPTY",
    "EMPTY_CELL",
    "REMOVED",
    "Action",
    "ActionCode",
    "ActionType",
    "Answer",
    "Clean",
    "Decrypt",
    "Encrypt",
    "Hash",
    "HashUid",
    "InRecord",
    "IncrementDate",
    "IncrementDateTime",
    "Jitter",
    "Keep",
    "Key",
    "Kind",
    "Occurrence",
    "Option",
    "OptionError",
    "Options",
    "Pseudonym",
    "RegexSub",
    "Remove",
    "Replace",
    "Scalar",
    "Scrub",
    "Setting",
    "Substitution",
    "Template",
    "Variable",
    "fields_of",
    "is_missing",
    "text_of",
    "variables",
]
