"""The pass over one file, over an archive, over many.

====================  ====================================================================================
module                holds
====================  ====================================================================================
``base``              sources, destinations, outcomes: what the others speak of
``sources``           files and folders on disk become sources
``attribution``       whose they are: a first pass over their headers
``patients``          the patients whom files tell of, and which of them a folder is about
``bids_folders``      folders that BIDS names after a subject, named after the pseudonym
``folder_names``      names of other folders, without what is known of a subject
``runs``              the pass over many sources
``in_order``          work in threads, results in order
``files``             the pass over one file, and the boundary no error crosses
``archives``          the pass over one archive, by its ``policy``
``ledger``            what became of the archive's members so far
``member_fields``     the fields of members that its new name asks for
``member_patients``   whose members of an archive are that do not say so
``removals``          what a profile removes, told from its rules
``residuals``         the scan of a copy for what was removed
``archive_scan``      the same for all members, names and comments of an archive
``subject_map``       the codes of subjects, shared with other runs, as a ``subject_table``
``folder``            the destination on disk: copies renamed into place when they are complete
``streams``           bytes that are too many to be held
``silence``           nobody hears what libraries say of values
``versions``          what had a part in a result
====================  ====================================================================================
"""
