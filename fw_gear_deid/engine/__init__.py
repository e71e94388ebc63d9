"""The pass over one file, over an archive, over many.

====================  ====================================================================================
module                holds
====================  ====================================================================================
``base``              sources, destinations, outcomes: what the others speak of
``sources``           files and folders on disk become sources
``subjects/``         whose they are, and what the folders of copies are called
``runs``              the pass over many sources
``bench``             what the work on all of them shares
``placing``           their copies on the way to their place, a folder's together
``in_order``          work in threads, results in order
``files``             the pass over one file, and the boundary no error crosses
``archives``          the pass over one archive, by its ``policy``
``ledger``            what became of the archive's members so far
``member_fields``     the fields of members that its new name asks for
``removals``          what a profile removes, told from its rules
``residuals``         the scan of a copy for what was removed
``archive_scan``      the same for all members, names and comments of an archive
``folder``            the destination on disk: copies renamed into place when they are complete
``streams``           bytes that are too many to be held
``silence``           nobody hears what libraries say of values
``versions``          what had a part in a result
====================  ====================================================================================
"""
