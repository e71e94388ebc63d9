from __future__ import annotations

import gzip
import io
import struct
import zlib

import nibabel as nib
import numpy as np
import pytest

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError, ProfileError, UnmatchedError, UnreadableError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent, PathContent
from fw_gear_deid.formats.nifti import FIELDS, NiftiFormat
from fw_gear_deid.formats.opaque import OpaqueFormat
from tests.formats.samples import Shout, Where, named, renaming, run, section

VOXELS = np.arange(24, dtype="i2").reshape(2, 3, 4)
FORMATS = pytest.mark.parametrize(("cls", "order"), [(c, o) for c in (nib.Nifti1Image, nib.Nifti2Image) for o in "<>"])


def image(cls=nib.Nifti1Image, order="<", *, extension=True, **fields) -> bytes:
    header = cls.header_class(endianness=order)
    header.set_data_dtype("i2")
    made = cls(VOXELS, np.diag([1, 2, 3, 1]), header)
    made.header["descrip"] = "CANARY^ALICE"
    for name, value in fields.items():
        made.header[name] = value
    if extension:
        made.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"CANARY extension"))
    data = made.to_bytes()
    assert (b"CANARY extension" in data) == extension
    return data


def edited(data: bytes, *rules, name: str = "x.nii", extensions="drop", **options):
    plan = NiftiFormat().compile(section("nifti", *named(*rules), extensions=extensions, **options))
    return run(plan, data, name, log=True)


def read(data: bytes, cls=nib.Nifti1Image):
    return cls.from_bytes(data)


@FORMATS
def test_fields_are_set_and_nothing_else_changes(cls, order):
    source = image(cls, order, extension=False, cal_max=5.0, intent_code=1001)
    rules = [("descrip", Shout()), ("AUX_FILE", Replace("new")), ("cal_max", Replace("2.5")), ("toffset", Replace(7))]
    out, result = edited(source, *rules, ("intent_code", Remove()), ("intent_name", Remove()))
    before, after = read(source, cls).header, read(out, cls).header
    changed = {name for name in before if before[name].tobytes() != after[name].tobytes()}
    assert changed == {"descrip", "aux_file", "cal_max", "toffset", "intent_code"}
    assert after["descrip"].item() == b"<CANARY^ALICE>"
    assert (after["aux_file"].item(), after["cal_max"].item(), after["toffset"].item()) == (b"new", 2.5, 7)
    assert after["intent_code"].item() == 0
    assert after.endianness == order
    assert out[after.single_vox_offset :] == source[after.single_vox_offset :]
    assert result.hits == (1, 1, 1, 1, 1, 0)
    assert result.before["descrip"] == "CANARY^ALICE"
    assert result.after["cal_max"] == "2.5"


@FORMATS
def test_header_extensions_are_dropped_and_the_voxels_stay(cls, order):
    source = image(cls, order)
    out, result = edited(source, ("descrip", Remove()))
    assert b"CANARY" not in out
    assert len(out) == len(source) - 32
    assert np.array_equal(read(out, cls).get_fdata(), VOXELS)
    assert not read(out, cls).header.extensions
    assert read(out, cls).dataobj.offset == cls.header_class.single_vox_offset
    assert result.notes == ("header extensions dropped",)


@FORMATS
def test_header_extensions_stay_when_the_profile_keeps_them(cls, order):
    source = image(cls, order)
    out, result = edited(source, extensions="keep")
    assert out == source
    assert result.notes == ()


def test_bytes_hidden_between_header_and_voxels_go_even_without_the_extension_flag():
    source = bytearray(image())
    source[348] = 0
    out, _ = edited(bytes(source), ("descrip", Remove()))
    assert b"CANARY" not in out


def test_bytes_behind_the_voxels_are_left_out():
    source = image(extension=False)
    out, result = edited(source + b"CANARY")
    assert out == source
    assert result.notes == ("bytes behind the voxels left out",)


def test_every_field_agrees_with_nibabel():
    names = set(nib.Nifti1Header().keys()) | set(nib.Nifti2Header().keys())
    assert set(FIELDS) == names - {"eol_check"}  # nibabel's name for the second half of the magic
    for cls in (nib.Nifti1Image, nib.Nifti2Image):
        source = image(cls, extension=False)
        header = read(source, cls).header
        _, result = edited(source, *((name, Keep()) for name in FIELDS))
        for name in set(header.keys()) - {"eol_check", "magic", "vox_offset"}:
            expected = header[name]
            shown = result.before[name]
            if expected.dtype.kind == "S":
                assert shown == expected.item().decode()
            elif not np.isnan(expected).any():
                assert [float(number) for number in shown.split()] == [float(number) for number in expected.flatten()]
        assert all(result.before[name] == "" for name in set(FIELDS) - set(header.keys()))


