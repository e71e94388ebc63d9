"""Identifiers are found wherever they stand in a finished file, in every encoding, and told without their value."""

import base64
import gzip
import io
import json
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.identity import Identifier, Kind
from fw_gear_deid.identity.spellings import spellings
from fw_gear_deid.scan.encodings import encoded as texts_as_bytes
from fw_gear_deid.scan.findings import told
from fw_gear_deid.scan.searching import WINDOW, search, search_text
from fw_gear_deid.scan.vocabulary import SHORTEST_POSSIBLE, Vocabulary
from tests.synthetic import BJORN, Series, Volume, encoded, image, nifti

NAME = "CANARYZEBRA^HANNIBALO"
ALONE = Vocabulary.of([Identifier(Kind.NAME, NAME)])
NUMBER = Vocabulary.of([Identifier(Kind.ID, "SYN-4471882")])
BORN = Vocabulary.of([Identifier(Kind.BIRTH_DATE, "19510619")])
SPOKEN = b"seen: Hannibalo Canaryzebra, again"
PLAIN = Volume(extension=False)
SYNTAXES = (
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.JPEG2000,
)


def places(findings, *, certain=True):
    return [finding.where for finding in findings if finding.certain is certain]


def dicom(change, syntax=uid.ExplicitVRLittleEndian):
    dataset = image(BJORN, Series(rows=32, columns=32, header="full", transfer_syntax=syntax))
    change(dataset)
    return encoded(dataset, syntax)


def add_comment(dataset):
    dataset.ImageComments = "made for canaryzebra"


def add_nested(dataset):
    item = dataset.RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0]
    item.CodeMeaning = "Hannibalo Canaryzebra"


def add_private(dataset):
    dataset.private_block(0x0071, "SYNTHETIC CREATOR", create=True).add_new(
        0x20, "OB", b"\x01\x02CANARYZEBRA^HANNIBALO\0"
    )


def add_unknown(dataset):
    dataset.private_block(0x0071, "SYNTHETIC CREATOR", create=True).add_new(0x21, "UN", b"id=\xff CanaryZebra ")


def add_behind_pixels(dataset):
    dataset.add_new(0xFFFCFFFC, "OB", b"\0\0HANNIBALO CANARYZEBRA\0\0")


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize(
    ("change", "where"),
    [
        (add_comment, "ImageComments"),
        (add_nested, "RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0].CodeMeaning"),
        (add_private, "(0071,1020)"),
        (add_unknown, "(0071,1021)"),
        (add_behind_pixels, "DataSetTrailingPadding"),
    ],
)
def test_a_name_is_found_in_an_element_of_any_depth_and_syntax(change, where, syntax):
    assert places(search(dicom(change, syntax), "a.dcm", ALONE)) == [where]
    assert search(dicom(lambda _: None, syntax), "a.dcm", ALONE) == ()


def test_a_name_is_found_in_preamble_and_file_meta():
    data = bytearray(dicom(lambda _: None))
    data[20:31] = b"CANARYZEBRA"
    at = data.index(b"\x02\x00\x16\x00") if b"\x02\x00\x16\x00" in data else data.index(b"\x02\x00\x13\x00")
    length = int.from_bytes(data[at + 6 : at + 8], "little")
    data[at + 8 : at + 8 + length] = b"CANARYZEBRA".ljust(length)[:length]
    found = places(search(bytes(data), "a.dcm", ALONE))
    assert "the preamble" in found
    assert len(found) == 2 or length < 11


def test_pixels_are_not_searched_and_what_follows_them_is():
    def draw(dataset):
        dataset.PixelData = b"CANARYZEBRA HANNIBALO ".ljust(2048, b" ")
        dataset.add_new(0xFFFCFFFC, "OB", b"canaryzebra ")

    assert places(search(dicom(draw), "a.dcm", ALONE)) == ["DataSetTrailingPadding"]


def test_what_follows_a_deflated_data_set_is_searched():
    deflated = dicom(lambda _: None, uid.DeflatedExplicitVRLittleEndian)
    assert search(deflated, "a.dcm", ALONE) == ()
    assert places(search(deflated + b"\0for Canaryzebra\0", "a.dcm", ALONE))


