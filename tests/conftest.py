"""For all tests: the SDK reads how long to wait between tries when it is first imported; a tab of a browser.

No example of Hypothesis fails for its time: a busy machine takes a second for what takes milliseconds elsewhere.
"""

import os

import pytest
from hypothesis import settings

from tests.browser import browser

os.environ.setdefault("FLYWHEEL_SDK_BACKOFF_FACTOR", "0.01")
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened
