"""What is told of a run.

``log`` and ``maps`` hold values, and ``table`` holds names: they stay at the source's side. The report (``summary``)
holds neither: it is written as JSON, and by ``page`` as HTML, summed up by ``series`` and ``digest``. ``trial`` (with
``thumbnails``) and ``audit`` make the pages of ``fw-deid test`` and ``fw-deid check``. ``files`` creates them.
"""
