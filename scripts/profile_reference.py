"""Write docs/profile.md anew from the tables that the profile reader itself goes by (for developers).

``.venv/bin/python scripts/profile_reference.py``
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from fw_gear_deid.actions import ACTIONS, Kind, Option
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.profile import builtin_description, builtin_names, check_text
from fw_gear_deid.profile.container_types import ALL, CONTAINERS, HEADER
from fw_gear_deid.profile.gates import GATE_KEYS
from fw_gear_deid.profile.pixels.recipes import recipe_names
from fw_gear_deid.profile.settings import (
    COMMON,
    FILENAME_KEYS,
    NAME,
    PIXEL_KEYS,
    PIXEL_RULE_KEYS,
    REGEX,
    SECTIONS,
    SUBSTITUTION_KEYS,
    TOP_KEYS,
    SectionType,
)
from fw_gear_deid.profile.templates.expressions import FILTER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_deid.actions import ActionType

PAGE: Final = Path(__file__).parents[1] / "docs" / "profile.md"

INTRODUCTION: Final = """\
# The profile

A profile is a YAML or JSON text that says what happens to which field of which files. Profiles written for Flywheel's
upload, command line and export tools mean the same here; see [compatibility.md](compatibility.md) for the differences.

```yaml
name: my-study
version: 1
dicom:
  date-increment: -35
  salt: "a long secret text"
  uid-suffix-fields: 0
  recurse-sequence: true
  fields:
    - {name: PatientName, replace-with: ANON}
    - {name: PatientID, hash: true}
    - {name: StudyDate, increment-date: true}
    - {name: StudyInstanceUID, hashuid: true}
    - {name: '(0029, "SIEMENS CSA HEADER", 10)', remove: true}
json:
  fields:
    - {name: PatientName, remove: true}
```

Settings marked with + are ours; Flywheel's tools do not know them.

## Your task: a profile for a study

