"""Elements as no scanner should write them: of another or no representation, retired, private without a creator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydicom import uid

from benchmarks.privacy import plants
from benchmarks.privacy.objects import Object, image
from benchmarks.privacy.plants import gone, mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.privacy.persons import Person

UNUSUAL: Final = "unusual elements"
RETIRED: Final = (
    "IdentifyingComments", "AcquisitionComments", "StudyComments", "VisitComments", "ResultsComments",
    "InterpretationText", "InterpretationDiagnosisDescription", "Impressions", "PatientComments",
)  # fmt: skip


def unusual(person: Person) -> Iterator[Object]:
    """Yield three objects of such elements; ``00100010=UN`` is a path to an element of that representation."""
    represented = (
        gone("00100010=UN", "{plain_family}^{plain_given}", "{plain_family}", place=UNUSUAL),
        mixed("00204000=UN", "motion, {plain_family} left", ("{plain_family}",), ("motion",), UNUSUAL),
        mixed("00081030=UN", "MR head of {friend}", ("{friend_family}",), ("MR head",), UNUSUAL),
        mixed("0008103E=UT", "t1 {spoken} sag", ("{family}",), ("t1", "sag"), UNUSUAL),
        gone("00080021=LO", "{day_words}", place=UNUSUAL),
        gone("00080022=DA", "{day_iso}", place=UNUSUAL),
        gone("00080023=DA", "{day}-{day}", "{day}", place=UNUSUAL),
    )
    unknown = (
        gone("00129998=LO", "told of {family}", "{family}", place=UNUSUAL),
        gone("00109996=ST", "MRN {patient_id}", "{patient_id}", place=UNUSUAL),
        gone("00109998=UN", "{plain_family}", place=UNUSUAL),
        gone("00151005=LO", "{family}", place=UNUSUAL),
        gone("00110010=LO", "{family}", place=UNUSUAL),
        gone("00050010=LO", "{patient_id}", place=UNUSUAL),
        gone("RetrieveURL", "http://pacs.example.org/{patient_id}", "{patient_id}", place=UNUSUAL),
    )
    comments = [
        gone(name, "told of {spoken}, {friend} {phone}", "{family}", "{friend_family}", "{phone}", place=UNUSUAL)
        for name in RETIRED
    ]
    for instance, table in enumerate((represented, unknown, comments), 1):
        made = Object(person, f"unusual{instance}.dcm", uid.MRImageStorage, "MR", 40, instance)
        made.plant(plants.MR)
        made.plant(table)
        if table is represented:  # what other objects have in these elements is not there
            made.rows = [row for row in made.rows if row[1] not in {"SeriesDate", "AcquisitionDate", "ContentDate"}]
        yield image(made)