def test_a_packed_file_stays_packed_without_its_old_name_and_time():
    buffer = io.BytesIO()
    with gzip.GzipFile("CANARY-ALICE.nii", "wb", fileobj=buffer, mtime=1234567890) as file:
        file.write(image())
    out, _ = edited(buffer.getvalue(), ("descrip", Remove()), name="x.nii.gz")
    assert b"CANARY" not in out
    assert out[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    assert np.array_equal(read(gzip.decompress(out)).get_fdata(), VOXELS)
    assert edited(buffer.getvalue(), ("descrip", Remove()), name="x.nii.gz")[0] == out


@pytest.mark.parametrize("flags", [0, 4, 8, 16, 2, 4 | 8 | 16 | 2])
def test_an_unchanged_packed_file_keeps_its_deflate_stream_and_loses_its_gzip_header(flags):
    source = image(extension=False)
    packed = gzip.compress(source, mtime=5)
    head = packed[:3] + bytes([flags]) + packed[4:10]
    head += b"\x06\0CANARY" if flags & 4 else b""
    head += b"CANARY.nii\0" if flags & 8 else b""
    head += b"CANARY comment\0" if flags & 16 else b""
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF) if flags & 2 else b""
    out, _ = edited(head + packed[10:], name="x.nii.gz")
    assert out == b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed[10:]
    assert gzip.decompress(out) == source


def test_several_gzip_members_and_zero_padding_are_read():
    source = image(extension=False)
    packed = gzip.compress(source[:200]) + gzip.compress(source[200:]) + bytes(512)
    assert gzip.decompress(edited(packed, name="x.nii.gz")[0]) == source


class Drops(MemoryContent):
    """Hands its bytes over a few at a time."""

    def chunks(self, start=0, stop=None):
        data = self.data[start:stop]
        for offset in range(0, len(data), 7):
            yield data[offset : offset + 7]


def test_the_same_bytes_come_out_whatever_pieces_come_in(tmp_path):
    source = gzip.compress(image())
    plan = NiftiFormat().compile(section("nifti", *named(("descrip", Remove())), extensions="drop"))
    path = tmp_path / "source"
    path.write_bytes(source)
    outs = {
        b"".join(plan.apply(content, FileContext("x.nii.gz")).output.chunks())
        for content in (MemoryContent(source), Drops(source), PathContent(path, len(source)))
    }
    assert len(outs) == 1
    assert b"CANARY" not in gzip.decompress(outs.pop())


def broken(data: bytes, offset: int, new: bytes) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


GOOD = image(extension=False)
PACKED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "x.nii"), (b"CANARY" * 200, "x.nii"), (GOOD[:347], "x.nii"), (GOOD[:-1], "x.nii"), (PACKED, "x.nii"),
        (GOOD, "x.nii.gz"), (PACKED[:-1], "x.nii.gz"), (PACKED[:-9], "x.nii.gz"), (PACKED[:30], "x.nii.gz"),
        (broken(PACKED, len(PACKED) - 7, b"\x55"), "x.nii.gz"), (broken(PACKED, 15, b"\xff\xff\xff"), "x.nii.gz"),
        (PACKED + b"CANARY", "x.nii.gz"), (gzip.compress(GOOD[:-1], mtime=0), "x.nii.gz"),
        (broken(GOOD, 0, b"\0\0\0\7"), "x.nii"),
        (broken(GOOD, 40, struct.pack("<h", 9)), "x.nii"), (broken(GOOD, 42, struct.pack("<h", -2)), "x.nii"),
        (broken(GOOD, 108, struct.pack("<f", 100)), "x.nii"),
        (broken(GOOD, 108, struct.pack("<f", float("nan"))), "x.nii"),
        (broken(GOOD, 70, struct.pack("<hh", 0, 0)), "x.nii"), (broken(GOOD, 344, b"\0\0\0\0"), "x.nii"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_not_nifti_is_refused(data, name):
    with pytest.raises(UnreadableError) as caught:
        edited(data, ("descrip", Remove()), name=name)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
def test_a_header_image_pair(packed):
    pair = nib.Nifti1Pair(VOXELS, np.eye(4))
    pair.header["descrip"] = "CANARY^ALICE"
    pair.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"CANARY extension"))
    files = nib.Nifti1Pair.make_file_map({"header": io.BytesIO(), "image": io.BytesIO()})
    pair.to_file_map(files)
    header, voxels = (files[kind].fileobj.getvalue() for kind in ("header", "image"))
    pack, unpack, end = (gzip.compress, gzip.decompress, ".gz") if packed else (bytes, bytes, "")
    new_header, result = edited(pack(header), ("descrip", Remove()), name="x.hdr" + end)
    assert b"CANARY" not in unpack(new_header)
    assert len(unpack(new_header)) == 352
    assert result.hits == (1,)
    new_voxels, result = edited(pack(voxels), ("descrip", Remove()), name="x.img" + end)
    assert unpack(new_voxels) == voxels
    assert result.notes == ("voxels of a header/image pair: copied",)
    files["header"].fileobj, files["image"].fileobj = io.BytesIO(unpack(new_header)), io.BytesIO(unpack(new_voxels))
    assert np.array_equal(nib.Nifti1Pair.from_file_map(files).get_fdata(), VOXELS)


