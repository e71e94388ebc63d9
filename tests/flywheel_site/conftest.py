import pytest

from tests.flywheel_site.lab import open_lab


@pytest.fixture(params=[True, False], ids=["signed uploads", "plain uploads"])
def any_lab(request):
    with open_lab(signed_urls=request.param) as opened:
        yield opened


@pytest.fixture
def lab():
    with open_lab() as opened:
        yield opened
