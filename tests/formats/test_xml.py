from __future__ import annotations

import codecs
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fw_gear_deid.actions import IncrementDate, IncrementDateTime, Keep, Remove, Replace
from fw_gear_deid.actions.options import Options
from fw_gear_deid.errors import ActionError, FileError, ProfileError, TooLargeError, UnreadableError
from fw_gear_deid.formats.compiling import open_profile
from fw_gear_deid.formats.xml_ import XmlFormat
from fw_gear_deid.formats.xml_text import DEPTH
from tests.formats.samples import Shout, Where, named, renaming, run, section


def edited(text: str | bytes, *rules, log: bool = True, **options):
    plan = XmlFormat().compile(section("xml", *rules, **options))
    data = text if isinstance(text, bytes) else text.encode()
    out, result = run(plan, data, "study.xml", log=log)
    return (out if isinstance(text, bytes) else out.decode()), result


def one(text: str, name: str, action) -> str:
    return edited(text, *named((name, action)))[0]


def refusal(text: str | bytes, *rules) -> str:
    with pytest.raises(FileError) as caught:
        edited(text, *rules)
    return str(caught.value)


STUDY = """<?xml version='1.0'  encoding="utf-8" standalone='yes' ?>\r
<!-- exported for Canary^Zebra -->\r
<?pacs node="7"?>
<study  xmlns:x = 'urn:x' site='St. "Nemo"'\tid="S&amp;1">
  <patient age = "37">
    <name>Canary^Zebra</name >
    <x:note lang='en'><![CDATA[a < b]]> &#x26; <!-- c -->more</x:note>
    <empty/><hollow></hollow>
    <name
      kind="maiden">Canary^Okapi</name>
  </patient>
  <series uid='1.2.3' />trailing text
</study>
<!-- end -->
"""


@pytest.mark.parametrize(
    ("xpath", "old", "new"),
    [
        ("/study/patient/name[1]", "Canary^Zebra</name >", "X</name >"),
        ("//name[@kind='maiden']", "Canary^Okapi", "X"),
        ("./patient/name[2]", "Canary^Okapi", "X"),
        ("//empty", "<empty/>", "<empty>X</empty>"),
        ("//hollow", "<hollow></hollow>", "<hollow>X</hollow>"),
        ("//series", "uid='1.2.3' />", "uid='1.2.3' >X</series>"),
        ("//*[local-name()='note']", "<![CDATA[a < b]]> &#x26; <!-- c -->more", "X"),
        ("/study/@site", 'St. "Nemo"', "X"),
        ("/study/@id", "S&amp;1", "X"),
        ("//patient/@age", '"37"', '"X"'),
        ("/processing-instruction('pacs')", 'node="7"', "X"),
        ("/comment()[1]", " exported for Canary^Zebra ", "X"),
        ("//patient/comment() | //note/comment() | //*/comment()", " c ", "X"),
    ],
)  # fmt: skip
def test_a_replaced_value_leaves_every_other_character(xpath, old, new):
    out, result = edited(STUDY, *named((xpath, Replace("X"))))
    assert out == STUDY.replace(old, new, 1)
    assert result.hits == (1,)


@pytest.mark.parametrize(
    ("xpath", "gone"),
    [
        ("//name[1]", "<name>Canary^Zebra</name >"),
        ("//patient/empty", "<empty/>"),
        ("//series", "<series uid='1.2.3' />"),
        ("//patient/@age", ' age = "37"'),
        ("/study/@id", '\tid="S&amp;1"'),
        ("//@lang", " lang='en'"),
        ("/comment()[2]", "<!-- end -->"),
        ("//processing-instruction()", '<?pacs node="7"?>'),
    ],
)
def test_removal_takes_the_node_and_nothing_around_it(xpath, gone):
    assert one(STUDY, xpath, Remove()) == STUDY.replace(gone, "", 1)


