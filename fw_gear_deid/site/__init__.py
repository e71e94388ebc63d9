"""Where copies go: a project of a Flywheel site, or its stand-in, the embedded tree.

On a site, along the way of the data:

=================  ==================================================================================
module             holds
=================  ==================================================================================
``connection``     one connection with one key through the SDK, which asks again while the site is busy
``containers``     containers and files as the API describes them
``client``         reads and writes them
``addresses``      what ``project_path`` names
``key_files``      key files for templates of the profile
``rights``         whether a run may do what it is about to do
``levels``         which profile it uses: the input's, the project's, the group's, the site's
``walking``        the files of a container and of all below it
``orders``         what is exported, and by which profile: one for each subject or session
``exporting``      a whole export, a subject at a time
``identities``     what identifies the subjects (by ``identifiers``): no label and no name repeats it
``labels``         the labels that copies get
``planning``       what copies have beside their bytes: containers, labels, metadata (by ``metadata``)
``fetching``       files downloaded ahead of the work on them
``streaming``      a file read in parts, as an archive is
``mirror``         the destination's containers, found or made
``renewing``       what of their metadata is to be written again
``oddities``       what somebody should look at among them
``uploads``        the destination: whole copies or none
``earlier``        copies that are there already, and what happens to them
``digests``        whether bytes are those that the site has
``exports``        what is recorded of a copy, the overwrite policies
``marks``          the result on the source file
``auditing``       a place on the site as what an audit looks at
``outputs``        what the gear leaves beside its sources, which is never a source itself
``jobs``, batch/   gears and jobs of a site, and many of them
=================  ==================================================================================

Without a site: ``embedded/``, the tree below a folder, with neutral labels (``lineage``), behind the same
``engine.base.Destination``. That the destination is not the source's own project can only be checked on a site: without
one, a run knows no project's label.
"""
