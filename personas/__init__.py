"""Personas: who a simulated person is, beyond what a log of choices tells. So far people come from logs alone
(`simulator.population`)."""
