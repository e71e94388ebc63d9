from __future__ import annotations

import csv
import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError, ProfileError, UnreadableError
from fw_gear_deid.formats.table import CSV, TABLE, TSV
from tests.formats.samples import Shout, Where, by_regex, named, renaming, run, section


def edited(text: str | bytes, *rules, form=CSV, name="p.csv", **options):
    plan = form.compile(section(form.section, *named(*rules), **options))
    data = text if isinstance(text, bytes) else text.encode()
    out, result = run(plan, data, name, log=True)
    return (out if isinstance(text, bytes) else out.decode()), result


def cells(text: str, *rules, **options) -> str:
    return edited(text, *rules, **options)[0]


TABLE_TEXT = (
    'id,name,"note, long",age\r\n'
    '007,CANARY^ALICE,"said ""hi"", left",034.50\r\n'
    '\r\n'
    '"008",  BOB ,"two\nlines\r\n\r\nhere",n/a\n'
    "009,,,\r"
    '010,"EVE",5" disk,"1"x'
)  # fmt: skip


def test_only_the_cells_of_named_columns_change():
    out, result = edited(TABLE_TEXT, ("name", Shout()))
    expected = TABLE_TEXT.replace("CANARY^ALICE", "<CANARY^ALICE>").replace("  BOB ", "<  BOB >")
    assert out == expected.replace('"EVE"', '"<EVE>"')
    assert result.hits == (3,)
    assert json.loads(result.before["name"]) == ["CANARY^ALICE", "  BOB ", "", "EVE"]
    assert json.loads(result.after["name"]) == ["<CANARY^ALICE>", "<  BOB >", "", "<EVE>"]


def test_no_hit_gives_the_same_bytes():
    out, result = edited(TABLE_TEXT, ("nothing", Remove()), ("other", Replace("X")))
    assert out == TABLE_TEXT
    assert result.hits == (0, 0)
    assert result.notes == ("none of the section's columns is in the table",)
    assert (result.before, result.after) == ({"nothing": "", "other": ""}, {"nothing": "", "other": ""})
    assert edited(TABLE_TEXT, ("name", Keep()))[0] == TABLE_TEXT


def test_removal_drops_the_column():
    out, result = edited(TABLE_TEXT, ("name", Remove()), ("name", Shout()))
    assert out == (
        'id,"note, long",age\r\n007,"said ""hi"", left",034.50\r\n\r\n"008","two\nlines\r\n\r\nhere",n/a\n009,,\r'
        '010,5" disk,"1"x'
    )
    assert result.hits == (4, 0)
    assert json.loads(result.after["name"]) == []
    assert cells("a,b\n1,2\n", ("b", Remove())) == "a\n1\n"
    assert cells("a,b\n1,2\n", ("a", Remove()), ("b", Remove())) == "\n\n"
    assert cells("a,b\n", ("b", Remove())) == "a\n"
    assert cells("a,b\n,2\n", ("b", Remove())) == 'a\n""\n'


def test_quoted_cells_are_read_and_written_with_their_quotes():
    assert cells('a,b\n"x ""y"", z",1\n', ("a", Shout())) == 'a,b\n"<X ""Y"", Z>",1\n'
    assert cells('a,b\n"x"y,1\n', ("a", Shout())) == 'a,b\n"<XY>",1\n'
    assert cells("a,b\nx,1\n", ("a", Replace('q,"r"\n'))) == 'a,b\n"q,""r""\n",1\n'


def test_replacement_fills_empty_and_missing_cells_but_creates_no_column():
    assert cells("a,b\n,1\nn/a,2\n", ("a", Replace("X")), ("c", Replace("X"))) == "a,b\nX,1\nX,2\n"
    assert cells("a,b\n,1\n", ("a", Replace("X", insert=False))) == "a,b\nX,1\n"
    assert cells("a\nx\n", ("a", Replace(7))) == "a\n7\n"


def test_every_column_of_a_name_is_acted_on_and_blanks_around_a_name_do_not_hide_it():
    assert cells('a,"a", a ,b\nx,y,z,w\n', ("a", Shout())) == 'a,"a", a ,b\n<X>,<Y>,<Z>,w\n'


def test_rows_shorter_than_the_header_and_empty_cells_behind_it_are_fine():
    assert cells("a,b,c\nx\ny,1,2,,\n", ("b", Shout()), ("a", Remove())) == "b,c\n\n<1>,2,,\n"


