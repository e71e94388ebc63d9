"""What tells a person: identifiers of a subject, the spellings they occur in, and text without them.

``base`` has the words for it: subject, identifier, kind. ``keys`` tell whose pseudonyms and shifts are meant,
``elements`` which DICOM elements identify. ``spellings`` gives every ``spelling`` of ``names``, ``numbers``, ``dates``.

``cleaning`` takes from a text what is ``known``, then what ``patterns`` find, then what ``introductions``, by their
``cues``, and ``words`` tell to be a name; ``eponyms`` stay.
"""

from __future__ import annotations

from fw_gear_deid.identity.base import NOBODY, Identifier, Kind, Subject
from fw_gear_deid.identity.keys import key_of, label_in, subject_of
from fw_gear_deid.identity.spelling import Spelling
from fw_gear_deid.identity.spellings import spellings

__all__ = ["NOBODY", "Identifier", "Kind", "Spelling", "Subject", "key_of", "label_in", "spellings", "subject_of"]
