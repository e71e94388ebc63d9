"""The privacy benchmark: patients who never lived, an answer key, and a judge from outside, in the manner of MIDI-B."""
