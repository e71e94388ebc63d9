from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.cleaning.texts import harmless, known, unknown
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject, spellings
from fw_gear_deid.identity.cleaning import cleaned, scrubbed

ZOLTAN = Subject(
    "x",
    frozenset(
        {
            Identifier(Kind.NAME, "Canary^Zoltan^Xaver"),
            Identifier(Kind.BIRTH_DATE, "19600102"),
            Identifier(Kind.ID, "ZQ-12345"),
            Identifier(Kind.ID, "0077341"),
            Identifier(Kind.TELEPHONE, "+1 555 010 4477"),
            Identifier(Kind.ADDRESS, "12 Zebra Lane\r\nCanaryville"),
            Identifier(Kind.PERSON, "Wombatowsky^Ottilie"),
        }
    ),
)


ZOLTAN_SPELLED = [spelling.text for each in sorted(ZOLTAN.identifiers, key=repr) for spelling in spellings(each)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("t1_mprage_CANARY_sag", "t1_mprage_sag"),
        ("t1_mprage_sag_canary", "t1_mprage_sag"),
        ("CANARY_t1_mprage_sag", "t1_mprage_sag"),
        ("ZoltanCanary T2", "T2"),
        ("T2FlairCanary", "T2Flair"),
        ("head_canary_z2", "head_z2"),
        ("head 3Z Canary", "head 3Z"),
        ("Brain MR of Z. Canary, ZQ12345", "Brain MR of"),
        ("Zoltan Xaver Canary (born 2 Jan 1960)", "(born)"),
        ("DOB 01/02/1960, left knee", "left knee"),
        ("see Wombatowsky's report", "see report"),
        ("MRN 77341 follow up", "follow up"),
        ("call (555) 010-4477", "call"),
        ("lives 12 zebra lane, canaryville", "lives"),
        ("Bra\u0308in of Cana\u0301ry", "Br\u00e4in of"),
    ],
)
def test_known_identifiers_go_and_the_rest_stays(text, left):
    assert cleaned(text, ZOLTAN) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("scanned 2021-03-04 in the morning", "scanned in the morning"),
        ("t1_20210304_sag", "t1_sag"),
        ("on March 4th, 2021 again", "on again"),
        ("mail zoe@example.org please", "mail please"),
        ("see https://example.org/x?y=1 now", "see now"),
        ("from Klinikum Canarystadt today", "from Klinikum today"),
        ("Hospital of Zebraville, knee", "Hospital of, knee"),
        ("Canarova E.V. head", "head"),
        ("head of A. B. Canarova", "head of"),
        ("Mdm Ng liver", "liver"),
        ("el 7 de marzo de 2023 rodilla", "el rodilla"),
        ("David Brown stayed", "stayed"),
        ("of 1.2.840.10008.5.1.4.1.1.4, like 1.2.840.113619.2.55.3.279", "of 1.2.840.10008.5.1.4.1.1.4, like"),
        ("friend: Canarowa, coil 2", "friend:, coil 2"),
        ("Vater Peter, Tochter: Canarowa", "Vater, Tochter"),
        ("her husband, Bill, helps", "her husband,, helps"),
        ("attending Canaryman, resident: Quollman", "attending, resident"),
        ("exam by Canarowitz", "exam by"),
        ("patient named Zoe Canarowa", "patient named"),
        ("née Canarowa", "née"),
        ("cognome: rossi", "cognome"),
        ("lives in Canaryville", "lives in"),
        ("PLZ 10115, knee", "knee"),
        ("ZIP code 90210-1234", ""),
        ("pager 4417", ""),
        ("MRN#A44 hip", "hip"),
        ("dossier 44718", ""),
        ("geboren am 3.3.61", ""),
        ("aged 101, age 45", "aged, age 45"),
        ("AHV 756.1234.5678.97", "AHV"),
        ("00:1A:2B:3C:4D:5E sent", "sent"),
        ("no. 123-45-6789 of 2", "of 2"),
        ("MRN: A0012345 brain", "brain"),
        ("Seen by Dr. Quokkarelli today", "Seen by today"),
        ("Dr. Head reviewed it", "reviewed it"),
        ("Mrs White moved", "moved"),
        ("referred by Zoe Quokkarelli for headache", "referred by for headache"),
        ("Patient name: May White", "Patient name"),
        ("brain of John Smith", "brain of"),
        ("SMITH_JOHN_T1", "T1"),
        ("101 y/o male", "y/o male"),
        ("Zürich protocol", "protocol"),
        ("from New York, again", "from, again"),
        ("b 5-10-2000", "b"),
        ("b 12-03-60", "b"),
        ("tel 50-400-8000", ""),
        ("TI 5-10-2000, TE 10/20/1980", "TI, TE"),
        ("ordered by dr. van der Quokkavelden", "ordered by"),
        ("referred by Zoe de la Quokkaria", "referred by"),
        ("Dr  Quokkarelli, Dr.  Quokkarelli, Dr: Quokkarelli", "Dr"),
        ("nurse Quokkarelli helped", "nurse helped"),
        ("Patientenname: quokkarelli", "Patientenname"),
        ("Name des Patienten: quokkarelli", "Name des Patienten"),
        ("Uniklinik Quokkahausen", "Uniklinik"),
        ("age=93", "age="),
        ("b0-50-100 of 12.03.2019", "b0-50-100 of"),
    ],
)
def test_what_looks_identifying_goes_though_nobody_told(text, left):
    assert cleaned(text, NOBODY) == left


