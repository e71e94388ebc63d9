"""``regex-sub`` in text formats and NIfTI headers: what is read, what is written, what is refused."""

from __future__ import annotations

import json

import piexif
import pytest

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import format_of
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.profile import check_text
from tests.formats.images.making import jpeg
from tests.synthetic.nifti import nifti


def plan_of(section, *rules, **options):
    """Compile ``(name, action)`` pairs."""
    fields = [{"name": name, **action} for name, action in rules]
    text = json.dumps({section: {"fields": fields, "salt": "s", "date-increment": 1, **options}})
    profile, problems = check_text(text)
    assert profile is not None, problems
    return format_of(section).compile(profile.sections[section])


def run(plan, data, name="x"):
    edited = plan.apply(MemoryContent(data.encode() if isinstance(data, str) else data), FileContext(name, log=True))
    return b"".join(bytes(chunk) for chunk in edited.output.chunks()), edited


def sub(regex, output, **groups):
    listed = [{"name": name, **action} for name, action in groups.items()]
    return {"regex-sub": [{"input-regex": regex, "output": output, **({"groups": listed} if listed else {})}]}


def test_json_keeps_all_that_no_rule_names_and_numbers_become_text():
    plan = plan_of("json", ("a", sub("(?P<x>.)", "{x}{b.c}", **{"b.c": {"keep": True}})))
    out, edited = run(plan, '{ "a" : 37 ,\n  "b":{"c": 1.50, "d":"\\u00e9"} }')
    assert out == b'{ "a" : "31.5" ,\n  "b":{"c": 1.50, "d":"\\u00e9"} }'
    assert edited.hits == (1,)
    assert (edited.before, edited.after) == ({"a": "37"}, {"a": "31.5"})


def test_hits_are_told_in_the_order_of_the_profile():
    gone, kept = {"remove": True}, sub(".*", "{b}", b={"keep": True})
    out, edited = run(plan_of("json", ("b", gone), ("no", gone), ("a", kept)), '{"a": "x", "b": "seen before it goes"}')
    assert json.loads(out) == {"a": "seen before it goes"}
    assert edited.hits == (1, 0, 1)


@pytest.mark.parametrize("other", ['{"c": 1}', "[1]", "{}"])
def test_an_object_or_list_cannot_be_written_into_text(other):
    plan = plan_of("json", ("a", sub(".*", "{b}", b={"keep": True})))
    with pytest.raises(ActionError, match=r"rule for 'a': output names an object or a list"):
        run(plan, f'{{"a": "CANARY", "b": {other}}}')


def test_half_a_letter_of_another_field_withholds_the_file():
    plan = plan_of("json", ("a", sub(".*", "{b}", b={"hash": True})))
    with pytest.raises(ActionError, match="not valid in its encoding"):
        run(plan, '{"a": "x", "b": "\\ud800"}')


TABLE = 'id,note,when\r\n007,"x, y",2020-02-28\r\n"008",n/a,\r\n'


def test_a_row_reads_its_own_cells_as_they_are_written():
    rule = sub(r"(?P<first>\w?)", "{first}/{id}", id={"keep": True})
    out, edited = run(plan_of("csv", ("id", {"remove": True}), ("note", rule)), TABLE)
    assert out == b'note,when\r\n"x/007",2020-02-28\r\nn/008,\r\n'
    assert edited.hits == (2, 2)


def test_a_cell_without_a_value_that_nothing_matches_stays():
    out, _ = run(plan_of("tsv", ("b", sub("[A-Z]+", "x"))), "a\tb\n1\tCANARY\n2\tn/a\n3\t\n4\n")
    assert out == b"a\tb\n1\tx\n2\tn/a\n3\t\n4\n"
    with pytest.raises(ActionError, match="rule for 'b': regex-sub: no input-regex matches the value"):
        run(plan_of("tsv", ("b", sub("[A-Z]+", "x"))), "a\tb\n1\tcanary\n")


