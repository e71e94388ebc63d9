"""What an audit finds in one source, object by object, and how it is told: masked, if values are not wanted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit import pixels
from fw_gear_deid.audit.concerns import Concern, Row, Sort, certainly, possibly
from fw_gear_deid.audit.objects import audit, audit_metadata, audit_text
from fw_gear_deid.audit.telling import pattern_places
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.scan.findings import hidden
from fw_gear_deid.scan.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from fw_gear_deid.audit.base import Audited, Settings
    from fw_gear_deid.audit.members import Item
    from fw_gear_deid.identity import Identifier


class Look:
    """What is found in one source."""

    def __init__(
        self, source: Audited, settings: Settings, known: frozenset[Identifier], codes: Collection[str]
    ) -> None:
        self._source = source
        self._vocabulary = vocabulary = Vocabulary.of(known)
        self._settings = settings
        self._known = known
        self._codes = codes
        self._found: Counter[Concern] = Counter()
        self._members: dict[Concern, str] = {}
        self.objects = 0
        self._take(
            "", audit_text(source.title or source.name, "name" if source.title else "name of the file", vocabulary)
        )
        if source.metadata:
            self.objects += 1
            self._take("", audit_metadata(source.metadata, vocabulary, strict=settings.strict))

    def at(self, item: Item) -> None:
        """Look at one object."""
        texts = (("name of the member", item.member), *item.texts) if item.member else item.texts
        for where, text in texts:
            self._take(item.member, audit_text(text, where, self._vocabulary))
        if item.fault:
            self._take(item.member, [certainly(Sort.UNREADABLE, "the file", item.fault)])
        elif item.data:
            self.objects += 1
            found = guarded(lambda: self._looked_at(item.data, base_name(item.member or self._source.name)))
            if isinstance(found, Refusal):
                found = [certainly(Sort.UNREADABLE, "the file", found.reason)]
            self._take(item.member, found)

    def _looked_at(self, data: bytes, name: str) -> list[Concern]:
        """Return what is wrong with an object."""
        settings = self._settings
        found = audit(data, name, self._vocabulary, strict=settings.strict)
        if settings.ocr:
            found = pixels.read(data, found, self._vocabulary)
        is_whole = not self._source.longest or len(data) < self._source.longest
        if settings.rules is not None and is_whole:
            found = [each for each in found if not settings.rules.puts(each)]
            found += settings.rules.broken(data, name, self._known)
        return [self._as_code(each) for each in found]

    def _as_code(self, each: Concern) -> Concern:
        """Return a concern; only a possible one where an ID is the subject's label, which may be a study's own code."""
        if each.sort is Sort.DIRECT and each.value in self._codes and each.where.endswith("PatientID"):
            return possibly(
                each.sort, each.where, "it is the subject's label; right if that is a study's code", each.value
            )
        return each

    def _take(self, member: str, found: Sequence[Concern]) -> None:
        for each in dict.fromkeys(found):
            self._found[each] += 1
            self._members.setdefault(each, member)

    def rows(self) -> tuple[Row, ...]:
        """Return what was found, the worst first; what looks the same in several objects is one row."""
        rows: dict[tuple[str, ...], Row] = {}
        for each in sorted(self._found, key=_rank):
            row = self._row(each)
            key = (row.where, row.sort, row.why, row.value, str(row.certain))
            rows[key] = replace(row, member=rows[key].member, count=rows[key].count + row.count) if key in rows else row
        return tuple(rows.values())

    def _row(self, each: Concern) -> Row:
        source, member, where, value = self._source.name, self._members[each], each.where, each.value
        if not self._settings.shows_values:
            source, member, where = (self._masked(text) for text in (source, member, where))
            value = value if each.sort is Sort.MISPLACED else hidden(value)
        return Row(source, member, where, str(each.sort), each.certain, each.why, value, self._found[each])

    def _masked(self, text: str) -> str:
        """Return a name without what it repeats of persons."""
        data = text.encode("utf-8", "surrogateescape")
        bounds = [(hit.start, hit.stop) for hit in self._vocabulary.hits(data)]
        places = [tuple(len(data[:at].decode("utf-8", "replace")) for at in each) for each in bounds]
        for start, stop in (*places, *pattern_places(text)):
            text = text[:start] + hidden(text[start:stop]) + text[stop:]
        return text


_ORDER: Final = {sort: number for number, sort in enumerate(Sort)}


def _rank(concern: Concern) -> tuple[bool, int, Concern]:
    return not concern.certain, _ORDER[concern.sort], concern


def base_name(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]
