"""Where this project decides differently from Flywheel's engine before or after the values of one file.

What a comparison of copies shows stands in ``differences``; these rows are about what is accepted, refused, left out.
"""

from __future__ import annotations

from typing import NamedTuple


class Decision(NamedTuple):
    """One row.

    Attributes:
        id: how it is called.
        what: what is done here, and there.
        reason: why.
    """

    id: str
    what: str
    reason: str


PROFILE = (
    Decision(
        "yaml",
        "a key that stands twice, an object tag, and aliases without bounds are errors",
        "the later key would win in silence",
    ),
    Decision(
        "unknown-keys",
        "an unknown key at any level is an error, with the nearest known one; Flywheel's engine ignores it",
        "a misspelt rule protects nobody",
    ),
    Decision(
        "validation",
        "a profile is always checked as a whole, and all errors are reported at once, before any data is read",
        "a wrong profile must not have worked on half of the files",
    ),
    Decision(
        "hanging-expressions",
        "a regular expression that can take exponentially long on some text, such as (a+)+b, is an error; Flywheel's "
        "engine runs it",
        "one file name or value could hang a run",
    ),
    Decision(
        "templates",
        "values take the place of {{ NAME }} after YAML is read, as data: 001 stays 001, and quotes stay quotes; "
        "Flywheel's export gear puts them into the text, without quotes, and reads that as YAML; {% … %} is refused",
        "a cell must not become another number, or a rule; numbers and flags are read where the place asks for them",
    ),
    Decision(
        "templates-missing",
        "a subject without a row, a second row, a missing column and an empty cell are errors before anything is read; "
        "Flywheel's export gear skips the subject, and takes an empty cell for nan and an unknown name for nothing",
        "a date that was to move would stay, and nobody would know",
    ),
    Decision(
        "boolean-false",
        "an action with the value false does nothing, with a warning; Flywheel's engine carries out remove: false",
        "it says what it means, and templates need it",
    ),
    Decision(
        "replace-with-nothing",
        "replace-with without a value (null) is an error; in Flywheel's engine such an entry does nothing",
        "who writes it means an empty field, and the identifier would stay",
    ),
    Decision(
        "replace-with-structures",
        "replace-with takes texts, numbers and lists of texts; Flywheel's engine also puts an object, or a list of "
        "anything, into JSON",
        "a value of a field is meant",
    ),
    Decision(
        "integer-names",
        "a field name that YAML reads as a number (00100020 without quotes is octal) is an error that says to quote it",
        "Flywheel's engine takes it for another element",
    ),
    Decision(
        "absent-dicom",
        "without a dicom section DICOM files belong to no section, not even to filename; Flywheel's engine copies them "
        "as they are",
        "what no profile speaks of is not de-identified",
    ),
    Decision(
        "no-effect",
        "a profile or dicom section that changes nothing is refused unless allow_no_deid is set",
        "an empty profile is a mistake more often than a wish",
    ),
    Decision(
        "undefined-without-fields",
        "remove-undefined without fields is an error; Flywheel's engine copies the file unchanged",
        "it promises the opposite of what it does",
    ),
    Decision(
        "missing-increment",
        "increment-date and increment-datetime without any increment are errors; Flywheel's engine fails on the file",
        "seen before any data is read",
    ),
    Decision(
        "several-actions",
        "an entry with more than one action is an error; in Flywheel's engine one wins by a fixed order",
        "the order is written nowhere in the profile",
    ),
    Decision(
        "names-without-regex",
        "a filenames entry needs no input-regex; Flywheel's engine fails to load it",
        "its own documentation says so",
    ),
    Decision(
        "groups",
        "an entry of groups that names neither a group nor a field of the output, or that stands twice, is an error",
        "a misspelt entry leaves an identifier as it is",
    ),
    Decision(
        "substituted-elements",
        "in DICOM an output of regex-sub names top-level elements in any spelling of a name; a path, a private element "
        "and a name of no element are errors; Flywheel's engine takes them for empty",
        "an identifier or a date that is missing from a text is seldom meant",
    ),
    Decision(
        "substitutions-in-groups",
        "a regex-sub within groups reads groups of its own input-regex alone; Flywheel's engine takes any other name "
        "for the whole group",
        "an error is seen, a wrong text is not",
    ),
    Decision(
        "limits",
        "datetime-min and datetime-max hold for increment-date too, jitter-unit may be years, and jitter-type may be "
        "set for a section",
        "they work as they are documented",
    ),
)