def test_a_column_that_stands_twice_must_say_the_same():
    plan = plan_of("csv", ("a", sub(".*", "{b}", b={"keep": True})))
    assert run(plan, "a,b,b\n1,2,2\n")[0] == b"a,b,b\n2,2,2\n"
    with pytest.raises(ActionError, match="several times with different values"):
        run(plan, "a,b,b\n1,CANARY,ZEBRA\n")


def test_bytes_of_another_encoding_in_another_column_withhold_the_file():
    plan = plan_of("csv", ("a", sub(".*", "{b}", b={"hash": True})))
    with pytest.raises(ActionError, match="convert the file to UTF-8"):
        run(plan, b"a,b\nx,\xe9\n")


def test_a_nifti_header_reads_other_header_fields():
    data = bytearray(nifti(gz=False))
    data[14:32], data[148:228], data[228:252] = b"SYNTH-1".ljust(18, b"\0"), b"CANARY ALICE".ljust(80, b"\0"), bytes(24)
    rule = sub("(?P<who>[A-Z]+)", "{who}|{db_name}|{aux_file}", who={"hash": True}, db_name={}, aux_file={})
    out, edited = run(plan_of("nifti", ("descrip", rule)), bytes(data), "x.nii")
    assert out[148:228].rstrip(b"\0") == b"3cff4c96a42f27b8|SYNTH-1|"  # the SHA-256 of "sCANARY"
    assert edited.before["descrip"] == "CANARY ALICE"


@pytest.mark.parametrize("section", ["json", "csv"])
def test_no_message_holds_a_value(section):
    data = '{"a": "CANARY^ZEBRA", "b": "CANARY"}' if section == "json" else "a,b\nCANARY^ZEBRA,CANARY\n"
    for rule in (sub("x", "x"), sub(".*", "{b}", b={"increment-date": True}), sub("(?P<g>x)?", "{g}")):
        with pytest.raises(ActionError) as failure:
            run(plan_of(section, ("a", rule)), data)
        assert "rule for 'a'" in str(failure.value)
        assert not {"CANARY", "ZEBRA"} & set(str(failure.value).replace("^", " ").split())


def test_an_xml_element_reads_others_by_their_paths():
    rule = sub("(?P<x>.*)", "{x}-{/a/c}-{/a/@d}", **{"/a/c": {"hash": True}, "/a/@d": {}})
    out, _ = run(plan_of("xml", ("/a/b", rule)), '<?xml version="1.0"?>\n<a d="2"><b>1</b><c>CANARY</c></a>')
    assert out == b'<?xml version="1.0"?>\n<a d="2"><b>1-3cff4c96a42f27b8-2</b><c>CANARY</c></a>'
    with pytest.raises(ActionError, match="several elements"):
        run(plan_of("xml", ("/a/b", rule)), '<?xml version="1.0"?>\n<a><b>1</b><c>CANARY</c><c>ZEBRA</c></a>')


def test_a_line_of_keys_and_values_reads_others():
    rule = sub("(?P<x>.*)", "{x}/{Modality}", Modality={"keep": True})
    plan = plan_of("key-value-text-file", ("ID", rule), delimiter="=")
    assert run(plan, "ID = 1\nModality = MR\n", "x.mhd")[0] == b"ID = 1/MR\nModality = MR\n"


def test_a_tag_of_an_image_reads_others():
    data = jpeg(exif={"0th": {piexif.ImageIFD.Artist: b"CANARY^ZEBRA", piexif.ImageIFD.Model: b"SYNTH 5"}})
    rule = sub("(?P<x>[A-Z]+)", "{x}/{Model}", x={"hash": True}, Model={"keep": True})
    out, edited = run(plan_of("jpg", ("Artist", rule)), data, "x.jpg")
    assert edited.after["Artist"] == "3cff4c96a42f27b8/SYNTH 5"
    assert piexif.load(out)["0th"][piexif.ImageIFD.Artist] == b"3cff4c96a42f27b8/SYNTH 5"
    assert b"CANARY" not in out