def test_the_header_of_a_compressed_frame_is_searched():
    def compress(dataset):
        dataset.PixelData = encapsulate([b"\xff\xd8\xff\xfe\x00\x14CANARYZEBRA^HANNIB" + bytes(10000)])

    found = search(dicom(compress, uid.JPEG2000), "a.dcm", ALONE)
    assert places(found) == ["PixelData"]


def test_text_within_an_encapsulated_document_is_found_though_it_is_packed():
    page = zlib.compress(b"BT (Report on Hannibalo Canaryzebra) Tj ET")
    document = b"%PDF-1.4\n1 0 obj <</Filter/FlateDecode>>\nstream\n" + page + b"\nendstream\nendobj\n"

    def enclose(dataset):
        dataset.EncapsulatedDocument = document + b" " * (len(document) & 1)

    assert places(search(dicom(enclose), "a.dcm", ALONE)) == ["EncapsulatedDocument"]


def test_a_date_of_birth_is_certain_in_text_and_possible_in_another_date():
    def write(dataset):
        dataset.StudyDate = "19510619"
        dataset.PatientComments = "born 19.6.1951"
        dataset.PatientBirthDate = "19510619"
        dataset.FrameOfReferenceUID = "1.2.19510619.4"

    found = search(dicom(write), "a.dcm", BORN)
    assert places(found) == ["PatientBirthDate", "PatientComments"]
    assert places(found, certain=False) == ["FrameOfReferenceUID", "StudyDate"]


def test_what_is_equal_by_chance_is_no_certain_hit():
    def write(dataset):
        dataset.BodyPartExamined = "HEAD"
        dataset.StudyDescription = "head without contrast 256"
        dataset.AcquisitionNumber = 25671
        dataset.PatientWeight = 12345

    chance = [Identifier(Kind.NAME, "HEAD^BRAIN"), Identifier(Kind.ID, "256"), Identifier(Kind.ID, "25671")]
    assert places(search(dicom(write), "a.dcm", Vocabulary.of(chance))) == []


def test_a_word_within_another_word_is_not_the_name():
    assert search(b"canaryzebraic, Precanaryzebra", "a.txt", ALONE) == ()
    assert places(search(b"t1_CANARYZEBRA_sag, 7canaryzebra8", "a.txt", ALONE)) == ["line 1"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("MÜLLERCANARY^JÖRGE", "latin-1"),
        ("MÜLLERCANARY^JÖRGE", "utf-8"),
        ("müllercanary^jörge", "utf-16-le"),
        ("Müllercanary^Jörge", "utf-16-be"),
        ("ŘEHOŘCANARY^ZDENĚK", "iso8859-2"),
        ("RÉMIŠCANARY^LUKÁŠ", "iso8859-2"),
        ("RÉMIŠCANARY^LUKÁŠ", "iso8859-15"),
        ("RÉMIŠCANARY^LUKÁŠ", "cp1252"),
        ("КАНАРЕЙКИН^ЗЕБР", "iso8859-5"),
        ("ΚΑΝΑΡΙΝΟΣ^ΖΕΒΡΑ", "iso8859-7"),  # noqa: RUF001  # Greek
        ("山田金糸雀^太郎", "iso2022_jp"),
        ("山田金糸雀^太郎", "shift-jis"),
        ("카나리아^얼룩말", "euc-kr"),
        ("金丝雀王^斑马", "gb18030"),
        ("金丝雀王^斑马", "utf-8"),
    ],
)
def test_a_name_is_found_in_every_encoding(text, encoding):
    vocabulary = Vocabulary.of([Identifier(Kind.NAME, text)])
    private = text.swapcase().encode(encoding)

    def write(dataset):
        dataset.private_block(0x0071, "SYNTHETIC CREATOR", create=True).add_new(0x20, "OB", private)

    assert places(search(dicom(write), "a.dcm", vocabulary)) == ["(0071,1020)"]
    assert search(dicom(lambda _: None), "a.dcm", vocabulary) == ()


