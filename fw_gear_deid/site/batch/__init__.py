"""Many jobs of the gear through a site's job engine.

=============  ==================================================================
module         holds
=============  ==================================================================
``choosing``   which sessions, or files of acquisitions, of a project
``wanted``     a table that names them
``ordering``   what each job is to do: gear, settings, fixed inputs
``state``      what has been queued, in a file that survives the terminal
``watching``   slices are queued, watched, and retried where they fail
``results``    the table of what became of them
=============  ==================================================================
"""
