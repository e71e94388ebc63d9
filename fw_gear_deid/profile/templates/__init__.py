"""Templates: what is put in the place of ``{{ … }}`` in a profile, and the values that may be asked for."""
