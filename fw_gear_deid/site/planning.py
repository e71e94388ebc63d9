"""What the copies of a container's files are to have beside their bytes: containers, labels, metadata.

The profile's ``flywheel`` section decides; by default nothing but labels is copied. A label that no rule names is
copied only if it repeats nothing that identifies its subject; ``identities`` looks at all labels of a subject first.
What else a rule lets out is searched as files are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.engine.residuals import FAIL, IGNORE, Residuals
from fw_gear_deid.errors import DestinationError, FileError
from fw_gear_deid.identity import NOBODY, Subject, subject_of
from fw_gear_deid.site.identifiers import of_label, repeated
from fw_gear_deid.site.labels import AS_THEY_ARE, Labels
from fw_gear_deid.site.lineage import Mirrored, origin_id
from fw_gear_deid.site.metadata import exported, held_by
from fw_gear_deid.site.renewing import digests_of
from fw_gear_deid.site.uploads import SiteSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.profile.model import Profile, Section
    from fw_gear_deid.site.containers import Container, SiteFile
    from fw_gear_deid.site.identifiers import Known
    from fw_gear_deid.site.lineage import Chain
    from fw_gear_deid.site.walking import Place

LABEL: Final = "label"
ENCRYPTING: Final = "encrypt"
MAX_LABEL: Final = 64
NOWHERE: Final = Path()
"""Where the bytes of a file are that is still on the site."""

UNSEARCHED: Final = Residuals(IGNORE)

_FILE_FIELDS: Final = ("type", "modality", "classification", "info", "tags")


@dataclass(frozen=True, slots=True)
class Planning:
    """How source containers become those of the destination.

    Attributes:
        rules: the profile's ``flywheel`` section, by type of container.
        subject_label: the label that a mapping or a subject map gives the subject; ``""``: none.
        identifiers: what identifies the subject, in letters and digits alone.
        person: what is known to tell the subject. Identifying.
        sought: what no copy may hold, as far as it is known before. Identifying.
        labels: what becomes of labels that no rule names.
        residuals: what it means if exported metadata still tells the subject.
    """

    rules: Mapping[str, Section]
    identifiers: frozenset[str] = frozenset()
    subject_label: str = ""
    person: frozenset[Identifier] = field(default=frozenset(), repr=False)
    sought: frozenset[Identifier] = field(default=frozenset(), repr=False)
    labels: Labels = AS_THEY_ARE
    residuals: Residuals = UNSEARCHED

    @classmethod
    def of(cls, profile: Profile, residual: str) -> Planning:
        """Return what a profile makes of containers about which nothing is known yet."""
        labels = Labels(profile.scrub, profile.folder_key)
        return cls(profile.containers, labels=labels, residuals=Residuals.of(residual, profile))

    def knowing(self, known: Known, sought: frozenset[Identifier] = frozenset()) -> Planning:
        """Return the same, with what is known of the subject and what must not be in any copy."""
        return replace(self, identifiers=known.identifiers, person=known.told, sought=sought)

    def decides(self, kind: str) -> bool:
        """Whether a rule of the profile is for the labels of a kind of container."""
        section = self.rules.get(kind)
        rules = () if section is None else section.rules
        return any(rule.name == LABEL if rule.regex is None else rule.regex.fullmatch(LABEL) for rule in rules)

    def replaced(self, place: Place) -> frozenset[str]:
        """Return what the subject's own label identifies it by, if its copy is called otherwise."""
        subject = place.above("subject")
        if subject is None or not self.decides(subject.kind):
            return frozenset()
        try:
            label = self._mirrored(subject, place).label
        except DestinationError:
            return frozenset()  # nothing of it is copied
        return frozenset() if label == subject.label else of_label(subject.label)

    def tells(self, source: Container, place: Place) -> bool:
        """Whether the label of a container's copy, for which there is no rule, identifies the subject."""
        return not self.decides(source.kind) and repeated(self._label(source, place), self.identifiers)

    def _label(self, source: Container, place: Place) -> str:
        return self.labels.of(source.kind, source.label, self._subject(place), self.identifiers)

    def _subject(self, place: Place) -> Subject:
        return replace(subject_at(place), identifiers=self.person)

    def chain(self, place: Place) -> Chain:
        """Return the destination's containers for a source container, from the subject down.

        Raises:
            DestinationError: a label would tell who the subject is, or metadata cannot be exported.
        """
        return tuple(self._mirrored(each, place) for each in place.containers[1:])

    def _mirrored(self, source: Container, place: Place) -> Mirrored:
        origin = origin_id(source.id, place.project.id)
        fields, note = self._exported(source.kind, source.metadata, origin, place)
        label = str(fields.pop(LABEL, "")).strip() or (self.subject_label if source.kind == "subject" else "")
        if not label and self.decides(source.kind):  # the profile does not want the source's
            raise DestinationError(
                f"the profile leaves the {source.kind} no label; give it one by the rule for 'label' under flywheel: "
                f"{source.kind}: fields: (hash, pseudonym, replace-with)"
            )
        if not label or (label == source.label and not self.decides(source.kind)):
            label = self._label(source, place)
            if repeated(label, self.identifiers):
                raise DestinationError(telling_label(source.kind, f"the {source.kind}", "in it"))
        if len(label) > MAX_LABEL:  # cut off, two subjects might become one
            raise DestinationError(
                f"the new label of the {source.kind} has more than {MAX_LABEL} characters; make it shorter by the rule "
                f"for 'label' under flywheel: {source.kind}: fields:"
            )
        digests = digests_of(fields, f"{place.project.id}{source.id}") if self._is_steady(source.kind) else None
        return Mirrored(source.kind, origin, label, fields, note, digests)

    def _is_steady(self, kind: str) -> bool:
        """Whether what is exported is the same as long as its source is; what is encrypted never is."""
        section = self.rules.get(kind)
        return section is None or all(rule.action.key != ENCRYPTING for rule in section.rules)

    def _exported(
        self, kind: str, metadata: Mapping[str, Any], origin: str, place: Place
    ) -> tuple[dict[str, Any], str]:
        """Return what is exported of some metadata, and what is to be noted of it."""
        parents = {each.kind: each.metadata for each in place.containers}
        try:
            fields = exported(self.rules.get(kind), metadata, origin, parents, self._subject(place))
            held = held_by(fields, kind, metadata, self.residuals, self.sought)
        except FileError as error:
            raise DestinationError(f"metadata of the {kind}: {error}") from None
        told = f"metadata of the {kind}: what is exported of it still identifies the subject: {', '.join(held)}"
        if held and self.residuals.policy == FAIL:
            raise DestinationError(f"{told}; under flywheel: {kind}: fields: name less of it, or clean it")
        return fields, told if held else ""

    def sources(self, place: Place) -> Iterator[SiteSource]:
        """Yield the files of a source container as the engine's sources.

        One whose place or metadata cannot be worked out carries the reason, so that it is listed.
        """
        where = self._where(place)
        for file in place.files:
            yield self._source(place, file, where)

    def _where(self, place: Place) -> Where:
        try:
            chain = self.chain(place)
        except DestinationError as error:
            return Where((), place.container.id, str(error))
        return Where(chain, "/".join(each.label for each in chain))

    def _source(self, place: Place, file: SiteFile, where: Where) -> SiteSource:
        origin = origin_id(file.file_id, place.project.id)
        fault, note, metadata = where.fault, "", dict[str, Any]()
        try:
            metadata, note = self._exported("file", file.metadata, origin, place)
        except DestinationError as error:
            fault = fault or str(error)
        kept: dict[str, Any] = {name: metadata[name] for name in _FILE_FIELDS if name in metadata}
        return SiteSource(
            NOWHERE,
            where.folder,
            file.name,
            fault=fault,
            called=file.name,
            subject=subject_at(place),
            file=file,
            origin_id=origin,
            version_origin_id=origin_id(file.version_id, place.project.id) if file.version_id else "",
            chain=where.chain,
            metadata=kept,
            is_steady=self._is_steady("file"),
            kind=place.container.kind,
            notes=tuple(told for told in (*(each.note for each in where.chain), note) if told),
        )


def telling_label(kind: str, which: str, what: str) -> str:
    """Return why a label stops what lies below it.

    Args:
        kind: of container.
        which: the container, in words.
        what: what is not copied, in words.
    """
    scrub = "" if kind == "subject" else ", or scrub: true at the top of the profile"
    return (
        f"the label of {which} holds a name, number or date that identifies the subject, so nothing {what} is "
        f"copied; add a rule for 'label' under flywheel: {kind}: fields:{scrub}"
    )


def subject_at(place: Place) -> Subject:
    """Return who a container is about: the subject of that label, or nobody above subjects."""
    subject = place.above("subject")
    return NOBODY if subject is None else subject_of(subject.label)


@dataclass(frozen=True, slots=True)
class Where:
    """Where the copies of a container's files go, or why they go nowhere."""

    chain: Chain
    folder: str
    fault: str = ""
