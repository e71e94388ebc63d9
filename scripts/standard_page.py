"""Write docs/standard.md anew from the tables of the standard that the built-in profiles are made of (for developers).

``.venv/bin/python scripts/standard_page.py``
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from fw_gear_deid.profile.builtin.ps3_15 import BASIC, CLEAN, COMBINED, MEANINGS, TCIA, entries
from fw_gear_deid.standard.confidentiality import EDITION, ProfileOption, table
from fw_gear_deid.standard.methods import BASIC_PROFILE, OPTION_METHODS
from fw_gear_deid.standard.private import DICOM_EDITION, TCIA_EDITION, Disposition, Source, safe_elements
from fw_gear_deid.standard.types import sop_class_count

PAGE: Final = Path(__file__).parents[1] / "docs" / "standard.md"

DECISIONS: Final = """\
## What the standard leaves open

- **Combined codes** (X/Z/D …) are decided by the type of the attribute in the object's SOP class, at its place: type
  1, an attribute that must have a value, gets a dummy (D); type 2 is emptied (Z); anything else is removed (X). An
  attribute that is there is taken to have its condition met (1C, 2C). An SOP class that is not known, such as a
  private one, counts as needing whatever any class needs. Types within functional groups are looked for in all
  classes.
- **Rows of code X or Z that some class must have** count as X/Z/D, Z/D or X/Z, so that objects stay valid.
- **X/Z/U\\***: a sequence of references that the object must have stays with new UIDs, even if it might be empty:
  other parts of the object agree with it.
- **Dummies** are `ANONYMIZED`, `19000101`, `000000`, 0, zero bytes, as the value representation asks.
- **Sequences of code D** (content of reports, graphic annotations, identification codes) keep their items, and in
  these numbers, coded words, references and codes of public schemes; every other value becomes a dummy. The codes of
  the sequence itself go: they name the person. What is drawn, point by point, stays: handwriting is not recognised.
- **Documents inside an object** (EncapsulatedDocument) become zero bytes.
- **Overlays and curves** (60xx, 50xx) go as whole groups: without its data an overlay is not valid.
- **Cleaning**: see `clean` in [profile.md](profile.md). A text of which nothing is left is empty, or a dummy where
  the object must have a value.
- **PatientID** becomes a pseudonym of the subject, the same in every object and sidecar of a run with one key.
  PatientName is emptied.
- **UIDs** become `2.25.` and 128 bits of a keyed hash: the same UID has the same successor everywhere.
- **Dates** move by 1 to 3650 days, derived from key and subject. A file whose subject cannot be told is withheld.
- **File meta information**: the instance UID follows the data set's; AE titles and private information go, the
  preamble is zeroed, data after the data set and trailing padding go. This holds for every profile.
- **Stamp**: copies have PatientIdentityRemoved, DeidentificationMethod with its codes (PS3.16 CID 7050), and
  LongitudinalTemporalInformationModified, in the place of what an earlier de-identification wrote there. The code of
  the Basic Profile is written where the rules leave nothing that the table takes away but for what the options named
  beside it allow; a profile of your own gets it, too, if it does that.
- **Attributes that the table does not name** stay, but for what is known to tell the subject (`scrub`). Where nothing
  else was in one, it becomes `REMOVED`, for it may have to have a value. ContentDescription, DocumentTitle and
  SegmentDescription are free text like the descriptors of the table, and cleaned whatever the options.

## Diffusion images, and what converters read

b-values and directions stay where they are standard elements (`DiffusionBValue`, `DiffusionGradientOrientation`). What
vendors write into private elements stays as the option says that the profile has:

| what | element | `retain-safe-private` | `retain-safe-private-tcia` |
|---|---|---|---|
| Siemens: b-value, directions | (0019,"SIEMENS MR HEADER",0C), 0D, 0E, 27 | stays | stays |
| GE: b-value | (0043,"GEMS_PARM_01",39) | stays | stays |
| GE: directions | (0019,"GEMS_ACQU_01",BB), BC, BD | goes | stays |
| Philips: b-value | (2001,"Philips Imaging DD 001",03) | stays | stays |
| Philips: axis of the direction | (2001,"Philips Imaging DD 001",04) | stays | goes |
| Philips: directions | (2005,"Philips MR Imaging DD 001",B0), B1, B2 | goes | stays |
| Siemens: times of slices | (0019,"SIEMENS MR HEADER",29) | goes | stays |
| Siemens: CSA headers, which hold names | (0029,"SIEMENS CSA HEADER",10), 20 | goes | goes |

A converter that reads CSA headers (phase encoding direction, mosaics) must run before, or the profile must keep them by
a rule of its own; the scan then searches them as it does everything else. Files `.bval` and `.bvec` stay as they are.

## Beside DICOM

The standard speaks of DICOM attributes alone. The profiles treat other files in the same spirit, with the same options,
pseudonyms and shifts:

