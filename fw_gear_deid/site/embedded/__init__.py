"""The destination without a site: a tree of folders, with a file of metadata beside each file and container.

``destination`` writes it, copy by copy, each an ``incoming`` file until it is whole; ``copies`` knows what is there.
"""
