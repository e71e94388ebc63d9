"""The originals of elements, encrypted within the object itself (PS3.15 section E.1, PS3.3 section C.12.1.1.4).

``sealing`` puts them into an ``envelope``, ``opening`` takes them out, by ``keys``; ``recoding`` writes them anew. What
holds no encrypted attributes, and profiles that make none, load none of the ciphers.
"""