def test_no_hit_gives_the_same_bytes():
    out, result = edited(STUDY, *named(("//nothing", Remove()), ("//name", Keep()), ("//nothing", Replace("X"))))
    assert out == STUDY
    assert result.hits == (0, 0, 0)


def test_the_log_shows_what_a_field_says_not_how_it_is_spelled():
    rules = named(("//*[local-name()='note']", Shout()), ("/study/@id", Shout()), ("//name", Remove()))
    _, result = edited(STUDY, *rules)
    assert result.before["//*[local-name()='note']"] == "a < b & more"
    assert result.after["//*[local-name()='note']"] == "<A < B & MORE>"
    assert (result.before["/study/@id"], result.after["/study/@id"]) == ("S&1", "<S&1>")
    assert result.before["//name"] == (
        '{"/study/patient/name[1]": "Canary^Zebra", "/study/patient/name[2]": "Canary^Okapi"}'
    )
    assert result.after["//name"] == ""


def test_what_xml_writes_otherwise_is_escaped():
    assert one("<a k='1'>x</a>", "/a", Replace("<&>\"'\r\n")) == "<a k='1'>&lt;&amp;&gt;\"'&#13;\n</a>"
    assert one("<a k='1'>x</a>", "/a/@k", Replace("<&>\"'\n")) == "<a k='&lt;&amp;&gt;\"&apos;&#10;'>x</a>"
    assert one('<a k="1">x</a>', "/a/@k", Replace('"')) == '<a k="&quot;">x</a>'


def test_later_rules_see_what_earlier_ones_left():
    text = "<a><b>one</b>tail<b>two</b></a>"
    assert edited(text, *named(("/a/b[1]", Remove()), ("/a/b[1]", Replace("X"))))[0] == "<a>tail<b>X</b></a>"
    assert edited(text, *named(("//b", Shout()), ("//b[.='<ONE>']", Replace("X"))))[0] == (
        "<a><b>X</b>tail<b>&lt;TWO&gt;</b></a>"
    )
    assert edited(text, *named(("/a", Replace("X")), ("//b", Replace("Y"))))[0] == "<a>X</a>"
    assert edited(text, *named(("//b", Replace("Y")), ("/a", Replace("X"))))[0] == "<a>X</a>"
    assert edited("<a/>", *named(("/a", Replace("X")), ("/a", Replace(""))))[0] == "<a/>"
    attribute = named(("/a/@k", Replace("Y")), ("/a/@k", Remove()), ("/a/@k", Replace("Z")))
    assert edited("<a k='1' l='2'/>", *attribute)[0] == "<a l='2'/>"
    assert edited("<!--c--><a/>", *named(("//comment()", Remove()), ("//comment()", Shout())))[0] == "<a/>"


def test_one_rule_that_finds_a_node_and_what_is_in_it_acts_on_the_outer_one():
    text = "<r><a>1<a>2</a></a></r>"
    assert one(text, "//a", Remove()) == "<r></r>"
    assert one(text, "//a", Replace("X")) == "<r><a>X</a></r>"


def test_the_text_behind_a_removed_element_stays():
    # Flywheel's engine removes it with the element.
    assert one("<p>before <b>Canary</b> behind</p>", "//b", Remove()) == "<p>before  behind</p>"


def test_a_container_is_not_hashed_and_the_root_not_removed():
    assert "holds others" in refusal("<a><b>Canary</b></a>", *named(("/a", Shout())))
    assert "root element" in refusal("<a>Canary</a>", *named(("/a", Remove())))


@pytest.mark.parametrize(
    ("text", "xpath", "value"),
    [
        ("<!--c--><a/>", "//comment()", "x--y"),
        ("<!--c--><a/>", "//comment()", "x-"),
        ("<?p q?><a/>", "//processing-instruction()", "?>"),
        ("<a/>", "/a", "\x01"),
        ("<a k=''/>", "/a/@k", "\x00"),
    ],
)
def test_a_value_that_cannot_stand_there_withholds_the_file(text, xpath, value):
    assert repr(value) not in refusal(text, *named((xpath, Replace(value))))