def test_a_file_of_another_kind_is_not_the_image_of_a_pair():
    with pytest.raises(UnreadableError):
        edited(bytes(128) + b"DICM" + b"CANARY", name="x.img")


def test_values_that_do_not_fit_withhold_the_file():
    for rule in [("descrip", Replace("y" * 81)), ("intent_code", Replace("CANARY")), ("intent_code", Replace(70000))]:
        with pytest.raises(ActionError, match=rule[0]) as caught:
            edited(GOOD, rule)
        assert "CANARY" not in str(caught.value)
    assert read(edited(GOOD, ("descrip", Replace("y" * 80)))[0]).header["descrip"].item() == b"y" * 80


def test_blank_text_counts_as_missing():
    source = image(extension=False, aux_file="")
    assert edited(source, ("aux_file", Replace("X", insert=False)))[0] == source
    assert read(edited(source, ("aux_file", Replace("X")))[0]).header["aux_file"].item() == b"X"
    assert edited(source, ("aux_file", Shout()))[0] == source


def test_a_field_of_the_other_version_is_left_out_silently():
    source = image(nib.Nifti2Image, extension=False)
    out, result = edited(source, ("db_name", Replace("X")), ("db_name", Remove()))
    assert (out, result.hits) == (source, (0, 0))


def test_text_behind_a_zero_byte_does_not_stay():
    source = broken(GOOD, 148, b"\0CANARY\xe9")
    assert b"CANARY" not in edited(source, ("descrip", Remove()))[0]
    assert b"CANARY" not in edited(source, ("descrip", Replace("X")))[0]


def test_actions_are_told_file_and_field():
    assert read(edited(GOOD, ("Descrip", Where()))[0]).header["descrip"].item() == b"x.nii|descrip"


def test_names_from_header_fields():
    rule = renaming("{descrip}-{toffset}-{aux_file}.nii")
    assert edited(GOOD, ("descrip", Shout()), filenames=(rule,))[1].name == "_CANARY^ALICE_-0.0-NA.nii"
    with pytest.raises(ActionError):
        edited(GOOD, filenames=(renaming("{nothing}"),))


def test_rules_that_cannot_work_are_errors_of_the_profile():
    rules = [("nope", Remove()), ("dim", Remove()), ("scl_slope", Replace(2)), ("toffset", Shout()), ("magic", Keep())]
    with pytest.raises(ProfileError) as caught:
        edited(GOOD, *rules)
    assert len(caught.value.problems) == 4


def test_the_filename_section_renames_and_copies():
    plan = OpaqueFormat().compile(section("filename", filenames=(renaming("copy-{n}.bin", r"(?P<n>\d+)"),)))
    out, result = run(plan, b"anything", "12-CANARY.bin")
    assert (out, result.name, result.hits) == (b"anything", "copy-12.bin", ())
    with pytest.raises(UnmatchedError):
        run(plan, b"anything", "CANARY.bin")


@pytest.mark.parametrize("packed", [False, True])
def test_a_copy_is_packed_when_its_new_name_says_so(packed):
    source, name, new = (gzip.compress(image()), "a.nii.gz", "x.nii") if packed else (image(), "a.nii", "x.nii.gz")
    out, result = edited(source, ("descrip", Remove()), name=name, filenames=(renaming(new),))
    assert result.name == new
    assert (out[:2] == b"\x1f\x8b") is not packed
    plain, _ = edited(image(), ("descrip", Remove()))
    assert (out if packed else gzip.decompress(out)) == plain
