"""The journal: what happened on every page, committed turn by turn, kept as Parquet with one row an impression."""
