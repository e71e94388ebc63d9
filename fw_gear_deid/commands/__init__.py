"""What each subcommand of ``fw-deid`` does, once its arguments are read."""