TOP_LEVEL = (
    Decision(
        "none",
        "the profile none, and any profile of that name, is refused unless allow_no_deid is set, and so are sections "
        "in it, which Flywheel's tools would not carry out",
        "copies that hold everything are seldom meant, and rules that do nothing never",
    ),
    Decision(
        "deid-log",
        "deid-log is where fw-deid run writes its log when --log names no other place; a log that is there already is "
        "gone on from if its columns are the same, else refused. Flywheel's engine does not compare them",
        "values must stand below the name of their field",
    ),
    Decision(
        "map-subjects",
        "the code becomes the label of the subject: fw-deid run puts copies of its DICOM files and archives into a "
        "folder of that name. A map that is not there is begun, written under a lock and readable by its owner alone; "
        "rows are compared in small letters whatever their own. An address, and a format of anything but SubjectCode, "
        "are refused",
        "Flywheel's engine fails without a map, loses codes when two runs write one, and gives rows with capitals anew",
    ),
    Decision(
        "map-subjects-nobody",
        "an object without all elements that tell the subject gets no new code, and one without any of them no code: "
        "it is withheld, and so is an archive of several subjects. Flywheel's engine gives all of them one code",
        "nobody's images would become one person's",
    ),
    Decision(
        "metadata-fields",
        "a rule of the flywheel section for a field that cannot be set, or whose result the API would refuse (a hash "
        "of sex), is an error; Flywheel's export gear fails on the container",
        "seen before any data is read",
    ),
)

