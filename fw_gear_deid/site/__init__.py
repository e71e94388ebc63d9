"""Where copies go: a project of a Flywheel site, or its stand-in, the embedded tree.

=================  ==================================================================================
module             holds
=================  ==================================================================================
``addresses``      what ``project_path`` names
``lineage``        the containers a source file lies in, their salted hashes and neutral labels
``exports``        a source file of a container, what is recorded of its copy, the overwrite policies
``incoming``       a copy being written, measured as it is
``copies``         what lies in the embedded tree already
``metadata``       what a profile exports of the metadata of containers and files
``embedded``       the destination without a site: a tree below a folder
=================  ==================================================================================

The destination on a site, the walk through its containers, their metadata, and the search for profiles come with
their own issue and stand beside ``embedded``, behind the same ``engine.base.Destination``. That the destination is not
the source's own project can only be checked there: without a site, a run knows no project's label.
"""
