"""Make the package data of ``fw_gear_deid/standard`` from published tables (for developers).

``.venv/bin/python scripts/standard_tables.py TABLES IODS``

TABLES is the folder with the tables of DICOM PS3.15 and of The Cancer Imaging Archive (``../shared/data``). IODS is the
folder ``highdicom/_standard`` of the package highdicom (MIT), which says what each SOP class must have; it is needed
here alone. Only facts are taken over: tags, keywords, codes, types, private creators.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydicom.datadict import keyword_for_tag, tag_for_keyword

from fw_gear_deid.standard.confidentiality import EDITION, ProfileOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PrivateKey = tuple[int, str, int]
"""Group, private creator, and the element's number in the creator's block."""

DATA: Final = Path(__file__).parents[1] / "fw_gear_deid" / "standard" / "data"
CONFIDENTIALITY: Final = f"ps3.15_table_E.1-1_{EDITION}.csv"
SAFE_PRIVATE: Final = "ps3.15_table_E.3.10-1_safe_private.tsv"
KNOWLEDGE_BASE: Final = "tcia_private_tag_kb_2024-02-01.csv"
PRIVATE_HEAD: Final = ("group", "creator", "disposition", "elements")
PRIVATE_ELEMENT: Final = re.compile(r'\(([0-9A-Fa-f]{4}),"?([^"]*)"?,([0-9A-Fa-f]{2})\)')
"""The last part of a pattern of the knowledge base, whose quotes and small or capital letters are uneven."""
STRICTEST: Final = ("d", "oi", "o", "h", "k")
"""Dispositions, the one that leaves least first; what is blank or not one of them counts as ``d``."""
REQUIRED: Final = {"1": "1", "1C": "1", "2": "2", "2C": "2"}
"""Types of attributes that an object must have; an attribute that is there is taken to have its condition met."""
INDEPENDENT: Final = {"D", "U"}
"""Action codes whose result any object may have."""
FURTHER: Final = {"0040a160", "00700006"}
"""TextValue and UnformattedTextValue, which options clean though they have no row of their own."""
CLEANING: Final = 3
"""The last columns of the table: options that clean descriptors, structured content, graphics."""
TOP: Final = "00000000"
"""Stands for the sequence around an attribute of the data set itself."""
EXPECTED_ARGUMENTS: Final = 2


def main(arguments: Sequence[str]) -> int:
    """Write every data file; return the exit code."""
    if len(arguments) != EXPECTED_ARGUMENTS:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    tables, iods = map(Path, arguments)
    rows = sorted(confidentiality(tables / CONFIDENTIALITY))
    write(CONFIDENTIALITY, ("tag", "keyword", "basic", *ProfileOption), rows)
    write("safe_private_dicom.csv", PRIVATE_HEAD, grouped(dicom_dispositions(tables / SAFE_PRIVATE)))
    write("safe_private_tcia.csv", PRIVATE_HEAD, grouped(tcia_dispositions(tables / KNOWLEDGE_BASE)))
    modules = set(
        attribute_types(
            iods, {*FURTHER, *(row[0] for row in rows if row[2] not in INDEPENDENT or "C" in row[-CLEANING:])}
        )
    )
    write("types.csv", ("module", "sequence", "tag", "type"), sorted(modules))
    write("sop_classes.csv", ("uid", "iod"), sop_classes(iods))
    write("iods.csv", ("iod", "modules"), module_lists(iods, {module for module, *_ in modules}))
    return 0


def write(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one table."""
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def confidentiality(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the rows of PS3.15 Table E.1-1: tag, keyword, and the codes of the Basic Profile and its options."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for name, tag, _, _, *codes in list(csv.reader(file))[1:]:
            digits = re.sub(r"[^0-9a-fxg]", "", tag.split(")")[0].lower())
            yield digits, keyword_of(digits, name), *codes


def keyword_of(tag: str, name: str) -> str:
    """Return an element's keyword; one that pydicom's dictionary does not know is made of its name."""
    known = keyword_for_tag(int(tag, 16)) if re.fullmatch("[0-9a-f]{8}", tag) else ""
    words = re.sub(r"\(.*?\)|'s?\b|[^\w ]", " ", name).split()
    return known or "".join(word[:1].upper() + word[1:] for word in words)


def dicom_dispositions(path: Path) -> dict[PrivateKey, str]:
    """Return the private elements that DICOM calls safe, all of them to be kept."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return {(int(tag[1:5], 16), creator.strip(), int(tag[6:10], 16) & 0xFF): "k" for tag, creator, *_ in rows}


def tcia_dispositions(path: Path) -> dict[PrivateKey, str]:
    """Return the private elements of the knowledge base with what is to become of them.

    One that has several dispositions, by the sequence that it stands in or by its representation, gets the strictest.
    """
    found: dict[PrivateKey, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for pattern, _, _, disposition in list(csv.reader(file))[1:]:
            match = PRIVATE_ELEMENT.fullmatch(pattern.rpartition(">]")[2])
            if match is None:
                continue  # a standard element within a private sequence
            key = (int(match[1], 16), match[2].strip(), int(match[3], 16))
            written = disposition.strip().lower()
            known = (written if written in STRICTEST else "d", found.get(key, "k"))
            found[key] = min(known, key=STRICTEST.index)
    return found


def grouped(dispositions: dict[PrivateKey, str]) -> Iterator[tuple[str, ...]]:
    """Yield a row for the elements of one block that have one disposition other than to be removed."""
    rows: dict[tuple[int, str, str], list[str]] = {}
    for (group, creator, element), disposition in sorted(dispositions.items()):
        if creator and disposition in {"k", "h", "o"}:
            rows.setdefault((group, creator, disposition), []).append(f"{element:02x}")
    for (group, creator, disposition), elements in sorted(rows.items()):
        yield f"{group:04x}", creator, disposition, " ".join(elements)


def attribute_types(iods: Path, tags: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield module, enclosing sequence, tag and type of each attribute that an object must have."""
    modules = json.loads((iods / "module_attribute_map.json").read_text(encoding="utf-8"))
    for module, attributes in modules.items():
        for attribute in attributes:
            tag, kind = tag_of(attribute["keyword"]), REQUIRED.get(attribute["type"])
            sequence = tag_of(attribute["path"][-1]) if attribute["path"] else TOP
            if sequence and kind and tag in tags:
                yield module, sequence, tag, kind


def tag_of(keyword: str) -> str:
    """Return the tag of a keyword; ``""`` for one that pydicom's dictionary does not know."""
    tag = tag_for_keyword(keyword)
    return "" if tag is None else f"{tag:08x}"


def sop_classes(iods: Path) -> list[tuple[str, str]]:
    """Return each SOP class with its information object definition."""
    return sorted(json.loads((iods / "sop_class_iod_map.json").read_text(encoding="utf-8")).items())


def module_lists(iods: Path, relevant: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the modules of each information object definition, those that say something here."""
    used = {iod for _, iod in sop_classes(iods)}
    for iod, modules in sorted(json.loads((iods / "iod_module_map.json").read_text(encoding="utf-8")).items()):
        if iod in used:
            yield iod, " ".join(module["key"] for module in modules if module["key"] in relevant)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
