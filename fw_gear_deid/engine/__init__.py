"""The pass over one file, over an archive, over many."""
