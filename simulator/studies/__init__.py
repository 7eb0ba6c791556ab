"""Studies: what is built on experiments. `ab` runs a scenario and answers its question."""
