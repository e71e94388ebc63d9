"""DICOM, edited byte by byte.

::

    bytes ─▶ layout (preamble, meta, data set) ─▶ scanner (spans) ─▶ editor (rules → splices) ─▶ document (copy)

``streamed_layout`` passes over pixel data that are too large to be held.

``names``, ``rules`` and ``levels`` compile a profile's section into tables; ``coding`` tells action codes what the
object must have, ``safe_private`` and ``stamping`` add rules of their own, ``own_actions`` are those that no profile
names. ``objections`` tell what cannot be, ``advice`` and ``references`` what is doubtful.

``making`` runs the steps of one element, ``creating`` those of elements that are missing; ``fields`` are what they ask
for beside it, ``values`` and ``character_sets`` decode and encode, ``dummies`` says nothing, and ``memo`` remembers.
``scope`` is what is known of the data set at hand; ``record`` keeps what was done; ``splicing`` puts the copy together.
``pixels/`` has been there before all of it. All go by ``syntax``, and by ``tags`` that have a name.

``encryption/`` keeps originals within the object for whoever has the key.

``original`` is a file as it came. What it says at its top level is read by ``texts``: its ``subject``, the ``age``,
what raises ``gates``. ``listing`` reads lists of elements that people keep in tables.
"""