def test_a_korean_name_with_escape_sequences_is_found():
    vocabulary = Vocabulary.of([Identifier(Kind.NAME, "카나리아^얼룩말")])

    def write(dataset):
        dataset.SpecificCharacterSet = ["", "ISO 2022 IR 149"]
        dataset.ImageComments = "카나리아^얼룩말"

    assert places(search(dicom(write), "a.dcm", vocabulary)) == ["ImageComments"]


JSON = {"a": 1, "note": "für Hannibalo Canaryzebra", "b": [1, 2]}


def png(**chunks):
    info = PngImagePlugin.PngInfo()
    for kind, text in chunks.items():
        if kind == "itxt":
            info.add_itxt("Comment", text, zip=True)
        else:
            info.add_text("Comment", text, zip=kind == "ztxt")
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "png", pnginfo=info)
    return out.getvalue()


def jpeg(**options):
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "jpeg", **options)
    return out.getvalue()


def tiff():
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "tiff", description="for Canaryzebra")
    return out.getvalue()


def exif():
    tags = Image.Exif()
    tags[0x9C9D] = "Hannibalo Canaryzebra".encode("utf-16-le")
    return tags


def with_extension():
    """A NIfTI file whose one header extension is a comment."""
    volume = bytearray(nifti(gz=False, volume=PLAIN))
    text = b"scanned: CANARYZEBRA^HANNIBALO".ljust(40, b"\0")
    volume[348] = 1
    volume[108:112] = struct.pack("<f", 352 + 48)
    return bytes(volume[:352]) + struct.pack("<ii", 48, 6) + text + bytes(volume[352:])


NIFTI_WITH_NAME = bytearray(nifti(gz=False, volume=PLAIN))
NIFTI_WITH_NAME[148:175] = b"Hannibalo Canaryzebra, head"


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("a.json", json.dumps(JSON, indent=1, ensure_ascii=False).encode(), "line 3"),
        ("a.json", b'{\n"x": "\\u0043anaryzebra\\u002c Hannib\\u0061lo"}', "line 2"),
        ("a.json", b'{"path": "C:\\\\data\\\\canaryzebra\\\\x"}', "line 1"),
        (
            "a.json",
            b'{"vr": "OB",\n"InlineBinary": "' + base64.b64encode(b"seen: Hannibalo Canaryzebra") + b'"}',
            "line 2",
        ),
        ("a.xml", b"<a>\n" + base64.encodebytes(b"%PDF " * 20 + b"Hannibalo Canaryzebra") + b"</a>", "line 2"),
        ("a.csv", b"a,b\n1,2\n3,Canaryzebra\n", "line 3"),
        ("a.tsv", b"a\tb\r\n1\tCanaryzebra\r\n", "line 2"),
        ("a.xml", b"<?xml version='1.0'?><a>\n<b c='Hannibalo&#32;&#x43;anaryzebra'/></a>", "line 2"),
        ("a.xml", "<a>Hannibalo Canaryzebra</a>".encode("utf-16"), "its bytes"),
        ("a.xml", "<a>\n<b c='Hannibalo&#32;Canaryzebra'/></a>".encode("utf-16"), "line 2"),
        ("a.csv", "\ufeffa,b\n1,Canaryzebra\n".encode("utf-32-be"), "line 2"),
        ("a.mhd", b"NDims = 3\nComment = CANARYZEBRA_HANNIBALO\n", "line 2"),
        ("a.nii", bytes(NIFTI_WITH_NAME), "the NIfTI header"),
        ("a.nii.gz", gzip.compress(bytes(NIFTI_WITH_NAME), mtime=0), "the NIfTI header"),
        ("a.nii", with_extension(), "the NIfTI header"),
        ("a.nii.gz", gzip.compress(with_extension(), mtime=0), "the NIfTI header"),
        ("a.json.gz", gzip.compress(json.dumps(JSON).encode(), mtime=0), "line 1"),
        ("a.tsv.gz", gzip.compress(b"a\tb\n", mtime=0) + gzip.compress(b"1\tCanaryzebra\n", mtime=0), "line 2"),
        ("a.tsv.gz", gzip.compress(b"a\tb\n", mtime=0) + b"\0\0 for Canaryzebra", "behind what is packed"),
        ("a.png", png(text="for Canaryzebra"), "chunk tEXt"),
        ("a.png", png(ztxt="for Canaryzebra " * 9), "chunk zTXt"),
        ("a.png", png(itxt="für Canaryzebra " * 9), "chunk iTXt"),
        ("a.png", png(text="none") + b"Canaryzebra", "behind the picture"),
        ("a.jpg", jpeg(comment=b"for Hannibalo Canaryzebra"), "segment FE"),
        ("a.jpg", jpeg(exif=exif()), "segment E1"),
        (
            "a.jpg",
            jpeg(xmp=b"<x:xmpmeta><dc:creator>Canaryzebra&#44; Hannibalo</dc:creator></x:xmpmeta>"),
            "segment E1",
        ),
        ("a.jpg", jpeg() + b"CANARYZEBRA", "behind the picture"),
        ("a.tif", tiff(), "its bytes"),
        ("a.bin", bytes(range(256)) * 40 + b"CANARYZEBRA^HANNIBALO", "its bytes"),
    ],
)
def test_a_name_is_found_in_files_of_other_kinds(name, data, where):
    assert where in places(search(data, name, ALONE))
    neutral = data
    for spelling in (b"anaryzebra", b"ANARYZEBRA", b"annibalo", b"ANNIBALO", b"annib\\u0061lo"):
        neutral = neutral.replace(spelling, b"x" * len(spelling))
    if neutral != data and not name.endswith((".png", ".gz")):
        assert search(neutral, name, ALONE) == ()


