"""The gear: one job, from ``config.json`` to the exit code.

``entry`` opens it. ``config`` and ``job`` check what a job asks for, and ``entry`` does it; of a job with an API key,
``site_job`` checks what it asks for, and ``site_run`` does it. ``job_log`` says how it goes.
"""
