"""A DICOM object in the making: its values, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydicom import uid
from pydicom.dataset import Dataset

from benchmarks.privacy import plants
from benchmarks.privacy.drawing import monochrome
from benchmarks.privacy.key import Action, Check
from benchmarks.privacy.writing import encoded, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.privacy.persons import Person
    from benchmarks.privacy.plants import Plant

LATIN: Final = "ISO_IR 100"


@dataclass(slots=True)
class Object:
    """One DICOM file in the making.

    Attributes:
        name: of the file; what is asked of it is in ``rows``.
        rows: place, address, action, value, needed option.
    """

    person: Person
    name: str
    sop_class: str
    modality: str
    series: int
    instance: int = 1
    dataset: Dataset = field(default_factory=Dataset)
    rows: list[tuple[str, str, Action, str, str]] = field(default_factory=list)
    syntax: uid.UID = uid.ExplicitVRLittleEndian
    preamble: bytes = bytes(128)
    meta: dict[str, object] = field(default_factory=dict)
    trailing: bytes = b""

    def __post_init__(self) -> None:
        """Begin with what all objects have."""
        self.dataset.SpecificCharacterSet = LATIN
        self.dataset.SOPClassUID = self.sop_class
        self.dataset.Modality = self.modality
        self.dataset.SeriesNumber = str(self.series)
        self.dataset.InstanceNumber = str(self.instance)
        self.plant(plants.COMMON)
        self.ask(plants.TECHNICAL, "Modality", Action.TEXT_RETAINED, self.modality)
        self.ask(plants.TECHNICAL, "SeriesNumber", Action.TEXT_RETAINED, str(self.series))
        self.ask(plants.TECHNICAL, "SOPClassUID", Action.TEXT_RETAINED, self.sop_class)

    @property
    def sop(self) -> str:
        """The object's own UID."""
        return self.person.uid("series", self.series, "image", self.instance)

    def ask(self, kind: str, where: str, action: Action, value: str, needs: str = "") -> None:
        """Note what must become of a value."""
        self.rows.append((kind, where, action, value, needs))

    def say(self, template: str) -> str:
        """Return a template filled in with the patient's words and this object's UIDs."""
        person = self.person
        return template.format_map(
            person.words
            | {
                "sex": person.sex,
                "study": person.uid("study"),
                "study_uid": person.uid("study"),
                "series": person.uid("series", self.series),
                "sop": self.sop,
                "frame": person.uid("frame"),
                "patient_uid": person.uid("patient"),
                "first_series": person.uid("series", 1),
                "first_image": person.uid("series", 1, "image", 1),
                "second_image": person.uid("series", 1, "image", 2),
            }
        )

    def plant(self, table: Iterable[Plant]) -> None:
        """Put values in; a later one takes the place of an earlier one, with its rows."""
        for plant in table:
            self.rows = [row for row in self.rows if row[1] != plant.path]
            place(self.dataset, plant.path, self.say(plant.text))
            for action, template, needs in plant.rows():
                self.ask(plant.place, plant.path, action, self.say(template), needs)

    def bytes(self) -> bytes:
        """Return the file."""
        return encoded(self.dataset, self.syntax, preamble=self.preamble, meta=self.meta, trailing=self.trailing)

    def checks(self, file: str) -> Iterator[Check]:
        """Yield the rows of the answer key for the path at which the file stands."""
        for kind, where, action, value, needs in self.rows:
            yield Check(file, kind, where, action, value, self.person.number, needs)


def image(made: Object, frames: int = 1) -> Object:
    """Give an object 16-bit pixels, which must stay as they are."""
    monochrome(made.dataset, made.instance + made.series, frames)
    made.dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"]
    made.ask(plants.TECHNICAL, "ImageType", Action.TEXT_RETAINED, "ORIGINAL")
    made.ask(plants.TECHNICAL, "ImageType", Action.TEXT_RETAINED, "NORM")
    made.ask(plants.PIXELS, "PixelData", Action.PIXELS_RETAINED, "")
    return made
