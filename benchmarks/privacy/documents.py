"""Objects that are no images: what they say, and what they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom import uid
from pydicom.dataset import Dataset

from benchmarks.privacy import plants
from benchmarks.privacy.drawing import pdf
from benchmarks.privacy.key import Action
from benchmarks.privacy.objects import Object, image
from benchmarks.privacy.plants import gone, harmless, mixed, shifted, stays
from benchmarks.privacy.plants import uid as uid_plant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.privacy.persons import Person


def documents(person: Person) -> Iterator[Object]:
    """Yield reports, letters, presentation states, structures and segmentations of one visit."""
    yield _report(person)
    yield _pdf(person)
    yield _presentation(person)
    yield _structures(person)
    yield _segmentation(person)


def _report(person: Person) -> Object:
    made = Object(person, "report.dcm", uid.BasicTextSRStorage, "SR", 12)
    content = "ContentSequence"
    made.plant(
        (
            stays("ValueType", "CONTAINER"),
            gone(f"{content}.0.PersonName", "{physician}", "{physician_family}", place=plants.CONTENT),
            gone(f"{content}.1.TextValue", "{spoken} has no lesion", "{family}", "{given}", place=plants.CONTENT),
            gone(f"{content}.2.UID", "{first_image}", place=plants.CONTENT),
            gone(f"{content}.3.DateTime", "{day}{time}", "{day}", place=plants.CONTENT),
            gone(f"{content}.4.ContentSequence.0.TextValue", "MRN {patient_id}", "{patient_id}", place=plants.CONTENT),
            gone(
                "VerifyingObserverSequence.0.VerifyingObserverName", "Verifyoux^Vera", "Verifyoux", place=plants.CONTENT
            ),
            gone("VerifyingObserverSequence.0.VerifyingOrganization", "Canary General", "Canary", place=plants.CONTENT),
            uid_plant(
                "CurrentRequestedProcedureEvidenceSequence.0.ReferencedSeriesSequence.0."
                "ReferencedSOPSequence.0.ReferencedSOPInstanceUID",
                "{first_image}",
            ),
        )
    )
    for index, (kind, relation) in enumerate(
        (("PNAME", "HAS OBS CONTEXT"), ("TEXT", "CONTAINS"), ("UIDREF", "CONTAINS"), ("DATETIME", "CONTAINS"))
    ):
        item = made.dataset.ContentSequence[index]
        item.ValueType, item.RelationshipType = kind, relation
        item.ConceptNameCodeSequence = [code("121071", "DCM", "Finding")]
    outer = made.dataset.ContentSequence[4]
    outer.ValueType, outer.RelationshipType, outer.ContinuityOfContent = "CONTAINER", "CONTAINS", "SEPARATE"
    inner = outer.ContentSequence[0]
    inner.ValueType, inner.RelationshipType = "TEXT", "CONTAINS"
    inner.ConceptNameCodeSequence = [code("121071", "DCM", "Finding")]
    made.dataset.ContinuityOfContent = "SEPARATE"
    made.dataset.CompletionFlag, made.dataset.VerificationFlag = "COMPLETE", "VERIFIED"
    made.dataset.ConceptNameCodeSequence = [code("18748-4", "LN", "Diagnostic imaging report")]
    return made


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return a code with its meaning."""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _pdf(person: Person) -> Object:
    made = Object(person, "letter.dcm", uid.EncapsulatedPDFStorage, "DOC", 13)
    made.plant((gone("DocumentTitle", "Letter on {spoken}", "{family}", "{given}", place=plants.DOCUMENT),))
    made.dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    content = pdf(person.say("{plain_given} {plain_family} {patient_id} {dob_iso}"))
    made.dataset.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    made.dataset.BurnedInAnnotation = "YES"
    for value in (person.words["plain_family"], person.patient_id, person.words["dob_iso"]):
        made.ask(plants.DOCUMENT, "whole file", Action.BYTES_REMOVED, value)
    made.ask(plants.TECHNICAL, "MIMETypeOfEncapsulatedDocument", Action.TEXT_RETAINED, "application/pdf")
    return made


