"""The gear: one job, from ``config.json`` to the exit code.

``entry`` opens it. Without a site, ``job`` checks what is asked for (by ``config``), and ``run`` does it; with an API
key, ``site_job`` checks it, and ``site_run`` does it. ``reports`` are what it leaves in its ``folders``,
``job_log`` says how it goes.
"""