VALUES = (
    Decision(
        "jitter",
        "jitter and jitter-date are drawn from a keyed hash of salt, object and field; Flywheel's engine "
        "draws at random",
        "the same input gives the same output, on any machine",
    ),
    Decision(
        "unparsable-dates",
        "a date that cannot be read withholds the file, or is removed or emptied (on-unparsable)",
        "Flywheel's engine knows the first alone",
    ),
    Decision(
        "missing-values",
        "n/a, NaN and empty values are left alone by dates, jitter and hashes",
        "that something is missing identifies nobody, and a hash of n/a looks like a person",
    ),
    Decision(
        "substituted-containers",
        "an object or a list that regex-sub is to write into a text withholds the file; Flywheel's engine writes it as "
        "Python spells it",
        "it may hold anything, and nobody has asked for that spelling",
    ),
    Decision(
        "substituted-cells",
        "in tables regex-sub reads cells as they are written; Flywheel's engine fails on numbers and on cells without "
        "a value, and writes nan for the latter in another column",
        "a table is text",
    ),
    Decision(
        "uid-suffix-zero",
        "a hashed UID whose kept suffix begins with 0 is the same as Flywheel's, with a warning from "
        "validation that names the way out",
        "data de-identified there and here must still link",
    ),
    Decision(
        "references",
        "UIDs may be hashed while references to them are not, as in Flywheel's engine, with a warning from "
        "validation that shows the missing rules",
        "references that lead nowhere are seldom meant",
    ),
    Decision(
        "regex-once",
        "a regular expression that matches an element by keyword and by tag acts once; in Flywheel's engine twice",
        "a hash of a hash links with nothing",
    ),
    Decision(
        "private-by-creator",
        "private elements are found by their creator in every item, not by the number of their block",
        "the number differs from file to file",
    ),
    Decision(
        "unknown-text",
        "hash of an element of UN works on text and withholds the file when it is none",
        "a hash of bytes in some spelling would link with nothing",
    ),
    Decision(
        "character-set-change",
        "a rule that changes SpecificCharacterSet withholds the file; Flywheel's engine writes all text anew",
        "text that no rule touches stays as it was, and would be misread",
    ),
    Decision(
        "decode",
        "decode changes how rules read broken values; bytes that no rule touches stay broken",
        "what no rule touches stays as it was",
    ),
    Decision(
        "numbers-as-text",
        "a hash or text that would stand in DS or IS withholds the file, as in Flywheel's engine, with a "
        "message that says so",
        "the copy could not be read",
    ),
    Decision(
        "whole-numbers",
        "a whole number that replaces a DS stands as it is written, 5; Flywheel's engine writes 5.0",
        "the profile says so",
    ),
    Decision(
        "names-in-file-names",
        "a file name holds elements after their rules, however rule and name spell them; Flywheel's engine writes the "
        "original value unless both are spelled alike, letter by letter",
        "the original value identifies",
    ),
    Decision(
        "missing-items",
        "remove does nothing in an item that is not there; Flywheel's engine fails on the file",
        "what is not there is removed",
    ),
    Decision(
        "transfer-syntax",
        "elements that state their representation under an implicit transfer syntax, or state none under an "
        "explicit one, are read and edited as they are",
        "what no rule touches stays as it was",
    ),
    Decision(
        "state",
        "no value, key or log entry of one file reaches another",
        "in Flywheel's engine encrypt puts values of the first file into later ones",
    ),
    Decision(
        "encrypted-originals",
        "the envelope of a DICOM object holds elements as they came: several values, sequences, private elements with "
        "their creators; of an element in a sequence the whole sequence. Flywheel's engine puts elements of items side "
        "by side with others and keeps the first of each tag, leaves creators out, and makes several values one",
        "originals must come back as they were; what was encrypted there still decrypts here",
    ),
    Decision(
        "encrypt-after-others",
        "encrypt keeps the element as it came, whatever earlier rules made of it; Flywheel's engine keeps what is left",
        "what comes back should be the original",
    ),
    Decision(
        "several-envelopes",
        "an object that is encrypted again keeps its earlier envelopes, the newest first, and decrypt uses those that "
        "its key opens; Flywheel's engine overwrites the earlier one. Where nothing is encrypted no envelope is made",
        "originals that are overwritten are lost",
    ),
    Decision(
        "content-cipher",
        "envelopes are encrypted by AES-256 in CBC mode; Flywheel's engine takes what its openssl takes by default, "
        "Triple-DES for many versions of it. Both are read",
        "PS3.15 section E.1 allows both, and Triple-DES is being withdrawn (NIST SP 800-131A)",
    ),
    Decision(
        "cap-age",
        "patient-age-from-birthdate writes 090Y for everyone older than 89 when cap-age is set",
        "older ages identify (45 CFR 164.514)",
    ),
)

