"""Regular expressions of a profile: compiled, taken apart, and looked at for those that can hang a run."""