def test_an_instruction_without_data_gets_some():
    assert one("<?p?><a/>", "//processing-instruction()", Replace("q")) == "<?p q?><a/>"


@pytest.mark.parametrize(
    ("declared", "codec", "mark", "letter"),
    [
        ("", "utf-8", codecs.BOM_UTF8, "é"),
        ("", "utf-8", b"", "é"),
        ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE, "é"),
        ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE, "é"),
        ("UTF-16", "utf-16-le", b"", "é"),
        ("UTF-16", "utf-8", b"", "é"),  # as .NET programs write it
        ("ISO-8859-1", "latin-1", b"", "é"),
        ("windows-1252", "cp1252", b"", "€"),
        ("GB18030", "gb18030", b"", "名"),
        ("Shift_JIS", "shift_jis", b"", "名"),
    ],
)
def test_encodings_survive(declared, codec, mark, letter):
    start = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{start}<a><b>Zebra</b><c>{letter}</c></a>"
    out, result = edited(mark + text.encode(codec), *named(("/a/b", Shout())))
    assert out == mark + text.replace("Zebra", "&lt;ZEBRA&gt;").encode(codec)
    assert result.before["/a/b"] == "Zebra"


def test_a_character_that_the_encoding_lacks_becomes_a_reference():
    text = b"<?xml version='1.0' encoding='ISO-8859-1'?><a k=''>x</a>"
    out, _ = edited(text, *named(("/a", Replace("名")), ("/a/@k", Replace("é€"))))
    assert out == b"<?xml version='1.0' encoding='ISO-8859-1'?><a k='\xe9&#8364;'>&#21517;</a>"
    assert etree.fromstring(out).text == "名"
    text = b"<?xml version='1.0' encoding='ISO-8859-1'?><a><!--c--></a>"
    assert "ISO8859-1" in refusal(text, *named(("//comment()", Replace("名"))))


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "Canary"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<lolz>&lol2;</lolz>"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "DOCTYPE"),
        ("<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>", "DOCTYPE"),
        ("<a>&canary;</a>", "not well-formed"),
        ("<a>", "complete"),
        ("<a><b></a></b>", "end tag"),
        ("<a/><b/>", "not well-formed"),
        ("<a k=1/>", "not well-formed"),
        ("<a k='1' k='2'/>", "not well-formed"),
        ("<a>]]></a>", "not well-formed"),
        ("<a><![CDATA[ </a>", "not well-formed"),
        ("<a>\x00</a>", "not well-formed"),
        ("<p:a/>", "not well-formed"),
        ("", "complete"),
        ("just Canary text", "complete"),
        (b"<a>\xff</a>", "not valid UTF-8"),
        (b"<?xml version='1.0' encoding='ascii'?><a>\xe9</a>", "not valid ASCII"),
        (b"<?xml version='1.0' encoding='utf-7'?><a/>", "encoding"),
        (b"<?xml version='1.0' encoding='canary'?><a/>", "encoding"),
        (codecs.BOM_UTF16_LE + b"<\0a\0/", "not valid UTF-16"),
    ],
)
def test_what_is_not_plain_well_formed_xml_is_withheld(text, why):
    message = refusal(text, *named(("//a", Remove())))
    assert why in message
    assert "anary" not in message


def test_no_entity_reads_a_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("Canary")
    text = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><a>&e;</a>'
    assert "DOCTYPE" in refusal(text, *named(("/a", Shout())))


def test_nesting_has_a_limit():
    fits = "<a>" * DEPTH + "</a>" * DEPTH
    assert edited(fits, *named(("/a/@k", Remove())))[0] == fits
    with pytest.raises(TooLargeError):
        edited("<a>" * 100_000, *named(("/a/@k", Remove())))


@pytest.mark.parametrize("start", ["<?pacs" + " " * 10**6, "<?" + "p" * 10**6, "<" + "a" * 10**6, "</" + "a" * 10**6])
def test_markup_that_never_ends_is_refused_at_once(start):
    assert "complete" in refusal(f"<a>{start}", *named(("//a", Remove())))