PIXELS = (
    Decision(
        "pixels-withheld",
        "a pixel rule that cannot be carried out withholds the file; Flywheel's engine logs an error and copies the "
        "file with its pixels as they were",
        "what the rule was to hide would leave",
    ),
    Decision(
        "pixels-keep",
        "keep blanks all but its region; in Flywheel's engine it blanks nothing",
        "its own documentation says so",
    ),
    Decision(
        "pixels-add-up",
        "what one entry or recipe blanks is blanked; in Flywheel's engine a later keep brings it back",
        "a rule must not undo another in silence",
    ),
    Decision(
        "pixels-outside",
        "a region that lies wholly outside the image withholds the file; Flywheel's engine does nothing",
        "the text that it was to hide stands elsewhere",
    ),
    Decision(
        "pixels-lines",
        "a line of a condition that begins with || is joined by or, and several lines need + or ||; deid joins all "
        "lines by and",
        "its own documentation says so, and a forgotten sign would change what is meant",
    ),
    Decision(
        "pixels-values",
        "conditions look at each of several values, at the value of an element that is named by its tag, and at file "
        "meta information; equals takes alternatives (A|B); deid looks at the spelling of a list or of an element",
        "its own documentation says so",
    ),
    Decision(
        "pixels-spelling",
        "a value after missing, present or empty on one line belongs to its own comparison, words count in any "
        "case, and \\S or \\D in a regular expression keep their meaning; deid mixes them up",
        "it says what it means",
    ),
    Decision(
        "pixels-missing",
        "an element without a value is there, whatever its representation, and 0 is a value; in deid a number without "
        "a value is missing, and 0 is empty",
        "missing and empty are two things",
    ),
    Decision(
        "pixels-numbers",
        "greater and less compare numbers; deid has no such filters",
        "sizes of images are numbers",
    ),
    Decision(
        "pixels-unknown-fields",
        "a condition on what is no element is an error, in a recipe from a file a warning; in deid it is missing from "
        "every object",
        "a misspelt condition protects nobody",
    ),
    Decision(
        "pixels-joined",
        "words such as and, or a single bar, before another comparison are errors, and so is a misspelt comparison; in "
        "deid they are part of the value before them",
        "a value that no image has blanks nothing, in silence",
    ),
    Decision(
        "pixels-recipes",
        "detect names recipe files and the recipes that come with this package; deid's own recipes are named by their "
        "path",
        "a recipe that changes with a library would change what is blanked",
    ),
    Decision(
        "pixels-blacklist",
        "an object is withheld when the first label of a recipe that holds stands under %filter blacklist; in "
        "Flywheel's engine a blacklist has no effect",
        "its documentation calls such objects unknown, and not fit to be passed on",
    ),
    Decision(
        "pixels-overlays",
        "overlays are blanked in the same region, and the icon is removed; Flywheel's engine leaves both",
        "they show the same text",
    ),
    Decision(
        "pixels-colours",
        "YBR stays YBR, uncompressed or decoded; Flywheel's engine writes RGB, of uncompressed images under the name "
        "of YBR, which shows wrong colours",
        "no sample outside the region may change",
    ),
    Decision(
        "pixels-lossy",
        "decoded images that were compressed with loss are marked so, LossyImageCompression (0028,2110)",
        "PS3.3 section C.7.6.1.1.5 requires it",
    ),
    Decision(
        "pixels-black",
        "blanked values are 0, as in Flywheel's engine, but colours of YBR take their middle value",
        "0 would be green",
    ),
    Decision(
        "pixels-streamed",
        "files in archives and files too large to hold are blanked like others; Flywheel's engine skips what has no "
        "path on disk",
        "it is the same image",
    ),
)