def test_the_name_in_a_gzip_header_is_found():
    out = io.BytesIO()
    with gzip.GzipFile("canaryzebra.json", "wb", fileobj=out, mtime=0) as file:
        file.write(b"{}")
    assert places(search(out.getvalue(), "a.json.gz", ALONE)) == ["the gzip header"]


def test_a_short_name_in_text_of_two_bytes_a_character_is_no_chance():
    vocabulary = Vocabulary.of([Identifier(Kind.NAME, "Zebrby^Canu")])
    assert search("\ufeff<a>Canu Zebrby</a>".encode("utf-16-le"), "a.xml", vocabulary)[0].certain
    found = search("\ufeff<a>Zebrby</a>".encode("utf-16-be"), "a.xml", vocabulary)
    assert found == search(b"<a>Zebrby</a>", "a.xml", vocabulary) != ()


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_what_is_packed_and_not_complete_is_no_clean_copy(cut):
    with pytest.raises(UnreadableError):
        search(gzip.compress(b"a\tb\n") + gzip.compress(b"some text " * 9)[:-cut], "a.tsv.gz", ALONE)


def test_voxels_are_not_searched():
    assert search(nifti(gz=False) + b" CANARYZEBRA ", "a.nii", ALONE) == ()
    assert search(gzip.compress(nifti(gz=False) + b" CANARYZEBRA "), "a.nii.gz", ALONE) == ()


def test_a_packed_copy_that_cannot_be_unpacked_is_no_clean_one():
    packed = bytearray(gzip.compress(b"some text of no interest" * 50))
    packed[20] ^= 0xFF
    with pytest.raises(UnreadableError):
        search(bytes(packed), "a.txt.gz", ALONE)


@pytest.mark.parametrize("at", [0, WINDOW - 30, WINDOW - 11, WINDOW - 5, WINDOW, 2 * WINDOW - 40, 3 * WINDOW - 11])
def test_a_large_file_is_searched_from_end_to_end(at, tmp_path):
    data = bytearray(b"." * (3 * WINDOW))
    data[at : at + 11] = b"canaryzebra"
    path = tmp_path / "large.txt"
    path.write_bytes(data)
    assert places(search(path, "large.txt", ALONE)) == ["line 1"]
    assert search(bytes(data), "large.txt", ALONE)[0].where == "line 1"