@pytest.mark.parametrize(
    "text",
    [
        "t1_mprage_sag_p2_iso",
        "ep2d_diff_mddw_20_p2_TRACEW",
        "DERIVED",
        "HEAD^ROUTINE",
        "MR HEAD W/O CONTRAST",
        "Gadavist 10 ml (1.0 mmol/ml)",
        "White matter lesion",
        "b=0,1000 s/mm2",
        "TR 2000 TE 30 FA 90",
        "CT Chest 1.25 mm Lung B70f",
        "1.2.840.113619.2.1",
        "dcm2niix v1.0.20220720",
        "may be repeated in 2019",
        "45 y/o male, 80 kg",
        "n/a",
        "",
        "   ",
        "IVIM_b0-10-20-50-100-200-800",
        "DWI_b50-400-800_ADC",
        "bvals 0-1000-2000-3000",
        "TE10-20-30-40-50-60",
        "MOLLI_TI100-200-400-800",
        "Look-Locker, TI_Look_Locker, LookLocker",
        "Shepp-Logan phantom, Nyquist ghosts",
        "Siemens MAGNETOM Sola",
        "Protocol name: ABCD_T1w, coil name: HeadNeck",
        "radiologist: see report of the clinic",
    ],
)
def test_harmless_text_comes_through(text):
    assert cleaned(text, ZOLTAN) == text


@pytest.mark.parametrize(
    ("number", "text", "left"),
    [
        ("4711", "MRI 4711", "MRI"),
        ("4711", "4711_t1", "t1"),
        ("0042", "t1_0042_sag", "t1_sag"),
        ("S01", "S01_t1_mprage", "t1_mprage"),
        ("2500", "ep2d_diff_b2500", "ep2d_diff_b2500"),
        ("123", "MRI 123", "MRI 123"),
        ("123", "subject 0123 run2, b 123", "subject run2, b 123"),
        ("083", "pt #83 hip, 83 ms", "pt hip, 83 ms"),
        ("12", "case 12, 12 slices, no. 12.5", "case, 12 slices, no. 12.5"),
        ("7", "case 7 of 9", "case 7 of 9"),
        ("1000", "b 1000", "b 1000"),
        ("T1", "T1 sag", "T1 sag"),
    ],
)
def test_a_short_number_of_the_subject_goes_where_it_stands_alone(number, text, left):
    assert cleaned(text, Subject("x", frozenset({Identifier(Kind.ID, number)}))) == left


def test_a_short_number_of_many_goes_where_it_stands_alone_and_is_no_part_of_a_parameter():
    many = frozenset(Identifier(Kind.ID, str(number)) for number in range(1500, 1600))
    for ids in (many, frozenset({Identifier(Kind.ID, "1500")})):
        assert cleaned("DTI b1500 of 1500", Subject("x", ids)).startswith("DTI b1500")
        assert not cleaned("DTI b1500 of 1500", Subject("x", ids)).endswith("1500")


