"""Action codes of DICOM PS3.15 Table E.1-1: what happens to an attribute, as far as the object does without it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Self

from fw_gear_deid.actions.cleaning import Clean
from fw_gear_deid.actions.hashing import HashUid
from fw_gear_deid.actions.options import OptionError
from fw_gear_deid.actions.simple import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError
from fw_gear_deid.standard.types import Need

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Action, Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options

CODES: Final = ("K", "C", "X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*")
"""The codes. C (clean) is for texts here; dates are moved by other actions. ``scrub`` acts on what K (keep) leaves."""

_BY_NEED: Final = {Need.NOTHING: "XZDU", Need.ELEMENT: "UZDX", Need.VALUE: "DUZX"}
"""Which of the combined codes comes first, by what the object must have (PS3.15 section E.1.1).

Replaced UIDs come before an empty sequence: what an object must have of references, other parts of it agree with.
"""


@dataclass(frozen=True, slots=True)
class Dummy:
    """The field gets a value that says nothing and is valid for it; which one, its format knows.

    Attributes:
        when_empty: only if it has none.
    """

    key: ClassVar[str] = "dummy"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False
    when_empty: bool = False

    def apply(self, _value: Scalar | None, _at: Occurrence) -> Answer:
        """Return None: the format puts the value in."""
        return None


@dataclass(frozen=True, slots=True)
class ActionCode:
    """The field is removed, emptied or replaced, as its code says and the object's SOP class allows.

    Attributes:
        code: one of ``CODES``.
        uid: how unique identifiers are replaced.
    """

    key: ClassVar[str] = "action-code"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    code: str
    uid: HashUid = field(default_factory=HashUid)

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the code of the rule.

        Raises:
            OptionError: there is no such code, or the keyed method of UIDs has no secret key.
        """
        code = str(options.value).upper()
        if code not in CODES:
            raise OptionError(cls.key, f"{cls.key} must be one of the codes of PS3.15: {', '.join(CODES)}")
        return cls(code, HashUid.of(options))

    @property
    def hashes(self) -> bool:
        """Whether it replaces unique identifiers."""
        return self.code == "U"

    @property
    def keeps(self) -> bool:
        """Whether it leaves the field, but for what ``scrub`` takes from it."""
        return self.code == "K"

    @property
    def cleans(self) -> bool:
        """Whether it cleans texts."""
        return self.code == "C"

    @property
    def personal(self) -> bool:
        """Whether the answer depends on who the value is about."""
        return self.cleans

    def resolved(self, need: Need) -> tuple[Action, ...]:
        """Return what the code means for an attribute of which the object must have that much: one action, or two."""
        first = min(self.code.rstrip("*").split("/"), key=_BY_NEED[need].find)
        match first:
            case "K":
                return (Keep(),)
            case "C":
                return (Clean(), Dummy(when_empty=True)) if need is Need.VALUE else (Clean(),)
            case "X":
                return (Remove(),)
            case "Z":
                return (Replace("", insert=False),)
            case "D":
                return (Dummy(),)
            case _:  # of a sequence the UIDs within it are replaced, which have rules of their own
                return (Keep(),) if self.code.endswith("*") else (self.uid,)

    def apply(self, _value: Scalar | None, _at: Occurrence) -> Answer:
        """Refuse: what it does is known once the object is.

        Raises:
            ActionError: always.
        """
        raise ActionError(f"{self.key} needs to know what the object must have")
