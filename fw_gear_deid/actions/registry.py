"""The table of every action of the profile language."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions.cleaning import Clean
from fw_gear_deid.actions.coded import ActionCode
from fw_gear_deid.actions.dates import DATE_OPTIONS, DATETIME_OPTIONS, IncrementDate, IncrementDateTime
from fw_gear_deid.actions.encrypting import ENCRYPT_OPTIONS, Decrypt, Encrypt
from fw_gear_deid.actions.hashing import Hash, HashUid
from fw_gear_deid.actions.jitter import JITTER_OPTIONS, Jitter
from fw_gear_deid.actions.simple import REPLACE_OPTIONS, Keep, Remove, Replace
from fw_gear_deid.actions.subjects import Pseudonym
from fw_gear_deid.actions.substituting import RegexSub

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fw_gear_deid.actions.base import Action
    from fw_gear_deid.actions.options import Option, Options


@dataclass(frozen=True, slots=True)
class ActionType:
    """One action of the profile language.

    Attributes:
        key: its name in a profile.
        words: what happens to the field, to be read after "the field is".
        build: makes the action from the parameters of a rule, raises ``OptionError``.
        options: what a rule may set beside the action itself.
        takes_value: whether the key is followed by a value rather than ``true``.
        sections: the file sections that have it; empty: all.
        example: lines of a ``dicom`` section that use it, for the reference.
    """

    key: str
    words: str
    build: Callable[[Options], Action]
    options: tuple[Option, ...] = ()
    takes_value: bool = False
    sections: tuple[str, ...] = ()
    example: str = ""


_TYPES: Final = (
    ActionType(
        "keep",
        "kept as it is",
        Keep.of,
        example="""\
remove-undefined: true
fields:
- name: Modality
  keep: true
- name: SOPClassUID  # an entry without an action keeps, too
""",
    ),
    ActionType(
        "identity",
        "kept as it is (old name of keep)",
        Keep.of,
        example="""\
remove-undefined: true
fields:
- name: Modality
  identity: true
""",
    ),
    ActionType(
        "remove",
        "removed",
        Remove.of,
        example="""\
fields:
- name: PatientName
  remove: true
- name: "(0010, 1000)"
  remove: true
- name: OtherPatientIDsSequence.*.PatientID
  remove: true
- regex: .*PhysicianName.*
  remove: true
""",
    ),
    ActionType(
        "replace-with",
        "replaced by a fixed value",
        Replace.of,
        REPLACE_OPTIONS,
        takes_value=True,
        example="""\
fields:
- name: PatientName
  replace-with: ANON
- name: PatientAddress
  replace-with: ""
  replace-with-insert: false
""",
    ),
    ActionType(
        "hash",
        "replaced by a salted hash of its value",
        Hash.of,
        example="""\
salt: a long secret text
fields:
- name: PatientID
  hash: true
""",
    ),
    ActionType(
        "pseudonym",
        "replaced by a name for its subject, the same in every format and run with one secret key",
        Pseudonym.of,
        example="""\
secret-key: "00112233445566778899aabbccddeeff"
fields:
- name: PatientID
  pseudonym: true
- name: PatientName
  pseudonym: true
""",
    ),
    ActionType(
        "hashuid",
        "replaced by a unique identifier made from a hash of its own",
        HashUid.of,
        example="""\
salt: a long secret text
uid-suffix-fields: 0
recurse-sequence: true
fields:
- name: StudyInstanceUID
  hashuid: true
- name: SOPInstanceUID
  hashuid: true
- name: ReferencedSOPInstanceUID
  hashuid: true
""",
    ),
    ActionType(
        "increment-date",
        "moved by a number of days",
        IncrementDate.of,
        DATE_OPTIONS,
        example="""\
date-increment: -35
fields:
- name: StudyDate
  increment-date: true
- name: PatientBirthDate
  increment-date: true
  datetime-min: -89years
""",
    ),
    ActionType(
        "increment-datetime",
        "moved by a number of days",
        IncrementDateTime.of,
        DATETIME_OPTIONS,
        example="""\
date-increment: -35
fields:
- name: AcquisitionDateTime
  increment-datetime: true
""",
    ),
    ActionType(
        "jitter",
        "moved by a small reproducible amount",
        Jitter.of,
        JITTER_OPTIONS,
        example="""\
salt: a long secret text
fields:
- name: PatientWeight
  jitter: true
  jitter-range: 2
  jitter-min: 0
""",
    ),
    ActionType(
        "regex-sub",
        "rewritten by regular expressions",
        RegexSub.of,
        takes_value=True,
        example="""\
salt: a long secret text
date-increment: -35
fields:
- name: StudyDescription
  regex-sub:
  - input-regex: '(?P<study>\\w+) (?P<date>\\d{8})'
    output: "{study}_{date}"
    groups:
    - name: date
      increment-date: true
  - input-regex: ""  # the first item that matches is used, and this one matches everything
    output: other
- name: SeriesDescription
  regex-sub:
  - input-regex: "(?P<series>.*)"
    output: "{PatientID}: {series}"
    groups:
    - name: PatientID  # no group of the expression, so another field; what becomes of it must be said
      hash: true
""",
    ),
    ActionType(
        "action-code",
        "removed (X), emptied (Z), replaced by a dummy (D) or another UID (U), cleaned (C), or kept but for what "
        "`scrub` takes (K), as DICOM PS3.15 says; of combined codes such as X/Z/D the first that the object's SOP "
        "class allows",
        ActionCode.of,
        takes_value=True,
        sections=("dicom",),
        example="""\
recurse-sequence: true
uid-method: uuid
fields:
- name: AcquisitionDate
  action-code: X/Z
- name: ContentDate
  action-code: Z/D
- name: InstanceCreatorUID
  action-code: U
""",
    ),
    ActionType(
        "clean",
        "rid of what tells a person; harmless words stay",
        Clean.of,
        example="""\
recurse-sequence: true
fields:
- name: StudyDescription
  clean: true
- name: SeriesDescription
  clean: true
- name: ProtocolName
  clean: true
- name: ImageComments
  clean: true
""",
    ),
    ActionType(
        "encrypt",
        "encrypted",
        Encrypt.of,
        ENCRYPT_OPTIONS,
        example="""\
secret-key: "00112233445566778899aabbccddeeff"
fields:
- name: PatientName
  encrypt: true
- name: PatientName  # an entry after it may leave something in its place
  replace-with: ANON
""",
    ),
    ActionType(
        "decrypt",
        "decrypted",
        Decrypt.of,
        example="""\
secret-key: "00112233445566778899aabbccddeeff"
fields:
- name: PatientName
  decrypt: true
""",
    ),
)

ACTIONS: Final[Mapping[str, ActionType]] = MappingProxyType({kind.key: kind for kind in _TYPES})
"""Every action by its name, in the order of the documentation."""