@given(st.lists(st.sampled_from([*ZOLTAN_SPELLED, "t1", "Wombat", "2 of 3", "0077", "b1500"]), max_size=6))
def test_what_many_are_known_by_is_found_as_what_few_are(pieces):
    text = " ".join(pieces)
    crowd = Subject("x", ZOLTAN.identifiers | {Identifier(Kind.NAME, f"Numbatsen{n}^Quoll") for n in range(99)})
    assert cleaned(text, crowd) == cleaned(text, ZOLTAN)
    assert scrubbed(text, crowd) == scrubbed(text, ZOLTAN)


def test_words_that_are_names_go_when_they_are_known_to_be():
    white = Subject("x", frozenset({Identifier(Kind.NAME, "White^May")}))
    assert cleaned("T1 of White in May", white) == "T1 of in"
    assert cleaned("T1 of White matter", NOBODY) == "T1 of White matter"
    head = Subject("x", frozenset({Identifier(Kind.NAME, "Head^Zoltan")}))
    assert cleaned("t1 head", head) == "t1 head", "the descriptor tells nothing"


CERTAIN = [
    spelling.text
    for identifier in sorted(ZOLTAN.identifiers, key=repr)
    for spelling in spellings(identifier)
    if spelling.certain
]
AROUND = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)


@given(st.sampled_from(CERTAIN), AROUND, AROUND, st.sampled_from(["", " ", "_", "^", "-", ", "]))
@example("Canary", "t1", "sag", "_")
def test_no_certain_spelling_survives(spelling, before, after, separator):
    text = f"{before}{separator or ' '}{spelling}{separator or ' '}{after}"
    left = cleaned(text, ZOLTAN).casefold()
    assert not re.search(rf"(?<!\w){re.escape(spelling.casefold())}(?!\w)", left)


TOLD = [*known(), *unknown()]
PIECES = st.sampled_from(
    sorted({word for told in TOLD for word in told.text.split()} | {"Name:", "name is", "Dr.", "by"})
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=8), st.sampled_from([NOBODY, ZOLTAN, TOLD[0].subject]))
@example(["Name:", "Canary", "coil:", "head"], ZOLTAN)
@example(["Dr.", "97881675", "Canaryfield", "today"], NOBODY)
@example(["cell", "SMITH^MARIA", "07700", "900123"], NOBODY)
def test_what_is_clean_stays_so(pieces, subject):
    for separator in (" ", "_", "^", ""):
        for action in (cleaned, scrubbed):
            left = action(separator.join(pieces), subject)
            assert action(left, subject) == left


@pytest.mark.parametrize(
    "text",
    [
        "attending physician present", "Brother Hemophilia", "daughter cyst", "uncle Parkinson disease",
        "MTR map MT on", "pt Supine", "read: no bleed", "staff: two needed",
        "lives in nursing home", "age 100 ms", "ext 30 deg view", "zip archive",
        "case 12 of 30", "film by Dixon method", "badge dosimeter", "exam by protocol 3",
        "no_b2000_3T_da", "Images No 1000 t2", "visit 2000", "Patient-b1000#21", "Patient Bv40", "MR Kniegelenk links",
        "HR Evaluation", "SPINE 1.3.12.2.1107.5.2.32 pd", "Name SOM7",
    ],
)  # fmt: skip
def test_cues_alone_take_nothing(text):
    assert cleaned(text, NOBODY) == text


def test_what_follows_a_name_is_not_taken_for_one_when_the_name_is_gone():
    assert cleaned("Name: Canary Zoltan, coil: head", NOBODY) == "Name, coil: head"
    assert cleaned("Patient's name is Zebrby Ottilie (left knee)", NOBODY) == "Patient's name (left knee)"


@pytest.mark.parametrize("texts", [harmless, lambda: [told.text for told in TOLD]])
def test_all_texts_of_the_benchmark_are_clean_after_one_cleaning(texts):
    once = [cleaned(text, NOBODY) for text in texts()]
    assert [cleaned(text, NOBODY) for text in once] == once


@example(["Head", *["64"] * 6])
@given(st.lists(st.sampled_from(["t1", "mprage", "Head", "sag", "64", "iso", "p2", "Brain", "b1000"]), max_size=6))
def test_words_of_the_field_never_go(words):
    for separator in (" ", "_", "-", "^"):
        text = separator.join(words)
        assert cleaned(text, ZOLTAN) == text