@pytest.mark.parametrize("at", [WINDOW - 300, WINDOW - 60, WINDOW - 12])
def test_a_longer_word_at_the_seam_of_two_windows_is_not_the_name(at):
    data = bytearray(b"." * (2 * WINDOW))
    data[at : at + 15] = b"xcanaryzebraxyz"
    assert search(bytes(data), "large.txt", ALONE) == ()


@pytest.mark.parametrize("text", ["sub-Canaryzebra_T1w.nii", "HANNIBALO%20CANARYZEBRA.dcm", "canaryzebra,h.json"])
def test_names_are_searched(text):
    assert places(search_text(text, "its name", ALONE)) == ["its name"]
    assert search_text("sub-01_T1w.nii", "its name", ALONE) == ()


def test_a_finding_tells_kind_place_and_surroundings_without_any_value():
    data = b"moved to Ward 7 with Mr. Canaryzebra, ID SYN-4471882 (Oslo)\n"
    both = Vocabulary.of([Identifier(Kind.NAME, NAME), Identifier(Kind.ID, "SYN-4471882")])
    found = search(data, "a.txt", both)
    assert [(finding.kind, finding.where) for finding in found if finding.certain] == [
        ("id", "line 1"),
        ("name", "line 1"),
    ]
    assert [finding.context for finding in found] == [
        "xxx xx. xxxxxxxxxxx, xx [id] (xxxx) ",
        "xxxx xx xxxx 9 xxxx xx. [name], xx xxx-9999999 (xxxx) ",
    ]
    text = repr(found) + told(found)
    for value in ("canaryzebra", "4471882", "oslo", "ward"):
        assert value not in text.casefold()
    assert told(found).startswith("the copy still holds what identifies the subject: id in line 1, name in line 1")


def test_the_vocabulary_does_not_show_its_words():
    assert "anary" not in repr(ALONE).casefold()


def test_numbers_within_longer_numbers_are_not_the_number():
    short = Vocabulary.of([Identifier(Kind.ID, "447188")])
    assert search(b"0.447188 1.2.447188.3 x1447188 4471882", "a.txt", short) == ()
    assert places(search(b"nr 447188.", "a.txt", short)) == ["line 1"]
    assert places(search(b"1.2.88447188.3", "a.txt", Vocabulary.of([Identifier(Kind.ID, "88447188")]))) == ["line 1"]


def test_a_subjects_long_number_is_certain_in_a_code_too():
    def change(dataset):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "SYN-4471882", "99SYN", "brain"
        dataset.ProcedureCodeSequence = [item]

    assert "ProcedureCodeSequence[0].CodeValue" in places(search(dicom(change), "a.dcm", NUMBER))
    short = Vocabulary.of([Identifier(Kind.ID, "SYN4471")])
    made = dicom(lambda dataset: (change(dataset), setattr(dataset.ProcedureCodeSequence[0], "CodeValue", "SYN4471")))
    assert places(search(made, "a.dcm", short), certain=False) == ["ProcedureCodeSequence[0].CodeValue"]


def test_nothing_is_looked_for_without_identifiers():
    assert search(SPOKEN, "a.txt", Vocabulary.of([])) == ()


def test_the_order_of_identifiers_makes_no_difference():
    some = [Identifier(Kind.NAME, NAME), Identifier(Kind.PERSON, NAME), Identifier(Kind.ID, "CANARYZEBRA")]
    data = dicom(add_comment)
    assert search(data, "a.dcm", Vocabulary.of(some)) == search(data, "a.dcm", Vocabulary.of(some[::-1]))


def test_a_data_set_without_preamble_is_dicom():
    data = dicom(add_nested)
    bare = data[data.index(b"\x08\x00\x05\x00CS") :]
    where = "RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0].CodeMeaning"
    assert places(search(bare, "a.dcm", ALONE)) == [where]


def test_an_icon_in_a_sequence_hides_nothing_behind_it():
    def write(dataset):
        icon = Dataset()
        icon.Rows = icon.Columns = 32
        icon.BitsAllocated = 8
        icon.add_new("PixelData", "OB", bytes(1024))
        dataset.IconImageSequence = [icon]
        dataset.add_new(0x00880904, "LO", "Hannibalo Canaryzebra")

    assert places(search(dicom(write), "a.dcm", ALONE)) == ["TopicTitle"]


