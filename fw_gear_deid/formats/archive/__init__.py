"""Archives: zip and tar, read and written member by member.

``base`` is the door: it tells an archive's kind and opens it. Of each ``member``, ``paths`` says whether its path may
be taken; ``deflating`` packs and unpacks, and ``streams`` are for what is too large to be held. ``tar_reading`` and
``tar_writing`` are for tar; ``zip_reading``, by ``zip_directory``, and ``zip_writing``, both with ``zip_records``, for
zip.
"""