def _presentation(person: Person) -> Object:
    made = Object(person, "presentation.dcm", uid.GrayscaleSoftcopyPresentationStateStorage, "PR", 14)
    graphic = "GraphicAnnotationSequence.0."
    series = "ReferencedSeriesSequence.0."
    made.plant(
        (
            stays("ContentLabel", "ANNOTATED"),
            mixed("ContentDescription", "arrows by {spoken}", ("{family}",), (), plants.GRAPHIC),
            gone("ContentCreatorName", "{physician}", "{physician_family}", place=plants.GRAPHIC),
            shifted("PresentationCreationDate", "{day}"),
            gone(graphic + "TextObjectSequence.0.UnformattedTextValue", "{spoken}", "{family}", place=plants.GRAPHIC),
            gone(
                graphic + "TextObjectSequence.1.UnformattedTextValue",
                "see {patient_id}",
                "{patient_id}",
                place=plants.GRAPHIC,
            ),
            uid_plant(series + "SeriesInstanceUID", "{first_series}"),
            uid_plant(series + "ReferencedImageSequence.0.ReferencedSOPInstanceUID", "{first_image}"),
            uid_plant(series + "ReferencedImageSequence.1.ReferencedSOPInstanceUID", "{second_image}"),
        )
    )
    made.dataset.GraphicAnnotationSequence[0].GraphicLayer = "LAYER1"
    return made


def _structures(person: Person) -> Object:
    made = Object(person, "structures.dcm", uid.RTStructureSetStorage, "RTSTRUCT", 15)
    frame = "ReferencedFrameOfReferenceSequence.0."
    study = frame + "RTReferencedStudySequence.0."
    made.plant(
        (
            harmless("StructureSetLabel", "PlanCT organs"),
            mixed("StructureSetName", "{joined} prostate", ("{family}",), ("prostate",)),
            harmless("StructureSetDescription", "Organs at risk"),
            shifted("StructureSetDate", "{day}"),
            harmless("StructureSetROISequence.0.ROIName", "PTV 60Gy"),
            mixed("StructureSetROISequence.1.ROIName", "Bladder {family}", ("{family}",), ("Bladder",)),
            gone(
                "RTROIObservationsSequence.0.ROIInterpreter", "{physician}", "{physician_family}", place=plants.NESTED
            ),
            gone("ReviewerName", "{physician}", "{physician_family}"),
            stays("ApprovalStatus", "APPROVED"),
            uid_plant(frame + "FrameOfReferenceUID", "{frame}"),
            uid_plant(study + "ReferencedSOPInstanceUID", "{study}"),
            uid_plant(study + "RTReferencedSeriesSequence.0.SeriesInstanceUID", "{first_series}"),
            uid_plant(
                study + "RTReferencedSeriesSequence.0.ContourImageSequence.0.ReferencedSOPInstanceUID", "{first_image}"
            ),
            uid_plant("StructureSetROISequence.0.ReferencedFrameOfReferenceUID", "{frame}"),
        )
    )
    return made


def _segmentation(person: Person) -> Object:
    made = Object(person, "segmentation.dcm", uid.SegmentationStorage, "SEG", 16)
    made.plant(
        (
            gone("ContentCreatorName", "{physician}", "{physician_family}"),
            stays("SegmentSequence.0.SegmentLabel", "Liver"),
            mixed(
                "SegmentSequence.0.SegmentDescription", "Liver of {spoken}", ("{family}",), ("Liver",), plants.NESTED
            ),
            uid_plant("ReferencedSeriesSequence.0.SeriesInstanceUID", "{first_series}"),
            uid_plant(
                "ReferencedSeriesSequence.0.ReferencedInstanceSequence.0.ReferencedSOPInstanceUID", "{first_image}"
            ),
        )
    )
    return image(made)