def test_an_icon_before_frames_that_are_short_hides_nothing_and_keeps_nobody_waiting():
    def write(dataset):
        icon = Dataset()
        icon.add_new("PixelData", "OB", bytes(1024))
        dataset.IconImageSequence = [icon]
        dataset.PixelData = encapsulate([b"\xff\xd8CANARYZEBRA\xff\xd9"])
        dataset["PixelData"].is_undefined_length = True

    assert places(search(dicom(write, uid.JPEGBaseline8Bit), "a.dcm", ALONE)) == ["PixelData"]


NAMES = st.lists(
    st.sampled_from(["Canary", "Zebra", "Li", "X", "O'Neil", "Anna-Elsa", "Mueller", "Head", "White", "d'A", "P12"]),
    min_size=1,
    max_size=5,
)
VALUES = st.one_of(
    st.tuples(
        st.sampled_from([Kind.NAME, Kind.PERSON]),
        st.builds(str.join, st.sampled_from(["^", " ", ", ", "-", "=", "."]), NAMES)
        | st.text("Canry Zb^-.'=/_1ü", max_size=14),
    ),
    st.tuples(st.sampled_from([Kind.ID, Kind.ACCESSION]), st.text("sub-SYN01279. /_", max_size=14)),
    st.tuples(
        st.just(Kind.BIRTH_DATE),
        st.dates().map(lambda date: date.strftime("%Y%m%d")) | st.text("0123456789-./", max_size=11),
    ),
    st.tuples(st.sampled_from([Kind.ADDRESS, Kind.TELEPHONE, Kind.EMAIL]), st.text("Canry 0123456,-@.", max_size=20)),
)


@settings(max_examples=400)
@given(VALUES)
@example((Kind.NAME, "Anna-Elsa^X"))
@example((Kind.NAME, "Al a/bc^Canary"))
@example((Kind.ID, "sub-sub-0012-345678"))
@example((Kind.ID, "654321-7654321"))
@example((Kind.ID, "0012779"))
@example((Kind.BIRTH_DATE, "19510619"))
def test_every_spelling_of_an_identifier_is_met_in_every_encoding(value):
    identifier = Identifier(*value)
    vocabulary = Vocabulary.of([identifier])
    for spelling in spellings(identifier):
        if spelling.certain or len(spelling.text) >= SHORTEST_POSSIBLE:
            for data, width, escaped in texts_as_bytes(spelling.text):
                assert escaped or vocabulary.meets(b" " * width + data.upper() + b" " * width), (spelling, data)


def test_a_name_in_text_of_two_bytes_a_character_is_found_where_no_byte_is_empty():
    text = "КАНАРЕЙКИН".encode("utf-16-le")
    assert b"\0" not in text
    (found,) = search(text, "a.bin", Vocabulary.of([Identifier(Kind.NAME, "КАНАРЕЙКИН^ЗЕБР")]))
    assert found.certain


def test_a_longer_word_in_text_of_two_bytes_a_character_is_not_the_name():
    for order in ("utf-16-le", "utf-16-be"):
        assert search("a precanaryzebra, canaryzebras".encode(order), "a.bin", ALONE) == ()
        assert search("a canaryzebra, 7".encode(order), "a.bin", ALONE)[0].certain


def test_signs_that_mean_a_name_after_an_escape_sequence_mean_none_without_it():
    vocabulary = Vocabulary.of([Identifier(Kind.NAME, "山田^金糸雀")])
    meant = "山田".encode("iso2022_jp")
    assert search(b"seen: " + meant + b".", "a.txt", vocabulary)
    assert search(b"seen: " + meant[3:-3] + b".", "a.txt", vocabulary) == ()


