"""XML as text: what encodes it, and where its markup stands (XML 1.0, fifth edition)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.json_text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH: Final = 200
"""How deep elements may nest."""

NODES: Final = 500_000
"""How many elements, comments and processing instructions a file may hold: each costs memory."""

ELEMENT, COMMENT, INSTRUCTION = "element", "comment", "processing-instruction"

_MARKS: Final = (
    (codecs.BOM_UTF8, b"", "utf-8"),
    (codecs.BOM_UTF16_LE, b"", "utf-16-le"),
    (codecs.BOM_UTF16_BE, b"", "utf-16-be"),
    (b"", b"<\0", "utf-16-le"),
    (b"", b"\0<", "utf-16-be"),
)
"""Byte order mark, first bytes behind it, and the encoding they tell (XML 1.0 appendix F)."""

_DECLARED: Final = re.compile(
    rb"<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*[\"']([A-Za-z][\w.-]*)[\"']"
)
_STATELESS: Final = re.compile(
    r"ascii|utf-8|(iso8859-\d+)|(cp125\d)|cp932|cp949|cp950|koi8-[rtu]|gbk|gb2312|gb18030|big5|shift_jis|euc_(jp|kr)"
)
"""Python's names of the encodings in which each character is written the same wherever it stands."""

_MARKUP: Final = re.compile(
    r"<!--(?P<comment>.*?)-->"
    r"|<!\[CDATA\[.*?\]\]>"
    r"|<\?(?P<target>[^ \t\r\n?]++)[ \t\r\n]*+(?P<data>.*?)\?>"
    r"|</(?P<closed>[^ \t\r\n<>]++)[ \t\r\n]*+>"
    r"|<(?P<opened>[^ \t\r\n<>/!?]++)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"[ \t\r\n]+([^ \t\r\n=]+)[ \t\r\n]*=[ \t\r\n]*(?:\"([^\"]*)\"|'([^']*)')")
_NAME: Final = re.compile(r"[^ \t\r\n<>/]+")


@dataclass(slots=True, eq=False)
class Node:
    """An element, a comment or a processing instruction, and where it stands in the text.

    Attributes:
        kind: ``ELEMENT``, ``COMMENT`` or ``INSTRUCTION``.
        name: an element's name with its prefix, an instruction's target.
        start: where it begins.
        inner: where its content begins; where ``/>`` stands in an element without content.
        end: where its content ends.
        stop: where it ends.
        index: its place among its like within the parent, from 1.
        alone: whether it has no like there.
        gone: whether it was removed.
        replaced: whether what was within it was.
    """

    kind: str
    name: str
    parent: Node | None
    start: int
    inner: int
    end: int = -1
    stop: int = -1
    index: int = 1
    alone: bool = True
    gone: bool = False
    replaced: bool = False

    @property
    def path(self) -> str:
        """An XPath that found it alone in the text, but for namespaces."""
        name = f"{self.kind}()" if self.kind != ELEMENT else self.name
        step = f"/{name}" if self.alone else f"/{name}[{self.index}]"
        return step if self.parent is None else self.parent.path + step

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        if self.gone:
            return False
        above = self.parent
        while above is not None:
            if above.gone or above.replaced:
                return False
            above = above.parent
        return True


def decoded(data: bytes) -> Text:
    """Decode XML: by its byte order mark or first bytes, else as it declares, else as UTF-8.

    Raises:
        UnreadableError: the encoding is not known, or the bytes are not valid in it.
    """
    mark, _, encoding = next(
        (each for each in _MARKS if data.startswith(each[0] + each[1])),
        (b"", b"", _declared(data)),
    )
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
        same = text.encode(encoding) == body
    except UnicodeError:
        same = False
    if not same:
        raise UnreadableError(f"the file is not valid {encoding.upper()}; repair it, or convert it to UTF-8")
    return Text(text, mark, encoding)


def _declared(data: bytes) -> str:
    match = _DECLARED.match(data)
    if match is None:
        return "utf-8"
    try:
        encoding = codecs.lookup(match[1].decode()).name
    except LookupError:
        encoding = ""
    if encoding.startswith("utf-16"):  # it is not, or its declaration could not have been read
        return "utf-8"
    if not _STATELESS.fullmatch(encoding):
        raise UnreadableError("the file declares an encoding that is not known here; convert it to UTF-8")
    return encoding


def nodes(text: str) -> list[Node]:
    """Return every node in the order of the file.

    Raises:
        UnreadableError: it is not well-formed, nests too deep, or has a document type declaration.
        TooLargeError: it holds too many nodes.
    """
    found: list[Node] = []
    opened: list[Node] = []
    families: list[dict[str, Node]] = [{}]  # the last node of each name within what is open
    for match in _markup(text):
        parent = opened[-1] if opened else None
        if match["opened"]:
            node = _element(text, match, parent)
            _count(node, families[-1])
            if node.stop < 0:
                opened.append(node)
                families.append({})
        elif match["closed"]:
            if parent is None or parent.name != match["closed"]:
                raise UnreadableError(
                    f"not well-formed XML ({_line(text, match.start())}: an end tag without its start)"
                )
            parent.end, parent.stop = match.span()
            opened.pop()
            families.pop()
            continue
        elif match["comment"] is not None:
            node = Node(COMMENT, "", parent, match.start(), *match.span("comment"), match.end())
            _count(node, families[-1])
        elif match["target"] and match["target"].lower() != "xml":
            node = Node(INSTRUCTION, match["target"], parent, match.start(), *match.span("data"), match.end())
            _count(node, families[-1])
        else:
            continue
        found.append(node)
        if len(opened) > DEPTH or len(found) > NODES:
            raise TooLargeError(f"more than {DEPTH} levels or {NODES} nodes; split the file")
    if opened or not found:
        raise UnreadableError("not well-formed XML: it ends before its root element does; is it complete?")
    return found


def _count(node: Node, family: dict[str, Node]) -> None:
    name = node.name if node.kind == ELEMENT else f"{node.kind}()"
    before = family.get(name)
    if before is not None:
        before.alone = node.alone = False
        node.index = before.index + 1
    family[name] = node


def _markup(text: str) -> Iterator[re.Match[str]]:
    position = text.find("<")
    while position >= 0:
        match = _MARKUP.match(text, position)
        if match is None:
            if text.startswith("<!DOCTYPE", position):
                raise UnreadableError(
                    "it has a document type declaration (DOCTYPE), which may define text anywhere in it; take it out"
                )
            raise UnreadableError(f"not well-formed XML ({_line(text, position)}); is it complete?")
        yield match
        position = text.find("<", match.end())


def _line(text: str, position: int) -> str:
    return f"line {text.count(chr(10), 0, position) + 1}"


def _element(text: str, match: re.Match[str], parent: Node | None) -> Node:
    if text[match.end() - 2] == "/":
        inner = match.end() - 2
        return Node(ELEMENT, match["opened"], parent, match.start(), inner, inner, match.end())
    return Node(ELEMENT, match["opened"], parent, match.start(), match.end())


@dataclass(frozen=True, slots=True)
class Attribute:
    """Where an attribute stands: with the white space before it, and its value between the quotes."""

    name: str
    start: int
    value: int
    end: int
    stop: int


def attributes(text: str, node: Node) -> Iterator[Attribute]:
    """Yield the attributes of an element, namespace declarations among them."""
    match = _NAME.match(text, node.start + 1)
    position = match.end() if match else node.inner
    while found := _ATTRIBUTE.match(text, position):
        quoted = found.span(2) if found[2] is not None else found.span(3)
        yield Attribute(found[1], found.start(), *quoted, found.end())
        position = found.end()


def escaped(value: str, encoding: str, quote: str = "") -> str:
    """Return text as it stands in an element, or between quotes in an attribute.

    What the encoding does not have is written as a character reference.
    """
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    if quote:
        value = (
            value.replace(quote, "&quot;" if quote == '"' else "&apos;").replace("\n", "&#10;").replace("\t", "&#9;")
        )
    return value.encode(encoding, "xmlcharrefreplace").decode(encoding)
