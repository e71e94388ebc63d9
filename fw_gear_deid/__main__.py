"""``python -m fw_gear_deid`` is ``fw-deid``."""

from __future__ import annotations

import sys

from fw_gear_deid.cli import main

if __name__ == "__main__":
    sys.exit(main())
