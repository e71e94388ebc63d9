"""The ``dicom`` section as a format: one DICOM file in, its de-identified copy out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from fw_gear_deid.actions import Occurrence
from fw_gear_deid.errors import GateError, UnreadableError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.age import age_at_study
from fw_gear_deid.formats.dicom.editor import Editor
from fw_gear_deid.formats.dicom.fields import Fields
from fw_gear_deid.formats.dicom.gates import raised
from fw_gear_deid.formats.dicom.layout import PREAMBLE_LENGTH, lay_out
from fw_gear_deid.formats.dicom.levels import LAST, Level, Step
from fw_gear_deid.formats.dicom.memo import MAX_SEQUENCE
from fw_gear_deid.formats.dicom.original import Original
from fw_gear_deid.formats.dicom.own_actions import Constant, OwnInstance
from fw_gear_deid.formats.dicom.record import Record
from fw_gear_deid.formats.dicom.rules import LOGGED, DicomRules, compile_rules
from fw_gear_deid.formats.dicom.scanner import Scanner
from fw_gear_deid.formats.dicom.scope import Scope
from fw_gear_deid.formats.dicom.splicing import copied
from fw_gear_deid.formats.dicom.streamed_layout import lay_out_stream
from fw_gear_deid.formats.dicom.subject import own_subject
from fw_gear_deid.formats.dicom.syntax import EXPLICIT_LITTLE
from fw_gear_deid.formats.dicom.tags import MODALITY, SOP_CLASS_UID, SOP_INSTANCE_UID
from fw_gear_deid.formats.dicom.texts import Texts
from fw_gear_deid.formats.naming import output_name
from fw_gear_deid.formats.rules import scrub_notes
from fw_gear_deid.profile.gates import Gate, Policy

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Content, FileContext, Raised
    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.pixels.altering import Alteration
    from fw_gear_deid.formats.dicom.splicing import Splice
    from fw_gear_deid.profile.model import Section

MEDIA_STORAGE_SOP_CLASS_UID: Final = 0x00020002
MEDIA_DIRECTORY: Final = b"1.2.840.10008.1.3.10"
MEDIA_STORAGE_SOP_INSTANCE_UID: Final = 0x00020003
PATIENT_AGE: Final = 0x00101010
PATIENT_BIRTH_DATE: Final = 0x00100030
STUDY_DATE: Final = 0x00080020


@dataclass(frozen=True, slots=True)
class DicomFormat:
    """DICOM files and their profile section."""

    section: ClassVar[str] = "dicom"
    signatures: ClassVar[tuple[tuple[int, bytes], ...]] = ((PREAMBLE_LENGTH, b"DICM"),)

    def compile(self, section: Section) -> DicomPlan:
        """Compile a section.

        Raises:
            ProfileError: its rules cannot apply to DICOM.
        """
        rules = compile_rules(section)
        meta = rules.for_meta()
        root = _with_step(meta.root, MEDIA_STORAGE_SOP_INSTANCE_UID, OwnInstance(), last=True)
        return DicomPlan(section, rules, replace(meta, root=root), _alteration(section, rules))


def _alteration(section: Section, rules: DicomRules) -> Alteration | None:
    if section.pixels is None:
        return None
    from fw_gear_deid.formats.dicom.pixels.altering import Alteration  # noqa: PLC0415  # few profiles alter pixels

    return Alteration.of(section.pixels, rules)


@dataclass(frozen=True, slots=True)
class DicomPlan:
    """A compiled ``dicom`` section.

    Attributes:
        rules: for the data set.
        meta_rules: for the file meta information.
        pixels: what blanks regions before these rules; None when nothing does.
    """

    section: Section
    rules: DicomRules
    meta_rules: DicomRules
    pixels: Alteration | None = None

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one DICOM file.

        Raises:
            UnreadableError: it is not a DICOM file, or a damaged one.
            ActionError: a rule cannot be carried out on it.
            GateError: the profile withholds such objects.
            TooLargeError: more of it than its pixel data is too large to hold.
        """
        original, notes = self._opened(content, context), list[str]()
        policies = self.section.gates
        if self.pixels is not None and (altered := self.pixels.applied(original)) is not None:
            original, notes = self._opened(altered.content, context), [altered.note]
            policies = {**policies, Gate.BURNED_IN: Policy.PASS}
        content, layout, source = original.content, original.layout, original.texts
        identity, sop_class = source.text(SOP_INSTANCE_UID), source.text(SOP_CLASS_UID)
        rules = self.rules.for_object(sop_class, altered=bool(notes))
        if self.rules.personal:
            context = replace(context, subject=own_subject(source, context.subject))
        rules, meta_rules = (each.for_subject(context.subject) for each in (rules, self.meta_rules))
        here, root = Occurrence(identity or context.name, "", subject=context.subject), self._root(rules.root, source)
        record = Record(len(self.section.rules), context.log)
        sealing = self.rules.sealing
        fields = self._fields(original, root, here)
        editor = Editor(rules, layout.data, here, record, fields)
        editor.data_set(original.elements, original.end, root, Scope(layout.syntax, source.coding))
        meta = Editor(meta_rules, layout.data, here, record, fields)
        record.instance = record.finals.get(SOP_INSTANCE_UID, identity) or ""
        # What is no image, such as a DICOMDIR, is known by its media storage UID alone.
        meta_root = meta_rules.root if identity or record.instance else self.rules.meta
        meta.data_set(layout.meta, layout.start, meta_root, Scope(EXPLICIT_LITTLE, values.Coding()))
        splices = editor.splices()
        gates = raised(original.texts, splices, policies)
        _refuse_at(gates)
        if sealing is not None:
            splices = sealing.with_envelope(layout, original.elements, splices, record.sealed, source.coding)
        head = [*self._preamble(layout), *meta.splices()]
        names = _Names(self.rules.wanted, record, source, named=bool(self.section.filenames))
        return Edited(
            output=copied(content, layout, original.end, head, splices),
            name=self._name(context, identity, names),
            hits=tuple(record.hits[:-1]),
            identity=identity or None,
            before={**names.before(), **record.before()} if context.log else {},
            after={**names.after(), **record.after()} if context.log else {},
            elsewhere=tuple(record.elsewhere),
            notes=(*notes, *scrub_notes(record.hits[-1]), *_notes(layout, original.end, content.size)),
            keys=tuple(map(source.text, context.keys)),
            gates=gates,
        )

    def _opened(self, content: Content, context: FileContext) -> Original:
        """Find the elements of a file."""
        layout = lay_out(content.read()) if content.in_memory else lay_out_stream(content)
        _refuse_directory(layout)
        later = MAX_SEQUENCE if self.rules.remembers and not context.log else 0
        scanner = Scanner(layout.data, self.rules.enter, hole=layout.hole, later=later)
        elements, end = scanner.data_set(layout.start, layout.stop, layout.syntax)
        return Original(content, layout, elements, end, Texts(layout, elements, lenient=self.rules.lenient))

    def _fields(self, original: Original, root: Level, here: Occurrence) -> Fields | None:
        """Return what rules read beside the value they are for; None when none does."""
        sealing = self.rules.sealing
        opened = sealing.opened(original.layout, original.elements) if sealing is not None else None
        if not self.rules.variables and opened is None:
            return None
        layout = replace(original.layout, syntax=EXPLICIT_LITTLE)
        meta = Texts(layout, layout.meta, lenient=self.rules.lenient)
        return Fields(self.rules, root, (original.texts, meta), here, opened)

    def _root(self, root: Level, source: Texts) -> Level:
        """Return the rules of the data set, with the age that must be there before they run."""
        if not self.section.flag("patient-age-from-birthdate"):
            return root
        age = age_at_study(source.text(PATIENT_BIRTH_DATE), source.text(STUDY_DATE), self.section)
        return root if age is None else _with_step(root, PATIENT_AGE, Constant(age, inserts=True))

    def _preamble(self, layout: Layout) -> list[Splice]:
        """Blank the preamble, which may hold anything (PS3.10 section 7.1)."""
        if layout.meta_start < PREAMBLE_LENGTH or self.section.flag("keep-preamble"):
            return []
        blank = bytes(PREAMBLE_LENGTH)
        return [] if layout.data.startswith(blank) else [(0, PREAMBLE_LENGTH, blank)]

    def _name(self, context: FileContext, identity: str, names: _Names) -> str:
        default = ""
        has_identity = identity or (self.rules.sealing is not None and self.rules.sealing.opens)
        uid = names.transformed("SOPInstanceUID") if has_identity and "SOPInstanceUID" in self.rules.wanted else None
        if uid:
            modality = names.text(MODALITY) or "NA"
            default = f"{uid}.{modality.replace('/', '_')}.dcm"
        return output_name(self.section, context, names.transformed, default=default, object_id=identity)


def _refuse_directory(layout: Layout) -> None:
    """Refuse a DICOMDIR under another name: it points to byte offsets and files that the copies will not have."""
    for tag, _, _, value, stop, _ in layout.meta:
        if tag == MEDIA_STORAGE_SOP_CLASS_UID and layout.data[value:stop].rstrip(b"\0 ") == MEDIA_DIRECTORY:
            raise UnreadableError("a DICOMDIR, the index of a medium, which the copies do not match; leave it out")


def _refuse_at(gates: tuple[Raised, ...]) -> None:
    """Refuse an object at a gate that withholds."""
    for gate in gates:
        if gate.withholds:
            message = f"gate {gate.gate}: {gate.why}; look at it, blank it by alter_pixels or change the gate's policy"
            raise GateError(message)


def _with_step(level: Level, tag: int, action: Constant | OwnInstance, *, last: bool = False) -> Level:
    """Return a level with one more step for a tag, before or after those of the profile."""
    old, new = level.steps.get(tag, ()), (Step(-1, action, "", turn=LAST if last else -1),)
    steps = {**level.steps, tag: (*old, *new) if last else (*new, *old)}
    inserts = tuple(sorted({*level.inserts, tag})) if action.inserts else level.inserts
    return replace(level, steps=steps, inserts=inserts)


def _notes(layout: Layout, end: int, size: int) -> tuple[str, ...]:
    trailing = layout.stop - end + (size - layout.deflated_stop if layout.deflated else 0)
    return (f"{trailing} bytes after the data set were left out",) if trailing else ()


class _Names:
    """Answers for the elements that a file name or the log asks for."""

    def __init__(self, wanted: dict[str, int], record: Record, source: Texts, *, named: bool) -> None:
        self._wanted = wanted
        self._logged = wanted if named else LOGGED
        self._finals = record.finals
        self._source = source

    def text(self, tag: int) -> str | None:
        """Return an element's text after its rules."""
        return self._finals[tag] if tag in self._finals else self._source.text(tag)

    def transformed(self, name: str) -> str | None:
        """Return the text after its rules of an element by the name it is asked by."""
        return self.text(self._wanted[name])

    def before(self) -> dict[str, str]:
        """Return the instance's own UIDs, and what file names are made of, for the log."""
        return {name: self._source.legible(tag) for name, tag in self._logged.items()}

    def after(self) -> dict[str, str]:
        """Return the same of the copy."""
        finals = {tag: self._finals[tag] for tag in self._logged.values() if tag in self._finals}
        return {name: finals.get(tag, self._source.legible(tag)) or "" for name, tag in self._logged.items()}