1. Begin with a built-in one that is close (`fw-deid profile list`), and change what your study needs:
   `fw-deid profile show ps3.15-basic-clean > profile.yaml`. Or begin with the lines above, or with
   [lists of elements](#a-profile-from-lists-of-elements).
2. `fw-deid validate profile.yaml` names every mistake and every doubt with its line and column.
3. `fw-deid test study/ profile.yaml results` with a few files of every scanner, and open `results/test.html`: it says
   what identifies and was left, and has the rules for it. Paste those you want under `fields:`, and try again.
4. `fw-deid run profile.yaml study/ -o copies`, or give the profile to [the gear](gear.md).

## Which section gets a file

The first of these sections whose `file-filter` matches the file's name; if none does, the first whose files begin as
this one does. A file that no section owns is not copied.

"""

NAMES: Final = """\
## How fields are named

| in | a name is |
|---|---|
| `dicom` | a keyword (`PatientID`), a tag (`"(0010, 0020)"`, `"00100020"`), a private element (`'(0029, "SIEMENS CSA HEADER", 10)'`), a path (`OtherPatientIDsSequence.0.PatientID`; `*` for every item), a repeating group (`"50xx0010"`) |
| `json` | a path: `a.b.0.c` |
| `xml` | an XPath that begins with `/` or `./`: `/study/patient/name`, `//patient/@id`, `//*[local-name()='id']`, `//comment()` |
| `csv`, `tsv`, `table` | a column |
| `key-value-text-file` | what stands before the delimiter |
| `nifti` | a header field: `descrip`, `db_name`, `aux_file` … |
| `jpg` | a tag of Exif: `Artist`, `DateTimeOriginal`, `GPSDateStamp`, `ImageDescription` … |
| `tiff` | a tag of TIFF, or of the Exif and GPS directories in it: `ImageDescription`, `DateTime`, `XMP`, `ExifIFD` … |
| `png` | a chunk: `tEXt`, `iTXt`, `eXIf`, `tIME` …; chunks can only be kept or removed |
| `zip` | `comment` |

An entry may have a `label`, by which logs and reports call it instead.

`dicom`, `json` and tables also take `regex` in place of `name`: a regular expression that is matched from the start of
every path, or of the name of every column. Write tags in quotes: without them YAML reads `00100020` as an octal number.
"""  # noqa: E501  # a row of a table is one line


SUBSTITUTIONS: Final = """
### Items of `regex-sub`

The first item whose `input-regex` matches the value, from its start, says what the whole value becomes; if none
matches, the file is withheld, unless the value is missing. In `output`, `{name}` is a named group of `input-regex`, or
another field of the record, for which `groups` must say what becomes of it (`keep: true` for nothing). A field that is
missing leaves nothing. In DICOM the record is the file's data set, also for rules inside sequences; in a table it is
the row.

`regex-sub` rules run before all others, the last of them first, so that they read what other fields held to begin with,
and what `regex-sub` rules further down have written. What `remove-undefined` removes is gone before.

"""

SUBJECTS: Final = """
## Each subject's own pseudonym and shift

`pseudonym` and `date-increment: subject` derive from the subject, by a secret key, 16 capitals and digits, and a number
of days back from 1 to 3650 (`date-increment-range`). Both are the same for one subject in every section, file and run
that has the same key, and nobody can work them out without it.

```yaml
secret-key: "00112233445566778899aabbccddeeff"
dicom:
  date-increment: subject
  fields:
    - {name: PatientID, pseudonym: true}
    - {name: StudyDate, increment-date: true}
tsv:
  date-increment: subject
  datetime-format: "%Y-%m-%dT%H:%M:%S"
  fields:
    - {name: participant_id, pseudonym: true}
    - {name: acq_time, increment-datetime: true}
```

A profile better holds no key: `--secret-key FILE`, or `secret_key` in the gear, gives it one from a text file that is
kept with the sources. This makes such a file:

    python3 -c "import secrets; print(secrets.token_hex(16))" > secret.key

Who a file is about: the subject that it lies in on the site, or that `--subject` names; else the one whose label BIDS
puts into its path (`sub-S01_T1w.json`, or a folder `sub-S01`); else its own PatientID in DICOM. Capitals, white space
around and a leading `sub-` do not count: `sub-S01`, `S01` and `s01` are one subject. In a table with a column
`participant_id`, `subject_id`, `patient_id`, `PatientID`, `subject`, `SubjectID`, `mrn` or `medical_record_number`, or
else one that gets a `pseudonym`, each row is about whom it names, unless all rows name one and the file's subject is
known. A file that tells no subject is withheld where a rule asks for it.

`sub-` before a value stays: `sub-S01` becomes `sub-` and the pseudonym. With `subject-folders: pseudonym` folders of
that form get such a name, too, when `fw-deid` runs over a tree of folders.

"""

GATES: Final = """
## Gates

What rules cannot judge, a person should. `gates` says what becomes of DICOM objects that are likely to show or tell
someone: `pass`, `warn` (the copy is made, and the report says what to look at) or `withhold`. What an object is likely
to be is read from its elements, not from its pixels:

| gate | is raised by |
|---|---|
| `burned-in` | BurnedInAnnotation YES; an ImageType that says it shows a screen; and, unless BurnedInAnnotation is NO: secondary capture, ultrasound and photography (SOP class, ConversionType, ultrasound regions) and modalities whose images often carry text. Not where `alter_pixels` has blanked regions of the object |
| `face` | RecognizableVisualFeatures YES; CT, MR and PT images whose body part or descriptions name the head, unless RecognizableVisualFeatures is NO or a description says that the face is gone |
| `document` | EncapsulatedDocument, or the ContentSequence of a structured report, if the rules leave it in |
| `overlay` | OverlayData, if the rules leave it in |

```yaml
gates:
  burned-in: withhold
  face: pass
dicom:
  fields:
    - {name: PatientName, remove: true}
```

"""  # noqa: E501  # a row of a table is one line

FILE_NAMES: Final = """
## File names

Each entry of `filenames`; the first that matches names the copy. In `output`, `{name}` is a named group of
`input-regex` (in `dicom` not called like an element) or a field of the file, with its value after the rules. What no
file system takes is replaced by `_`, a field without a value by `NA`. A file for which no entry matches is skipped: it
has no copy, and is listed.

"""

PIXELS: Final = """
## Regions of images

`alter_pixels` of the section `dicom` blanks regions of images before any other rule. [pixels.md](pixels.md) tells how
images are chosen and what becomes of them.

```yaml
dicom:
  alter_pixels:
    pixels:
      - when: contains Modality US + equals Rows 600
        remove: [0, 0, 800, 60]
      - when: present SequenceOfUltrasoundRegions
        keep: [[0, 60, 800, 600], [900, 60, 1000, 200]]
    detect: [burned-in]
```

"""

TEMPLATES: Final = """
## Values for each subject

`{{ NAME }}` in a profile stands for a value that is known when a run begins, with or without quotes around it:

```yaml
dicom:
  date-increment: {{ DATE_SHIFT }}
  fields:
    - {name: StudyDate, increment-date: true}
    - {name: PatientID, replace-with: "sub-{{ NEW_ID }}"}
    - {name: PatientComments, remove: "{{ STRICT }}"}
```

The values come from a mapping, a CSV table in UTF-8 with a row for every subject:

```csv
subject.label,DATE_SHIFT,NEW_ID,STRICT
S01,-35,001,true
S02,14,002,false
```

`fw-deid run profile.yaml S01/ -o copies --mapping mapping.csv --subject S01` takes the row of S01. With `--session`,
and a column `session.label`, rows are per session. `{{ subject.label }}` and `{{ session.label }}` are what is given
there; `{{ subject.x }}`, `{{ session.x }}`, `{{ project.x }}` are metadata of the container, or a column of that name.

- A value is put in after the profile has been read, so it never changes the profile's structure: quotes, colons or `{{`
  in it are text. Where a number or `true` and `false` belong, the text is read as one; everywhere else it stays as it
  is: `001`. In `regex`, `input-regex` and `file-filter` it becomes part of the pattern (`{{ NAME | regex_escape }}`
  takes it literally).
- A value that is missing is an error, an empty cell too; `{{ NAME | default('') }}` says that it may be missing.
- Between the braces may stand names, texts, numbers, `+ - * / // %` for numbers, `~` to join texts, comparisons,
  `a if b else c`, `NAME[:3]`, and the filters FILTERS. Numbers are computed with after
  `int` or `float`: `{{ DATE_SHIFT | int * 7 }}`.
- Statements (`{% … %}`), templates as keys, and templates for a list or a section are refused. The profile's `name` and
  `description` stay as they are written.
- `fw-deid validate profile.yaml` checks a profile without values and names those it needs; with `--mapping mapping.csv`
  it is filled from every row.

No message or report holds a value; a rule whose `name` is a template is called by the template.
"""

TRIED: Final = {"date-increment": -35, "salt": "a long secret text", "secret-key": "00112233445566778899aabbccddeeff"}
"""Settings that some action cannot do without."""


TOP_LEVEL: Final = """
**Subject map.** `map-subjects` names a CSV table that gives every subject a number. Its columns are the DICOM
elements that tell a subject, `SubjectCode` and `$config`; the first row below them holds only `$config`, whose
`format` makes labels of the numbers:

```
PatientName,PatientBirthDate,SubjectCode,$config
,,,"{""format"": ""ex{SubjectCode:02}""}"
canary^alice,19700131,1,
```

Values are compared without regard to capitals and white space around. A subject who is not there gets the number
after the highest; a table that is not there is begun with the columns above and the format `{SubjectCode}`. `fw-deid
run` puts the copies of a subject's DICOM files and archives into a folder named after the label; other files keep
their place. What tells no subject is withheld, and so is an archive of several. `fw-deid test` and a dry run add
nobody. The table is the key to the identities: it is written for its owner alone, and refused among the copies. Runs
side by side wait for each other (a file `….lock` stays beside the table). A number once given stays. A relative path,
here and in `deid-log`, is relative to the current folder.

**Log.** `deid-log` names the log of `fw-deid run` where `--log` names none. Each run adds to it.

**Ingest configs.** A file with `deid-profiles` (a list of profiles) is an ingest config. `--profile-name`, or
`profile_name` in the gear, says which profile is meant, else its `deid-profile` does; either may also name a built-in
one. Its other keys are for the upload alone.

**No de-identification.** The profile `none`, and any profile of that name, copies files as they are, once
`--allow-no-deid` or `allow_no_deid` says so.
"""

METADATA: Final = """
## Metadata of containers and files

The section `flywheel` says which metadata of containers, and of the files in them, is exported with the copies; on the
command line there is none. What no entry names is left out, unless `all` is set.
Fields of `info` are named by their path, `info.X.Y`, and settings are those of `json`. The old section `export` is read
as `flywheel`, with a warning that shows the new form.

```yaml
dicom:
  fields:
    - {name: PatientID, replace-with: S001}
flywheel:
  subject:
    fields:
      - {name: label, replace-with: S001}
      - {name: sex}
  session:
    date-increment: -17
    fields:
      - {name: timestamp, increment-datetime: true}
      - {name: info.visit}
```

"""


CHECKING: Final = """
## Checking a profile

`fw-deid validate` reads no data, and tells everything at once, as `file:line:column: message`. Errors stop a run: what
is unknown or misspelt, a value of the wrong type, a format or regular expression that cannot be used or can hang a run,
a name that is no element, an action or value that an element cannot hold. Warnings are about what is seldom meant:

- a setting that no entry uses, an entry that never acts, two entries for one field
- hashes without a salt, UIDs that keep digits of the original, references to hashed UIDs that stay
- an action or a value that does not go with the element's value representation
- a section that copies its files as they are, or whose files an earlier one takes; a file filter that matches nothing
- names of copies that do not differ, or keep text of the original name; groups that nothing uses

With `--strict` warnings count as errors. `fw-deid profile show` writes a profile in normal form; one with
templates as it is filled for a subject (`--mapping`, `--subject`).

## A profile from lists of elements

Lists of elements are CSV files with the columns `Tag,Keyword`, or `Tag,Keyword,Replacement`:

```csv
Tag,Keyword
"(0010,0010)",PatientName
"(0008,0081)",
,OtherPatientIDs
"(0029,""SIEMENS CSA HEADER"",10)",CSA image header
```

`fw-deid profile from-csv --remove list.csv -o profile.yaml` makes a profile of them; `--empty`, `--replace`, `--hash`,
`--hashuid` and `--increment-date` take lists, too, several each. The profile is sorted by tag and says what each
element is. A tag and a keyword that disagree, an unknown element, and one that is listed twice are told with file and
line.
"""


def page() -> str:
    """Return the whole page."""
    parts = [
        INTRODUCTION,
        *_sections(),
        NAMES,
        "\n## Actions\n\nAn entry of `fields` names a field and one action: `action: true`, or its value.\n\n",
        *_actions(),
        SUBSTITUTIONS,
        *_table(SUBSTITUTION_KEYS),
        "\n### Which actions a section takes\n\n",
        *_uses(),
        "\n### Examples of actions\n",
        *_examples(ACTIONS.values()),
        "\n## The profile itself\n\n",
        *_table(TOP_KEYS),
        TOP_LEVEL,
        SUBJECTS,
        GATES,
        *_table(GATE_KEYS),
        "\n## Settings of every section\n\n",
        *_table(COMMON),
        *_own_settings(),
        METADATA,
        *_containers(),
        FILE_NAMES,
        *_table(FILENAME_KEYS),
        PIXELS,
        *_table(PIXEL_KEYS),
        "\nEach entry of `pixels`:\n\n",
        *_table(PIXEL_RULE_KEYS),
        "\nBuilt-in recipes: ",
        ", ".join(f"`{name}`" for name in recipe_names()),
        ".\n",
        TEMPLATES.replace("FILTERS", ", ".join(f"`{name}`" for name in sorted(FILTER_NAMES))),
        "\n## Examples of sections\n",
        *_examples(SECTIONS.values()),
        CHECKING,
        "\n## Built-in profiles\n\n",
        "".join(f"- `{name}`: {builtin_description(name)}\n" for name in builtin_names()),
    ]
    return "".join(parts)


def _sections() -> Iterator[str]:
    yield "| section | files by default |\n|---|---|\n"
    for kind in SECTIONS.values():
        filters = " ".join(f"`{text}`" for text in kind.filters) or "none: `file-filter` must be written"
        yield f"| `{kind.name}` | {filters} |\n"
    yield "\n"


def _actions() -> Iterator[str]:
    yield "| action | the field is | options |\n|---|---|---|\n"
    for kind in ACTIONS.values():
        options = ", ".join(f"`{option.name}`{_mark(option)}" for option in kind.options)
        yield f"| `{kind.key}` | {kind.words} | {options} |\n"
    yield "\nOptions stand beside the action and take the place of the section's setting of the same name:\n\n"
    takers: dict[Option, list[str]] = {}
    for kind in ACTIONS.values():
        for option in kind.options:
            takers.setdefault(option, []).append(f"`{kind.key}`")
    names = [option.name for option in takers]
    yield from _table(
        replace(option, doc=f"of {', '.join(actions)}: {option.doc}") if names.count(option.name) > 1 else option
        for option, actions in takers.items()
    )


def _uses() -> Iterator[str]:
    yield f"| | {' | '.join(f'`{key}`' for key in ACTIONS)} |\n|---|{'---|' * len(ACTIONS)}\n"
    for section in SECTIONS.values():
        if section.fields:
            marks = ["yes" if takes(section, kind) else "" for kind in ACTIONS.values()]
            yield f"| `{section.name}` | {' | '.join(marks)} |\n"


def takes(section: SectionType, action: ActionType) -> bool:
    """Return whether a section takes an action, tried on a field without a type of its own."""
    settings = yaml.safe_load(section.example)
    written = next(entry for entry in yaml.safe_load(action.example)["fields"] if action.key in entry)
    field = "PatientComments" if section.name == "dicom" else settings["fields"][0]["name"]
    settings |= {name: value for name, value in TRIED.items() if name in section.settings}
    settings["fields"] = [{"name": field} | {key: value for key, value in written.items() if key not in {NAME, REGEX}}]
    settings.pop("filenames", None)
    profile, _ = check_text(yaml.safe_dump({section.name: settings}), allow_no_deid=True)
    if profile is None:
        return False
    try:
        compile_profile(profile)
    except ProfileError:
        return False
    return True


def _examples(kinds: Iterable[ActionType | SectionType]) -> Iterator[str]:
    for kind in kinds:
        if kind.example:
            name = kind.name if isinstance(kind, SectionType) else kind.key
            section = name if isinstance(kind, SectionType) else "dicom"
            lines = "".join(f"  {line}\n" for line in kind.example.splitlines())
            yield f"\n`{name}`\n\n```yaml\n{section}:\n{lines}```\n"


def _own_settings() -> Iterator[str]:
    common = {option.name: option for option in COMMON}
    for kind in SECTIONS.values():
        own = [option for option in kind.settings.values() if common.get(option.name) != option]
        if own:
            yield f"\n### Of `{kind.name}`\n\n"
            yield from _table(own)


def _containers() -> Iterator[str]:
    yield "| container | fields that can be set |\n|---|---|\n"
    for name, kind in CONTAINERS.items():
        yield f"| `{name}` | {', '.join(f'`{field}`' for field in kind.fields)} |\n"
    yield "\nBeside the settings of `json`:\n\n"
    yield from _table((ALL, replace(HEADER, doc=f"{HEADER.doc} (`file` alone)")))


def _table(options: Iterable[Option]) -> Iterator[str]:
    yield "| name | value | default | meaning |\n|---|---|---|---|\n"
    for option in options:
        yield f"| `{option.name}`{_mark(option)} | {_values(option)} | {_default(option)} | {option.doc} |\n"


def _mark(option: Option) -> str:
    return " +" if option.extension else ""


def _values(option: Option) -> str:
    return ", ".join(f"`{choice}`" for choice in option.choices) if option.kind is Kind.CHOICE else option.kind.value


def _default(option: Option) -> str:
    value = option.default
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "tab" if value == "\t" else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
