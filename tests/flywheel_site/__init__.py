"""A Flywheel site in memory, for tests and for trying things by hand.

The real ``flywheel-sdk`` talks to it over HTTP on the loopback interface. It answers as the SDK's own models and
endpoints say, and refuses what the platform refuses. By hand: ``python -m tests.flywheel_site --help``.
"""

from tests.flywheel_site.serving import Running, serving
from tests.flywheel_site.site import Site

__all__ = ["Running", "Site", "serving"]
