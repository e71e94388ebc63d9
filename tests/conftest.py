"""For all tests: the SDK reads how long to wait between tries when it is first imported; a tab of a browser."""

import os

import pytest

from tests.browser import browser

os.environ.setdefault("FLYWHEEL_SDK_BACKOFF_FACTOR", "0.01")


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened
