"""Whom files are about, and what the folders of their copies are called.

``attribution`` tells whose local files are, by the ``patients`` whom their headers tell of, ``member_patients`` the
same within an archive. ``map`` holds the codes of subjects, shared with other runs, as a ``table``. ``bids_folders``
are named after the pseudonym; ``folder_names`` takes from others what is known of a subject.
"""
