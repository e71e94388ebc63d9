"""What is told: the log of values, the export table, the report."""