def test_a_row_longer_than_the_header_is_refused_where_a_rule_acts():
    text = "name,b\nCANARY, ALICE,1\n"
    with pytest.raises(UnreadableError, match="line 2") as caught:
        edited(text, ("name", Remove()))
    assert "CANARY" not in str(caught.value)
    assert cells(text, ("name", Keep())) == text


def test_line_numbers_count_line_ends_within_cells():
    with pytest.raises(UnreadableError, match="line 5"):
        edited('a,b\r\n"x\n\ny",1\r\n1,2,3\r\n', ("a", Remove()))


def test_delimiters():
    assert cells("a\tb, c\nx\t1,2\n", ("a", Shout()), form=TSV, name="p.tsv") == "a\tb, c\n<X>\t1,2\n"
    assert cells("a\tb\n1\t2\n", ("b", Replace("x\ty")), form=TSV) == 'a\tb\n1\t"x\ty"\n'
    assert cells("a|b\nx|1\n", ("a", Shout()), form=TABLE, delimiter="|", reader="csv") == "a|b\n<X>|1\n"
    assert cells("a\tb\nx\t1\n", ("a", Shout()), form=TABLE, reader="table", delimiter=None) == "a\tb\n<X>\t1\n"
    assert cells("a\tb\nx\t1\n", ("a", Shout()), form=CSV, reader="table", delimiter=None) == "a\tb\n<X>\t1\n"
    with pytest.raises(UnreadableError, match="delimiter"):
        edited("a;name\nx;CANARY\n", ("name", Remove()))


@pytest.mark.parametrize(
    ("text", "marks"),
    [("a,b\né,1\n", ["utf-8", "utf-8-sig", "utf-16"])],
)
def test_encodings_survive(text, marks):
    for encoding in marks:
        out, _ = edited(text.encode(encoding), ("a", Replace("ü")))
        assert out == text.replace("é", "ü").encode(encoding)


def test_bytes_that_are_not_utf8_survive_and_withhold_only_where_a_rule_reads_them():
    text = "name,b,c\nJos\xe9,x,1\n".encode("latin-1")
    assert edited(text, ("b", Shout()))[0] == text.replace(b"x", b"<X>")
    assert edited(text, ("name", Replace("X")))[0] == b"name,b,c\nX,x,1\n"
    assert edited(text, ("name", Remove()))[0] == b"b,c\nx,1\n"
    with pytest.raises(ActionError, match="name"):
        edited(text, ("name", Shout()))
    with pytest.raises(ActionError, match="ASCII"):
        edited(text, ("b", Replace("é")))


@pytest.mark.parametrize(
    "data", [b"", b"\n\r\n", b'a,b\n"CANARY,1\n', "a,b\nCANARY,1\n".encode("utf-16-le"), b"\xff\xfea"]
)
def test_what_is_no_table_is_refused(data):
    with pytest.raises(UnreadableError) as caught:
        edited(data, ("a", Remove()))
    assert "CANARY" not in str(caught.value)


def test_actions_are_told_file_column_and_row():
    assert cells("b,a\n1,x\n\n2,y\n", ("a", Where())) == "b,a\n1,p.csv|a.0\n\n2,p.csv|a.1\n"


def test_names_from_a_column_of_one_value():
    text = "sub,site,v\nCANARY,x,1\nCANARY,x,2\n"
    rule = renaming("{sub}_{site}_{none}.csv")
    assert edited(text, ("sub", Shout()), filenames=(rule,))[1].name == "_CANARY__x_NA.csv"
    assert edited(text, ("sub", Remove()), filenames=(rule,))[1].name == "NA_x_NA.csv"
    with pytest.raises(ActionError, match="several values"):
        edited(text, filenames=(renaming("{v}.csv"),))
    assert edited(text, name="t2*.csv")[1].name == "t2star.csv"


def test_sections_that_cannot_work_are_errors_of_the_profile():
    with pytest.raises(ProfileError) as caught:
        CSV.compile(section("csv", by_regex("a", Keep()), delimiter="::", reader="excel"))
    assert len(caught.value.problems) == 2


