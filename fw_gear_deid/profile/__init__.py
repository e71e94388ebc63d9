"""What to do: YAML becomes immutable, typed, line-numbered values."""
