"""How fast the engine is, beside ``flywheel-migration`` and beside nothing but inflate and deflate.

``python -m benchmarks`` makes the data sets, runs the contenders in turn, and prints one table.
"""