- **JSON, XML and tables**: a field, element or column that is called like an attribute of the table gets what the
  attribute gets, at any depth; so do names that BIDS, dcm2niix and common tables have for the same things
  (`participant_id`, `acq_time`, `dob`, `age` …), and DICOM's own JSON by its tags. What the standard empties or
  replaces by a dummy is removed. With `retain-patient-characteristics` ages over 89 years become 90.
- **Names of things** stay: the column `name` of BIDS' tables of channels, electrodes and regions, and `name` in XML but
  in an element `patient`, `subject`, `participant` or `person`; in JSON it stays, but for what is known.
- **Private attributes**, curves and overlays in DICOM's JSON lose their values; private ones in its XML go.
- **References** to files in BIDS' sidecars (`IntendedFor`, `Sources` …) follow the files' new names.
- **Dates** keep the form they are written in; what stands in such a field and is no date is emptied.
- **NIfTI**: `descrip` and `intent_name` are cleaned with `clean-descriptors`, else blanked like `aux_file`, `data_type`
  and `db_name`; header extensions are dropped.
- **Pictures** lose their metadata, **archives** their comment; folders within archives are hashed.
- **Other files** are left out and listed, for nobody knows what they hold: README, CHANGES, `.txt`, `.mhd`, `.hdr` with
  `.img`, Bruker's and other vendors' own. An archive with such a member is withheld. In a copy of the profile
  (`fw-deid profile show`) a section of your own takes them in, and `zip: allow-unmatched-files: true` leaves them out.
- **Names of files**: `sub-S01_…` becomes `sub-` and the pseudonym, in tables that list files, too; any other name is
  hashed, or cleaned with `clean-descriptors`. On the command line folders `sub-S01` are renamed alike; others lose
  what is known of the subject, and are hashed if they hold a date, a UID or the like. On a site the subject's label
  becomes the pseudonym, and labels of sessions and acquisitions are treated as folders are.

## Whether objects stay valid

`python -m tests.standard.validity` copies pydicom's test files under every profile, and lists what `dciodvfy` calls an
error in a copy and not in its source: nothing. Three files are left out, which dciodvfy misreads as they are.

The other built-in profiles are what their owners wrote, but for one thing: `minimal` empties attributes that objects
must have, and `penn-bsc-3.0` and `penn-bsc-4.0` remove sequences rather than leave them empty.

## Where the tables come from

`scripts/standard_tables.py` makes the package's data from the published tables, and takes tags, keywords, codes,
types and private creators alone. Nothing is fetched when the program runs.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page."""
    chosen = ", ".join(f"`{option}`" for option in COMBINED)
    rows = len(table())
    return f"""\
# The profiles of DICOM PS3.15

`{BASIC}` is the Basic Profile of DICOM PS3.15 Annex E, edition {EDITION}: {rows} rows of Table E.1-1, at every depth
of an object. Options are added to its name: `{BASIC}+retain-uids+clean-descriptors`. `{CLEAN}` has the options that
leave data fit for most research: {chosen}.

`fw-deid profile show NAME` prints what runs, an entry for each row. All of them need a secret key
(`--secret-key FILE`). `retain-full-dates` and `retain-modified-dates` exclude each other, as do the two
options for private elements.

| option | rows | entries that differ | what happens | code |
|---|---|---|---|---|
| (Basic Profile) | {rows} | | see below | {BASIC_PROFILE.value} |
{"".join(_row(option) for option in ProfileOption)}{_tcia_row()}
An option of which nothing stays has no code. Codes of rows: {_codes()}.

{_private()}
Types are known for {sop_class_count()} SOP classes (as highdicom 0.28.2 has them).

{DECISIONS}"""


def _private() -> str:
    tcia = Counter(element.disposition for element in safe_elements(Source.TCIA))
    kept, hashed, moved = (tcia[each] for each in (Disposition.KEEP, Disposition.HASH, Disposition.MOVE))
    count = len(safe_elements(Source.DICOM))
    return f"""\
Private elements that are known to be safe: {count} of table E.3.10-1 (edition {DICOM_EDITION}). Of TCIA's private
tag knowledge base ({TCIA_EDITION}) {kept} stay, {hashed} UIDs are replaced, and {moved} dates move if the profile moves
dates, and go otherwise. Where the knowledge base says several things of one element, the strictest counts; what
it does not decide goes."""


def _tcia_row() -> str:
    code = OPTION_METHODS[ProfileOption.SAFE_PRIVATE].value
    return f"| `{TCIA}` | 1 | | {MEANINGS[TCIA]} | {code} |\n"


def _row(option: ProfileOption) -> str:
    rows = sum(option in row.options for row in table().values())
    basic, chosen = dict(entries(frozenset())), dict(entries(frozenset({option})))
    changed = sum(basic.get(name) != deed for name, deed in chosen.items())
    return f"| `{option}` | {rows} | {changed or ''} | {MEANINGS[option]} | {OPTION_METHODS[option].value} |\n"


def _codes() -> str:
    counted = Counter(row.action for row in table().values())
    return ", ".join(f"{count} {code}" for code, count in counted.most_common()).replace("*", "\\*")


if __name__ == "__main__":
    main()