FILES = (
    Decision(
        "withheld",
        "a file that is invalid, matches no section, or fails an action has no copy and is listed with its "
        "reason; within an archive it withholds the archive. Flywheel's engine leaves it out of the archive",
        "a file that disappears is lost data, one that is copied anyway is a leak",
    ),
    Decision(
        "leftovers",
        "__MACOSX/, .DS_Store and Thumbs.db are left out and listed",
        "they are no data, and never a reason to withhold",
    ),
    Decision(
        "duplicates",
        "of identical objects in one archive one is kept and listed; different objects of one SOPInstanceUID "
        "withhold it. Flywheel's engine drops the later one",
        "which of two different objects is right is not ours to guess",
    ),
    Decision(
        "section-order",
        "exactly one section owns a file, in the order zip, dicom, nifti, jpg, png, tiff, xml, json, csv, "
        "tsv, table, key-value-text-file, filename; a filter's match beats a signature, and both beat the filter of "
        "filename. Flywheel's order is that of its classes, and its filename also copies what another section owns",
        "a DICOM file with any name must not leave as it came because filename takes every name",
    ),
    Decision(
        "hash-subdirectories",
        "folder names in archives are hashed to the full 64 digits, as in Flywheel's engine, whatever hash-digits says",
        "so that they still agree",
    ),
    Decision(
        "comment",
        "the comment of a zip archive is text for every action; Flywheel's engine hashes how Python spells its bytes, "
        "and fails on dates, UIDs and jitter",
        "so that the hash of an identifier in a comment links with that in a file",
    ),
    Decision(
        "archive-names",
        "a field in an archive's name comes from the first member of each section, dicom before the others, after its "
        "rules; Flywheel's engine takes it from the first archive of a run for all later ones",
        "one archive's values must not name another",
    ),
    Decision(
        "allow-unmatched-files",
        "zip: allow-unmatched-files is a setting: unmatched members are left out and listed",
        "used in practice, and read by no engine",
    ),
    Decision(
        "json",
        "key order, spelling of numbers, indentation and letters survive; a list may be the root",
        "what no rule touches stays as it was",
    ),
    Decision(
        "json-lists",
        "elements of lists are removed, also by regular expression, and can stand in file names ({g.0}); Flywheel's "
        "engine fails on the file",
        "an identifier in a list is one, too",
    ),
    Decision(
        "tables",
        "csv and tsv have the filters *.csv and *.tsv and are read as text: leading zeros, quoting, n/a, line "
        "ends and encoding survive, and a TSV is divided by tabs",
        "Flywheel's default filter matches nothing, its TSV passes unchanged, and 001 becomes 1",
    ),
    Decision(
        "images",
        "jpg, png and tiff keep their image data, and what no rule names, byte for byte; Flywheel's engine encodes "
        "JPEG and TIFF anew, and leaves out what it does not know",
        "what no rule touches stays as it was",
    ),
    Decision(
        "remove-exif",
        "remove-exif takes away all metadata: Exif, XMP, IPTC, comments, vendors' segments; colour profiles stay. "
        "Flywheel's engine leaves comments",
        "they say the same in other words",
    ),
    Decision(
        "remove-gps",
        "remove-gps is true unless a profile says false, and takes away XMP that holds GPS; Flywheel's engine "
        "documents true, and has false as soon as there is a jpg section",
        "where a picture was taken identifies people",
    ),
    Decision(
        "repeated-values",
        "XMP, IPTC, Photoshop, comments and a MakerNote in which a text stands that a rule removes or changes are left "
        "out, unless a rule names them; all others stay, with a note in the report. Flywheel's engine drops XMP and "
        "IPTC of every JPEG that it encodes anew, and keeps those of a TIFF",
        "a value that a rule takes away must not remain in other words",
    ),
    Decision(
        "behind-the-image",
        "bytes behind the end of a JPEG or PNG image are left out, and named in the report",
        "anything may hide there",
    ),
    Decision(
        "image-tags",
        "replace-with creates a missing tag once, in the directory that Exif defines for it, with or without Exif "
        "in the file; Flywheel's engine creates it in every directory that could hold it, and not at all where "
        "there is no Exif",
        "a picture without Exif would silently go without the tag",
    ),
    Decision(
        "image-names",
        "tags in names of copies are those after the rules, and the log has one column for a tag's name; Flywheel's "
        "engine writes the values of a JPEG before its rules into names, and has a column for each directory",
        "a name must not hold what a rule takes away",
    ),
    Decision(
        "image-values",
        "text of tags is read as UTF-8, or as Latin-1 where it is no UTF-8, without NULs at its end; numbers are "
        "fractions, not pairs. Dates of unknown value (zeros, blanks) are left alone, increment-date works, and "
        "rules that a tag's type cannot hold are errors of the profile; Flywheel's engine fails on the file",
        "they give the values that other file types give, and link",
    ),
    Decision(
        "image-structure",
        "tags and chunks that say how to read the image cannot be changed or removed, and remove-private-tags and "
        "remove-private-chunks leave them and what a rule names, animation included",
        "the image could not be read",
    ),
    Decision(
        "tiff",
        "rules act on all pages, sub-images, Exif and GPS directories, in BigTIFF too; Flywheel's engine takes one "
        "page and its own tags alone",
        "a slide has many pages",
    ),
    Decision(
        "xml",
        "every character outside the named nodes survives; Flywheel's engine writes the file anew, without its "
        "declaration, and removes the text behind a removed element with it",
        "what no rule touches stays as it was",
    ),
    Decision(
        "xml-matches",
        "remove takes every element that the XPath finds; of several in one parent Flywheel's engine leaves some",
        "the second one holds the same kind of value as the first",
    ),
    Decision(
        "xml-containers",
        "replace-with replaces all that is in an element, and an action that needs its value withholds the file when "
        "it holds elements; Flywheel's engine changes the text before the first element or comment and leaves the rest",
        "the rest may be the name",
    ),
    Decision(
        "xml-names",
        "attributes can be named (/study/@id), and elements of a namespace (*[local-name()='id']); a name that is no "
        "XPath is an error. Flywheel's engine fails on the former and does nothing for the latter",
        "identifiers stand in attributes too, and a rule that does nothing in silence protects nobody",
    ),
    Decision(
        "xml-namespaces",
        "a rule that finds nothing only because the elements it seems to name are in a default namespace "
        "(<head xmlns='urn:x'>) withholds the file; Flywheel's engine copies it as it is",
        "//name looks right for <name>, and would leave every identifier where it was",
    ),
    Decision(
        "xml-file-names",
        "a file name holds elements after their rules; Flywheel's engine writes the original value unless the XPath in "
        "the name is that of the rule, letter by letter",
        "the original value identifies",
    ),
    Decision(
        "xml-dates",
        "a date that lacks its year, month or day is no date; Flywheel's engine takes what is missing from the day it "
        "runs on. An offset from UTC behind a time of the profile's format stays; there it is dropped",
        "the same input gives the same output",
    ),
    Decision(
        "xml-encodings",
        "XML is read in the encoding it declares, and withheld when it has a document type declaration; Flywheel's "
        "engine leaves out what is not UTF-8",
        "a declaration may define text, and where it stands, anywhere in the file",
    ),
    Decision(
        "key-value-blanks",
        "blanks around keys and values are no part of them; Flywheel's engine does not find PatientID in "
        "PatientID = x when the delimiter is =",
        "a rule that finds nothing in silence protects nobody",
    ),
    Decision(
        "key-value-lines",
        "a line is cut at its first delimiter, and blank lines and a byte order mark are passed over; Flywheel's "
        "engine leaves the file out, or does not find the key",
        "they are no reason to lose a file",
    ),
    Decision(
        "key-value-replacing",
        "a value is replaced where it stands, also an empty one, and a new key stands before ElementDataFile; "
        "Flywheel's engine replaces the same letters in the whole line, and puts a new key behind ElementDataFile",
        "a key must not change with its value, and readers of MetaImage stop at ElementDataFile",
    ),
    Decision(
        "key-value-numbers",
        "replace-with takes numbers, and jitter works; Flywheel's engine fails on the file",
        "a number in text is text",
    ),
    Decision(
        "nifti",
        "the header's bytes are patched; voxels and scaling stay; header extensions are dropped unless "
        "extensions: keep",
        "extensions hold whole DICOM headers",
    ),
    Decision(
        "nifti-values",
        "text fields take every action for text, empty ones are filled by replace-with, and a text that is too long "
        "withholds the file; Flywheel's engine fails on hash and regex-sub, leaves empty fields, and cuts text off",
        "a header field is text like any other, and half of a value is another one",
    ),
    Decision(
        "nifti-names",
        "groups of input-regex stand in names of NIfTI copies; Flywheel's engine writes None",
        "two copies of one name would be one",
    ),
    Decision(
        "readers",
        "the readers of tables are csv and table; Flywheel's engine takes the name of any reader of pandas, but writes "
        "a file with csv and json alone, and json turns rows into columns",
        "a reader that gives no file is an error of the profile, and JSON has its own section",
    ),
    Decision(
        "encodings",
        "table text that is not valid in its encoding survives; only a rule on such a cell withholds the file",
        "what no rule touches stays as it was",
    ),
    Decision(
        "built-in-profiles",
        "minimal empties PatientName, PatientID and PatientBirthDate where the SOP class must have them, and the "
        "profiles of Penn remove sequences; Flywheel's minimal removes the three, and Penn's own empties sequences",
        "an object that was valid stays valid",
    ),
    Decision(
        "folders",
        "folders named on the command line are kept in the output; of two files that want one name identical "
        "ones are kept once, different ones are withheld",
        "no copy may overwrite another",
    ),
)