def test_a_megabyte_takes_less_than_a_second():
    text = "id,name,a,b,c,d\n" + "".join(f'{i:06},"NAME {i}",{i / 7},,x,y\n' for i in range(30000))
    start = time.perf_counter()
    out, result = edited(text, ("name", Remove()), ("id", Replace("X")))
    assert time.perf_counter() - start < 4  # a busy machine is given some room
    assert result.hits == (30000, 30000)
    assert "NAME" not in out


WORDS = st.text(st.sampled_from('ab"",;\n\r \té0'), max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_property_a_table_reads_as_the_csv_module_reads_it(records, end, all_quoted):
    if not all_quoted:  # the csv module leaves these unquoted, and then cannot read them back
        records = [[word.replace("\r", "") for word in record] for record in records]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    writer.writerows([["first", "second", "third"], *records])
    text = buffer.getvalue()
    assert cells(text, ("second", Keep())) == text
    out = cells(text, ("second", Replace("new")))
    read = list(csv.reader(io.StringIO(out, newline="")))
    assert read == [["first", "second", "third"], *([a, "new", c] for a, _, c in records)]
    _, result = edited(text, ("second", Keep()))
    assert json.loads(result.before["second"]) == [record[1] for record in records]
    out = cells(text, ("second", Remove()))
    assert list(csv.reader(io.StringIO(out, newline=""))) == [["first", "third"], *([a, c] for a, _, c in records)]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_property_any_bytes_survive_or_are_refused(data):
    try:
        out, _ = edited(b"a,b\n" + data, ("a", Keep()), ("b", Keep()))
    except UnreadableError:
        return
    assert out == b"a,b\n" + data


def test_a_quoted_cell_without_an_end_is_refused_even_after_doubled_quotes():
    for text in ('a,name\n"x""CANARY,b\n', 'name,a\n"CANARY""x,b\n1,2\n', 'a,name\n"x""\n'):
        with pytest.raises(UnreadableError, match="a quoted cell that has no end"):
            edited(text, ("name", Remove()))


@pytest.mark.parametrize("blank", ["", " ", " \t "])
def test_lines_of_nothing_but_white_space_are_no_header_and_no_row(blank):
    out, result = edited(f"{blank}\nname,age\n{blank}\nCANARY,41\n", ("name", Remove()))
    assert out == f"{blank}\nage\n{blank}\n41\n"
    assert result.hits == (1,)


def test_another_delimiter_is_found_out_by_the_columns_that_the_rules_name():
    for text in ("name;age,years\nCANARY;4,1\n", 'id,"name"\tage\n1,"CANARY"\t41\n'):
        with pytest.raises(UnreadableError, match="another delimiter"):
            edited(text, ("name", Remove()))
    assert cells("a;b,c\n1,2\n", ("name", Remove())) == "a;b,c\n1,2\n"


def test_a_column_that_is_not_utf8_may_be_one_that_a_rule_names():
    latin = "id,Straße\n1,CANARY\n".encode("latin-1")
    with pytest.raises(UnreadableError, match="a column's name is not valid UTF-8"):
        edited(latin, ("Straße", Remove()))
    assert edited(latin, ("id", Remove()))[0] == "Straße\nCANARY\n".encode("latin-1")
    assert edited("id,Straße\n1,CANARY\n", ("Straße", Remove()))[0] == "id\n1\n"
    elsewhere = "id,name\n1,ß\n".encode("latin-1")
    assert edited(elsewhere, ("Straße", Remove()))[0] == elsewhere


@pytest.mark.parametrize("left", ["", " "])
def test_a_row_of_which_one_empty_cell_is_left_is_still_a_row(left):
    out = cells(f"name,note\nCANARY,{left}\n", ("name", Remove()))
    assert list(csv.reader(io.StringIO(out))) == [["note"], [left]]
    assert edited(out, ("note", Where()))[1].hits == (1,)


def test_a_regular_expression_acts_on_every_column_that_it_matches_from_the_start():
    plan = CSV.compile(section("csv", by_regex("(first|last)_name$", Shout()), by_regex("date", Remove())))
    out, result = run(plan, b"first_name,last_name,last_names,dates,x\na,b,c,d,e\n", "p.csv", log=True)
    assert out == b"first_name,last_name,last_names,x\n<A>,<B>,c,e\n"
    assert result.hits == (2, 1)
    assert json.loads(result.before["(first|last)_name$"]) == ["a", "b"]