def test_long_text_is_no_limit():
    text = f"<a><b>Canary</b><c>{'QUJD' * 4_000_000}</c></a>"
    assert edited(text, *named(("//b", Remove())), log=False)[0] == text.replace("<b>Canary</b>", "")


@pytest.mark.parametrize(
    "xpath",
    ["name", "/a[", "/x:a", "//b/x:c", "count(//a)", "/a/text()", "/a[nofunction()]", "/a[$v]", "string(/a)", "/"],
)
def test_a_name_that_is_no_usable_xpath_is_an_error_of_the_profile(xpath):
    with pytest.raises(ProfileError):
        XmlFormat().compile(section("xml", *named((xpath, Remove()))))


def test_a_union_that_also_finds_text_withholds_the_file():
    assert "neither elements" in refusal("<a>Canary</a>", *named(("//a/text() | //b", Remove())))


HEADER = (
    "<?xml version='1.0'?><!--c-->"
    "<head xmlns='urn:scanner'><who><name>Canary^Zebra</name></who><p:x xmlns:p='urn:p'/></head>"
)


@pytest.mark.parametrize(
    "xpath", ["//name", "/head/who/name", "//who", "./who/name", "//who/@id | //name", "/head[1]/who"]
)
def test_a_rule_that_a_default_namespace_would_make_idle_withholds_the_file(xpath):
    message = refusal(HEADER, *named((xpath, Remove())))
    assert "namespace" in message
    assert "anary" not in message
    assert edited(HEADER, *named((xpath, Keep())))[0] == HEADER


@pytest.mark.parametrize(
    "xpath", ["//nobody", "//name/@id", "//x", "//comment()", "//*[local-name()='name']", "//*[@id]"]
)
def test_other_rules_work_in_a_default_namespace(xpath):
    out, _ = edited(HEADER, *named((xpath, Replace("new"))))
    assert ("Canary" in out) == ("name" not in xpath or "@" in xpath)


def test_what_an_earlier_rule_removes_is_not_taken_for_hidden():
    out, _ = edited(
        "<a xmlns:p='urn:p'><b><c>Canary</c></b><p:d xmlns='urn:q'><e/></p:d></a>",
        *named(("/a/b", Remove()), ("/a/b/c", Remove())),
    )
    assert "Canary" not in out


def test_namespaced_attributes_are_found_by_what_their_prefix_means():
    text = "<a xmlns:p='urn:1' xmlns:q='urn:1' p:k='1' k='2' xml:lang='en'/>"
    prefixed = "/a/@*[local-name()='k' and namespace-uri()='urn:1']"
    assert one(text, prefixed, Replace("X")) == text.replace("'1' k", "'X' k")
    assert one(text, "/a/@k", Replace("X")) == text.replace("'2'", "'X'")
    assert one(text, "/a/@xml:lang", Remove()) == text.replace(" xml:lang='en'", "")


def shifted(value: str, kind=IncrementDate, **rule: object) -> str:
    days = {"date-increment": -17}
    action = kind.of(Options(date(2026, 1, 1), days, rule))  # type: ignore[arg-type]
    out = one(f"<a>{value}</a>", "/a", action)
    return re.fullmatch(r"<a>(.*)</a>", out, re.DOTALL)[1]


@pytest.mark.parametrize(
    "value", ["20200228", "2020-02-28", "28 Feb 2020", "Feb 28, 2020", "2020-02-28T10:11:12+05:00", " 20200228\n"]
)
def test_a_date_of_any_spelling_moves_into_the_format_of_the_profile(value):
    assert shifted(value) == "20200211"
    assert shifted(value, **{"date-format": "%d.%m.%Y"}) == "11.02.2020"


