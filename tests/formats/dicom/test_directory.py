from __future__ import annotations

import pytest
from pydicom.data import get_testdata_file

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from tests.formats.dicom.running import section


def test_the_index_of_a_medium_is_refused_under_any_name():
    path = get_testdata_file("DICOMDIR-empty.dcm", download=False)
    assert path is not None
    with open(path, "rb") as file:  # noqa: PTH123  # the path may be of any type
        content = MemoryContent(file.read())
    with pytest.raises(UnreadableError, match="DICOMDIR"):
        DicomFormat().compile(section()).apply(content, FileContext("index.dcm"))
