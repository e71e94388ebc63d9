"""Regular expressions of a profile.

``compiling`` compiles them, or says why not. ``parsing`` takes them apart; ``backtracking`` finds those that can hang a
run.
"""