def test_a_date_with_a_time_keeps_it():
    assert shifted("2020-02-28 10:11:12", IncrementDateTime) == "20200211101112.000000"
    assert shifted("2020-02-28T10:11:12", IncrementDateTime, **{"datetime-format": "%Y-%m-%dT%H:%M:%S"}) == (
        "2020-02-11T10:11:12"
    )
    kept = shifted("2020-02-28T10:11:12+05:00", IncrementDateTime, **{"datetime-format": "%Y-%m-%dT%H:%M:%S"})
    assert kept == "2020-02-11T10:11:12+05:00"
    assert shifted("1582848000", IncrementDateTime, **{"datetime-format": "timestamp"}) == "1581379200.0"


def test_several_dates_move_each():
    assert shifted("20200228,20200301") == "20200211,20200213"


@pytest.mark.parametrize("value", ["2020", "Feb 2020", "10:11", "n/a", "Canary", "1582848000"])
@pytest.mark.parametrize("kind", [IncrementDate, IncrementDateTime])
def test_what_is_no_whole_date_withholds_the_file_or_does_as_the_profile_says(value, kind):
    # Flywheel's engine takes what a date lacks from the day it runs on.
    with pytest.raises(ActionError) as caught:
        shifted(value, kind)
    assert value not in str(caught.value)
    assert shifted(value, kind, **{"on-unparsable": "empty"}) == ""


def test_draws_depend_on_the_path():
    text = "<a><b>1</b><b>2</b></a>"
    assert one(text, "//b", Where()) == "<a><b>study.xml|/a/b[1]</b><b>study.xml|/a/b[2]</b></a>"


def test_file_names_hold_fields_after_their_rules():
    text = "<a><b>Zebra</b><c k='1'/></a>"
    rules = named(("//b", Replace("okapi")))
    assert edited(text, *rules, filenames=(renaming("{//b}-{/a/c/@k}-{//d}.xml"),))[1].name == "okapi-1-NA.xml"
    rule = renaming("{stem}-{//b}.xml", r"(?P<stem>\w+)\.xml")
    assert edited(text, *rules, filenames=(rule,))[1].name == "study-okapi.xml"
    for xpath in ("//b", "/a"):
        with pytest.raises(ActionError):
            edited("<a><b/><b/></a>", filenames=(renaming(f"{{{xpath}}}.xml"),))
    with pytest.raises(ProfileError):
        edited(text, filenames=(renaming("{PatientName}.xml"),))


@pytest.mark.parametrize(
    ("head", "owned"),
    [
        (b"<?xml version='1.0'?>", True),
        (codecs.BOM_UTF8 + b"<?xml version='1.0'?>", True),
        (codecs.BOM_UTF16_LE + "<?xml version".encode("utf-16-le"), True),
        (b"<a/>", False),
    ],
)
def test_xml_is_known_by_its_first_bytes(tmp_path, head, owned):
    path = tmp_path / "p.yaml"
    path.write_text("name: synth\nxml:\n  fields:\n  - {name: //b, remove: true}\n")
    assert (open_profile(path).owner("export", head) is not None) is owned
    assert open_profile(path).owner("export.XML", b"") is not None


TEXTS = st.text(st.sampled_from("ab &<>\"'é\n"), max_size=4)
TAGS = st.sampled_from(["a", "b", "c", "x:d"])


@st.composite
def elements(draw, depth=3):
    """Draw an element in some spelling."""
    tag = draw(TAGS)
    quote = draw(st.sampled_from("\"'"))
    space = draw(st.sampled_from([" ", "\n\t"]))
    keys = draw(st.lists(st.sampled_from(["k", "l", "x:k"]), unique=True))
    pairs = "".join(
        f"{space}{key}{draw(st.sampled_from(['=', ' = ']))}{quote}{draw(TEXTS).translate(ESCAPES)}{quote}"
        for key in keys
    )
    if draw(st.booleans()):
        return f"<{tag}{pairs}{draw(st.sampled_from(['', ' ']))}/>"
    inner = draw(st.lists(parts(depth - 1), max_size=4)) if depth else []
    return f"<{tag}{pairs}>{''.join(inner)}</{tag}{draw(st.sampled_from(['', ' ']))}>"


ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def parts(depth):
    plain = TEXTS.map(lambda text: text.translate(ESCAPES))
    sections = st.text("ab<>& ", max_size=4).map(lambda text: f"<![CDATA[{text}]]>")
    comments = st.text("ab<> ", max_size=4).map(lambda text: f"<!--{text}-->")
    instructions = st.text("ab<>\"' ", max_size=4).map(lambda text: f"<?p {text}?>")
    return st.one_of(plain, sections, comments, instructions, elements(depth))


