"""Texts with and without persons in them, and what `clean` makes of them."""