def test_what_two_identifiers_have_in_common_is_as_certain_as_for_the_one_that_it_tells():
    town, name = Identifier(Kind.ADDRESS, "Canaryzebra"), Identifier(Kind.NAME, NAME)
    assert [(each.kind, each.certain) for each in search(b"of canaryzebra", "a.txt", Vocabulary.of([town]))] == [
        ("address", False)
    ]
    assert [(each.kind, each.certain) for each in search(b"of canaryzebra", "a.txt", Vocabulary.of([town, name]))] == [
        ("name", True)
    ]


def test_words_of_one_length_are_certain_each_by_itself():
    found = search(b"white\nzebrx\n", "a.txt", Vocabulary.of([Identifier(Kind.NAME, "WHITE^ZEBRX")]))
    assert [(each.where, each.certain) for each in found] == [("line 1", False), ("line 2", True)]


def test_names_of_one_length_are_each_of_their_own_kind():
    both = Vocabulary.of([Identifier(Kind.NAME, "CANARYZEBRA"), Identifier(Kind.PERSON, "OKAPITESTER")])
    found = search(b"canaryzebra\nokapitester\n", "a.txt", both)
    assert [(each.where, each.kind) for each in found] == [("line 1", "name"), ("line 2", "person")]


def test_another_patient_is_another_vocabulary():
    other = replace(BJORN, name="OTHERTESTER^OLAF")
    data = encoded(image(other), uid.ExplicitVRLittleEndian)
    assert search(data, "a.dcm", ALONE) == ()
    assert search(data, "a.dcm", NUMBER) == ()


@pytest.mark.parametrize("syntax", SYNTAXES[:4])
@pytest.mark.parametrize(
    ("vocabulary", "text", "following"),
    [
        (NUMBER, "before: SYN-4471882", 0x00330010),  # 3, as a byte
        (NUMBER, "earlier SYN-4471882!"[:-1], 0x00380010),  # 8
        (ALONE, "of canaryzebra", 0x00540081),  # T
        (ALONE, "by Hannibalo Canaryzebra", 0x00700080),  # p
    ],
)
def test_a_value_that_ends_where_the_next_tag_looks_like_its_next_letter_is_found(syntax, vocabulary, text, following):
    padded = text if len(text) % 2 == 0 else f"x{text}"
    dataset = image(BJORN, Series(slices=1))
    for element in [each for each in dataset if 0x00204000 < each.tag < 0x7FE00000 and each.tag.group != 0x0028]:
        del dataset[element.tag]
    del dataset[0x00280002:0x00290000]
    dataset.ImageComments = padded
    dataset.add_new(following, "LO", "CANARY")
    found = search(encoded(dataset, syntax), "x.dcm", vocabulary)
    assert "ImageComments" in places(found)


def test_a_value_that_begins_where_its_length_looks_like_a_letter_before_it_is_found():
    dataset = image(BJORN, Series(slices=1))
    dataset.ImageComments = f"{'Canaryzebra Hannibalo':<98}".replace("  ", " .")  # a length of 98 is b
    assert "ImageComments" in places(search(encoded(dataset, uid.ExplicitVRBigEndian), "x.dcm", ALONE))


def test_a_longer_name_before_an_empty_byte_is_not_the_name():
    assert search(b"CANARYZEBRAS\0\0\0\0\0\0\0\0 and more", "x.bin", ALONE) == ()


@pytest.mark.parametrize(
    ("name", "charset"),
    [("金糸雀^試子", "ISO_IR 192"), ("金糸雀^試子", "ISO 2022 IR 87"), ("카나리^시험", "ISO_IR 192")],
)
def test_a_family_name_of_few_signs_is_possible(name, charset):
    dataset = image(BJORN, Series(slices=1))
    for element in [each for each in dataset if each.VR in {"PN", "LO", "SH", "LT"}]:
        del dataset[element.tag]
    dataset.SpecificCharacterSet = charset if charset == "ISO_IR 192" else ["", charset]
    dataset.ImageComments = f"{name.partition('^')[0]} axial"
    native = Vocabulary.of([Identifier(Kind.NAME, f"Canary^Zebra={name}")])
    assert places(search(encoded(dataset), "x.dcm", native), certain=False) == ["ImageComments"]
