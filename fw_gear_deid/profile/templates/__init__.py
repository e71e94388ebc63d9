"""Templates: what is put in the place of ``{{ … }}`` in a profile, and the values that may be asked for.

``filling`` finds and fills them, each by its ``expressions``. The values are ``variables``: a row of the ``mapping``,
and the metadata of containers.
"""
