"""For all tests: the SDK reads how long to wait between tries when it is first imported."""

import os

os.environ.setdefault("FLYWHEEL_SDK_BACKOFF_FACTOR", "0.01")
