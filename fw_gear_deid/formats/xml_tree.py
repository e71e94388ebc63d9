"""An XML document that XPath can search, and that is written back with everything else as it was spelled.

lxml reads the text and answers XPath; ``xml_text`` says where each node stands. Both see every edit: later rules find
what earlier ones left, and the copy is the text with spans of it replaced.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from lxml import etree

from fw_gear_deid.errors import ActionError, UnreadableError
from fw_gear_deid.formats.xml_text import COMMENT, ELEMENT, INSTRUCTION, attributes, escaped, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.json_text import Text
    from fw_gear_deid.formats.xml_text import Attribute, Node

_NO_NODES: Final = "the XPath finds neither elements nor attributes; let it end with one of them"
_XML_PREFIX: Final = {"xml": "http://www.w3.org/XML/1998/namespace"}
_KINDS: Final[dict[object, str]] = {etree.Comment: COMMENT, etree.ProcessingInstruction: INSTRUCTION}


@dataclass(frozen=True, slots=True)
class Place:
    """A node that XPath found, or an attribute of one.

    Attributes:
        element: the node as lxml has it.
        node: the same node in the text.
        attribute: the attribute's name, its namespace in braces before it; ``""`` for the node itself.
    """

    element: etree._Element
    node: Node
    attribute: str = ""


def problem_of(xpath: str) -> str:
    """Return what is wrong with the name of a field; ``""`` when it can be searched for."""
    if not xpath.startswith(("/", "./")) or xpath == "/":
        return "fields of xml are named by XPath that begins with / or ./ such as /study/patient/name or //name"
    try:
        found = etree.XPath(xpath)(etree.fromstring(b"<a/>"))
    except etree.XPathError:
        return "this is no XPath that can be searched for; name namespaced elements as *[local-name()='name']"
    if not isinstance(found, list) or xpath.rstrip().endswith("text()"):
        return "this XPath finds no elements or attributes; let it end with the name of an element, or @attribute"
    return ""


class Tree:
    """The nodes of one XML text, with edits that leave the rest of the text alone.

    Raises:
        UnreadableError: the text is not well-formed, or has a document type declaration.
        TooLargeError: it has too many nodes.
    """

    def __init__(self, source: Text) -> None:
        self._source = source
        self._edits: dict[tuple[int, int], str] = {}
        found = nodes(source.text)
        # Nothing from outside the text may enter it. Depth and number of nodes are known to be moderate by now.
        parser = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
        )
        try:
            self._root = etree.fromstring(source.text.encode(), parser)
        except etree.XMLSyntaxError as error:
            raise UnreadableError(f"not well-formed XML (line {error.lineno or 1})") from None
        self._tree = self._root.getroottree()
        self._nodes = dict(zip(_in_order(self._root), found, strict=False))
        if len(self._nodes) != len(found) or any(not _same(*pair) for pair in self._nodes.items()):
            raise UnreadableError("XML that can be read in two ways; write it anew with the program it came from")

    @property
    def touched(self) -> bool:
        """Whether there are edits."""
        return bool(self._edits)

    def find(self, xpath: str) -> list[Place]:
        """Return everything an XPath finds, in the order of the file.

        Raises:
            ActionError: it cannot be evaluated, or finds neither nodes nor attributes.
        """
        try:
            found = self._tree.xpath(xpath)
        except etree.XPathError:
            raise ActionError("the XPath cannot be evaluated on this file") from None
        if not isinstance(found, list):
            raise ActionError(_NO_NODES)
        return [place for each in found if (place := self._place(each)) is not None and self.alive(place)]

    def looks_named(self, xpath: str) -> bool:
        """Whether an XPath would find something if elements without a prefix were in no namespace, as they look.

        False where it makes no difference. To be asked before any edit.
        """
        try:
            return self._bare is not None and bool(self._bare.xpath(xpath))
        except etree.XPathError:  # told when it is searched for
            return False

    @cached_property
    def _bare(self) -> etree._ElementTree | None:
        """The document with its default namespaces forgotten; None when it has none."""
        if "xmlns" not in self._source.text or not any(map(_has_default_namespace, self._root.iter(etree.Element))):
            return None
        root = deepcopy(self._root)
        for element in filter(_has_default_namespace, list(root.iter(etree.Element))):
            element.tag = str(element.tag).rpartition("}")[2]
        return root.getroottree()

    def _place(self, found: object) -> Place | None:
        """Return what XPath found; None for what stands in for a removed node."""
        if isinstance(found, etree._Element):  # noqa: SLF001  # the only name of what XPath returns
            node = self._nodes.get(found)
            return None if node is None else Place(found, node)
        if not isinstance(found, etree._ElementUnicodeResult) or not found.is_attribute:  # noqa: SLF001  # the same
            raise ActionError(_NO_NODES)
        element = found.getparent()
        return None if element is None else Place(element, self._nodes[element], str(found.attrname))

    def alive(self, place: Place) -> bool:
        """Whether a place is still there."""
        return place.node.alive and (not place.attribute or place.attribute in place.element.attrib)

    def path(self, place: Place) -> str:
        """Return where a place stands in the text, as an XPath; what was removed before it still counts."""
        return f"{place.node.path}/@{place.attribute}" if place.attribute else place.node.path

    def holds_elements(self, place: Place) -> bool:
        """Whether it is an element with elements in it."""
        return not place.attribute and next(place.element.iterchildren(tag=etree.Element), None) is not None

    def text(self, place: Place) -> str:
        """Return what a place says, without comments and processing instructions in it."""
        if place.attribute:
            return str(place.element.get(place.attribute))
        if place.node.kind != ELEMENT:
            return place.element.text or ""
        return str(place.element.xpath("string()"))

    def write(self, place: Place, value: str) -> None:
        """Replace an attribute's value, or all that is within a node.

        Raises:
            ActionError: the value cannot stand there.
        """
        try:
            if place.attribute:
                place.element.set(place.attribute, value)
            else:
                del place.element[:]
                place.element.text = value
        except ValueError:
            raise ActionError("the new value holds characters that XML does not have") from None
        if place.attribute:
            self._write_attribute(place, value)
        elif place.node.kind == ELEMENT:
            self._write_element(place.node, value)
        else:
            self._write_other(place.node, value)

    def _write_attribute(self, place: Place, value: str) -> None:
        found = self._attribute(place)
        quote = self._source.text[found.end]
        self._edits[found.value, found.end] = escaped(value, self._source.encoding, quote)

    def _write_element(self, node: Node, value: str) -> None:
        node.replaced = True
        text = escaped(value, self._source.encoding)
        if not self._source.text.startswith("/>", node.end):
            self._edits[node.inner, node.end] = text
        elif value:
            self._edits[node.end, node.stop] = f">{text}</{node.name}>"
        else:
            self._edits.pop((node.end, node.stop), None)

    def _write_other(self, node: Node, value: str) -> None:
        closing = "--" if node.kind == COMMENT else "?>"
        if closing in value or (node.kind == COMMENT and value.endswith("-")):
            raise ActionError(f"the new value would end the {node.kind}")
        space = " " if node.kind == INSTRUCTION and self._source.text[node.inner - 1] not in " \t\r\n" else ""
        self._edits[node.inner, node.end] = space + value

    def remove(self, place: Place) -> None:
        """Take a node or an attribute out of the text.

        Raises:
            ActionError: it is the root element.
        """
        if place.attribute:
            found = self._attribute(place)
            del place.element.attrib[place.attribute]
            self._edits.pop((found.value, found.end), None)
            self._edits[found.start, found.stop] = ""
            return
        if place.element is self._root:
            raise ActionError("the root element cannot be removed; replace it, or remove what is within it")
        parent = place.element.getparent()
        if parent is not None:
            # lxml would remove the text behind it too. An instruction in its stead holds that text in one step.
            stand_in = etree.ProcessingInstruction("gone")
            stand_in.tail = place.element.tail
            parent.replace(place.element, stand_in)
        place.node.gone = True
        self._edits[place.node.start, place.node.stop] = ""

    def _attribute(self, place: Place) -> Attribute:
        spaces = {**_XML_PREFIX, **{prefix or "": uri for prefix, uri in place.element.nsmap.items()}}
        for found in attributes(self._source.text, place.node):
            prefix, _, local = found.name.rpartition(":")
            if place.attribute == (f"{{{spaces.get(prefix)}}}{local}" if prefix else local):
                return found
        raise UnreadableError("XML that can be read in two ways; write it anew with the program it came from")

    def rendered(self) -> str:
        """Return the whole text."""
        text, position = self._source.text, 0
        pieces = []
        for (start, stop), new in sorted(self._edits.items(), key=lambda edit: (edit[0][0], -edit[0][1])):
            if start >= position:  # else it stood within what was removed or replaced since
                pieces += [text[position:start], new]
                position = stop
        return "".join((*pieces, text[position:]))


def _has_default_namespace(element: etree._Element) -> bool:
    return not element.prefix and str(element.tag).startswith("{")


def _in_order(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the nodes as they stand in the file; what stands before and after the root element too."""
    yield from reversed(list(root.itersiblings(preceding=True)))
    yield from root.iter()
    yield from root.itersiblings()


def _same(element: etree._Element, node: Node) -> bool:
    tag: object = element.tag  # of a comment it is the function that makes comments
    if isinstance(tag, str):
        return node.kind == ELEMENT and tag.rpartition("}")[2] == node.name.rpartition(":")[2]
    return _KINDS.get(tag) == node.kind
