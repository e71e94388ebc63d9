import pytest

from fw_gear_deid.site.client import SiteClient
from tests.flywheel_site.conftest import any_lab, lab

__all__ = ["any_lab", "lab"]


@pytest.fixture
def client(lab):
    with SiteClient(lab.running.api_key(lab.keys["owner"]), lambda _: None) as opened:
        yield opened
