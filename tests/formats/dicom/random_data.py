"""Strategies for data sets of every shape, and a plain model of what the rules of a section do to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from tests.formats.dicom.encoding import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    SYNTAXES,
    Element,
    Fragments,
    GroupLength,
    Plain,
    Sequence,
    tag_of,
    text,
)

TEXTS = {
    0x00080008: "CS", 0x00080020: "DA", 0x00080030: "TM", 0x00080050: "SH", 0x00080080: "LO", 0x00081010: "SH",
    0x00100010: "PN", 0x00100020: "LO", 0x00100030: "DA", 0x00104000: "LT", 0x00180050: "DS", 0x00181000: "LO",
    0x0020000D: "UI", 0x00200013: "IS", 0x00204000: "LT", 0x00280030: "DS", 0x00401001: "SH",
}  # fmt: skip
NUMBERS = {0x00280010: ("US", 2), 0x00280011: ("US", 2), 0x00089459: ("FL", 4), 0x00189073: ("FD", 8)}
BULK = {0x00420011: "OB", 0x60003000: "OW", 0x00287FE0: "UR"}
SEQUENCES = (0x00081140, 0x00101002, 0x00321064, 0x00400275, 0x0040A730)
ICON = 0x00880200
PIXELS = 0x7FE00010
CREATORS = ("SYNTH ONE", "SYNTH TWO")
MAX_DEPTH = 2

words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabc 0123456789^.", max_size=14)
raws = st.binary(max_size=9).map(lambda raw: raw + b"\0" * (len(raw) % 2)).filter(lambda raw: raw[:2] != b"\xfe\xff")


@st.composite
def plain(draw: st.DrawFn) -> Plain:
    tag = draw(st.sampled_from((*TEXTS, *NUMBERS, *BULK)))
    if tag in TEXTS:
        return text(tag, TEXTS[tag], draw(words))
    if tag in NUMBERS:
        vr, size = NUMBERS[tag]
        return Plain(tag, vr, draw(st.binary(min_size=size, max_size=size)) * draw(st.integers(0, 3)))
    return Plain(tag, BULK[tag], draw(raws))


@st.composite
def sequence(draw: st.DrawFn, tag: int, syntax: str, depth: int) -> Sequence:
    item = data_sets(syntax, depth + 1)
    unknown = draw(st.booleans()) and syntax != IMPLICIT
    implicit = draw(st.booleans()) and not unknown and syntax in {EXPLICIT, JPEG}
    items = draw(st.lists(item, max_size=3))
    if unknown or implicit:
        items = [tuple(one for one in elements if not isinstance(one, Fragments)) for elements in items]
    flags = {"undefined": draw(st.booleans()), "open_items": draw(st.booleans())}
    return Sequence(tag, tuple(items), unknown=unknown, implicit=implicit, **flags)


@st.composite
def private_block(draw: st.DrawFn, syntax: str, depth: int) -> list[Element]:
    number = draw(st.integers(0x10, 0x14))
    found: list[Element] = [text(0x00290000 | number, "LO", draw(st.sampled_from(CREATORS)))]
    for offset in sorted(draw(st.sets(st.sampled_from((0x01, 0x10, 0x42)), max_size=3))):
        tag = 0x00290000 | number << 8 | offset
        kinds = [text(tag, "LO", draw(words)), Plain(tag, "UN", draw(raws)), Plain(tag, "OB", draw(raws))]
        if depth < MAX_DEPTH:
            kinds.append(draw(sequence(tag, syntax, depth)))
        found.append(draw(st.sampled_from(kinds)))
    return found


@st.composite
def icon(draw: st.DrawFn, syntax: str) -> Sequence:
    picture: Element = Plain(PIXELS, "OW", b"\1\2\3\4")
    if syntax == JPEG and draw(st.booleans()):
        picture = Fragments(PIXELS, (b"", b"\xfe\xff\x0d\xe0"))
    rows = Plain(0x00280010, "US", b"\1\0")
    return Sequence(ICON, ((rows, picture),), undefined=draw(st.booleans()), open_items=draw(st.booleans()))


@st.composite
def data_sets(draw: st.DrawFn, syntax: str, depth: int = 0) -> tuple[Element, ...]:
    """Elements in tag order; at depth 0 perhaps with pixel data."""
    found: list[Element] = draw(st.lists(plain(), max_size=3 if depth else 6))
    if depth < MAX_DEPTH:
        tags = draw(st.sets(st.sampled_from(SEQUENCES), max_size=1 if depth else 2))
        found += [draw(sequence(tag, syntax, depth)) for tag in tags]
        if draw(st.integers(0, 5)) == 0:
            found.append(draw(icon(syntax)))
    if draw(st.booleans()):
        found += draw(private_block(syntax, depth))
    if depth == 0 and draw(st.booleans()):
        native = Plain(PIXELS, "OW", draw(st.binary(min_size=8, max_size=8)) * 4)
        found.append(Fragments(PIXELS, (b"", draw(raws), b"\xff\xd8")) if syntax == JPEG else native)
    unique = {tag_of(element): element for element in found}
    if draw(st.booleans()):
        unique |= {tag >> 16 << 16: GroupLength(tag >> 16) for tag in tuple(unique)}
    return tuple(unique[tag] for tag in sorted(unique))


@st.composite
def objects(draw: st.DrawFn) -> tuple[str, tuple[Element, ...]]:
    """A transfer syntax, and a data set for it with the instance's identity."""
    syntax = draw(st.sampled_from(SYNTAXES))
    identity = text(0x00080018, "UI", "1.2.3.4")
    found = {tag_of(element): element for element in (*draw(data_sets(syntax)), identity)}
    return syntax, tuple(found[tag] for tag in sorted(found))


@dataclass(frozen=True)
class Wishes:
    """What a section asks for, in the model's terms."""

    removed: frozenset[int] = frozenset()
    replaced: dict[int, str] = field(default_factory=dict)
    recurse: bool = False
    remove_private: bool = False
    remove_undefined: bool = False
    kept_private: frozenset[tuple[str, int]] = frozenset()

    def expected(self, elements: tuple[Element, ...], *, top: bool = True) -> tuple[Element, ...]:
        """Return the data set after the rules: the slow, obvious way."""
        found: dict[int, Element] = {}
        creators: dict[int, str] = {}
        active = top or self.recurse
        for element in elements:
            tag = tag_of(element)
            named = active and (tag in self.removed or tag in self.replaced)
            if tag >> 16 & 1 and tag & 0xFFFF <= 0xFF and isinstance(element, Plain):
                creators[tag & 0xFF] = element.raw.decode().strip()
            if self._dropped(element, creators, named=named, active=active):
                continue
            if active and tag in self.removed:
                continue
            if active and tag in self.replaced:
                found[tag] = text(tag, TEXTS[tag], self.replaced[tag])
                continue
            found[tag] = self._inside(element)
            kept = active and (creators.get(tag >> 8 & 0xFF), tag & 0xFF) in self.kept_private and tag >> 16 & 1
            if (
                self.remove_undefined
                and isinstance(found[tag], Sequence)
                and not kept
                and (tag >> 16 & 1 or not _holds(found[tag]))
            ):
                del found[tag]
        if top:
            found |= {tag: text(tag, TEXTS[tag], value) for tag, value in self.replaced.items()}
        return tuple(found[tag] for tag in sorted(found))

    def _dropped(self, element: Element, creators: dict[int, str], *, named: bool, active: bool) -> bool:
        tag = tag_of(element)
        if isinstance(element, GroupLength):
            return self.remove_undefined or (self.remove_private and bool(tag >> 16 & 1))
        undefined = self.remove_undefined and not named and not isinstance(element, Sequence)
        if not (tag >> 16 & 1 and (self.remove_private or self.remove_undefined)):
            return undefined
        kept_creators = {creator for creator, _ in self.kept_private}
        if tag & 0xFFFF <= 0xFF:
            return creators[tag & 0xFF] not in kept_creators
        kept = (creators[tag >> 8 & 0xFF], tag & 0xFF) in self.kept_private
        if self.remove_private and not kept:
            return True
        return undefined and not (kept and active)

    def _inside(self, element: Element) -> Element:
        if not isinstance(element, Sequence) or not (self.recurse or self.remove_private or self.remove_undefined):
            return element
        return replace(element, items=tuple(self.expected(item, top=False) for item in element.items))


def _holds(element: Element) -> bool:
    return isinstance(element, Sequence) and any(
        not isinstance(inner, GroupLength) and not (tag_of(inner) >> 16 & 1 and tag_of(inner) & 0xFFFF <= 0xFF)
        for item in element.items
        for inner in item
    )


@st.composite
def wishes(draw: st.DrawFn) -> Wishes:
    removable = (*TEXTS, *NUMBERS, *SEQUENCES, 0x60003000)
    removed = draw(st.frozensets(st.sampled_from(removable), max_size=5))
    replaceable = [tag for tag in TEXTS if tag not in removed]
    replaced = draw(st.dictionaries(st.sampled_from(replaceable), st.sampled_from(("", "7", "7777", "0" * 15))))
    kept = frozenset({(CREATORS[0], 0x10)}) if draw(st.booleans()) else frozenset()
    undefined = draw(st.booleans()) and bool(removed or replaced)
    private = draw(st.booleans())
    return Wishes(removed, replaced, draw(st.booleans()), private, undefined, kept if private else frozenset())


__all__ = ["BIG", "TEXTS", "Wishes", "data_sets", "objects", "wishes"]