XPATHS = ["//a", "//b", "/*/*[1]", "//@k", "//c/@l", "//comment()", "//processing-instruction()", "//*[not(*)]", "//@*"]
ACTIONS = {"remove": Remove(), "replace": Replace("<new & old>"), "number": Replace(5)}


def means(tag, attributes, children):
    """Return a tree as nested tuples, text joined."""
    joined = []
    for child in children:
        if isinstance(child, str) and joined and isinstance(joined[-1], str):
            joined[-1] += child
        elif child != "":
            joined.append(child)
    return (tag, tuple(sorted(attributes)), tuple(joined))


def plain(node, found, act):
    """Return what is left of a node after one rule, by the definition of XPath's answer alone."""
    if node in found and act == "remove":
        return None
    tag = node.tag if isinstance(node.tag, str) else node.tag.__name__
    attributes = [
        (key, ACTIONS[act].value if (node, key) in found else value)
        for key, value in (node.attrib.items() if isinstance(node.tag, str) else ())
        if (node, key) not in found or act != "remove"
    ]
    attributes = [(key, str(value)) for key, value in attributes]
    if node in found:
        return means(tag, attributes, [str(ACTIONS[act].value)])
    children = [node.text or ""]
    for child in node:
        left = plain(child, found, act)
        children += [*([] if left is None else [left]), child.tail or ""]
    return means(tag, attributes, children)


@settings(max_examples=150, deadline=None)
@given(elements(), st.sampled_from(XPATHS), st.sampled_from(sorted(ACTIONS)))
def test_any_document_is_left_as_it_was_but_for_what_is_named(body, xpath, act):
    text = f"<?xml version='1.0'?>\r\n<root xmlns:x='urn:x'>{body}</root>\n<!--z-->"
    before = etree.fromstring(text.encode())
    found = {
        (each.getparent(), each.attrname) if isinstance(each, str) else each
        for each in before.getroottree().xpath(xpath)
    }
    rules = named((xpath, ACTIONS[act]))
    try:
        out, result = edited(text, *rules, log=False)
    except ActionError:  # the new value would end an instruction; no other reason
        assert xpath == "//processing-instruction()"
        return
    after = etree.fromstring(out.encode())
    assert plain(after, set(), act) == plain(before, found, act)
    if not result.hits[0]:
        assert out == text


@settings(max_examples=150, deadline=None)
@given(
    elements(),
    st.integers(0, 200),
    st.sampled_from(["", "<", ">", "&", '"', "/", "]]>", "--", "\x00", "é", "<!", "<?"]),
)
def test_damaged_xml_raises_nothing_but_what_withholds_it(body, position, noise):
    text = f"<root>{body}</root>"
    damaged = text[:position] + noise + text[position + 1 :]
    try:
        out, _ = edited(damaged, *named(("//*[not(*)]", Remove()), ("//@*", Replace("X"))))
    except FileError:
        return
    etree.fromstring(out.encode())


def test_no_message_holds_a_value():
    for text in (
        "<Canary>",
        "<a Canary='1' Canary='2'/>",
        "<a>&Canary;</a>",
        "<a><?Canary</a>",
        "<a xmlns:Canary=''/>",
    ):
        with pytest.raises(UnreadableError) as caught:
            edited(text, *named(("//a", Remove())))
        assert "Canary" not in str(caught.value)
        assert caught.value.__cause__ is None
