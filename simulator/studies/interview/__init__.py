"""Asking a simulated person questions: answered from their own numbers and memories, or by a language model that speaks
for them and is held to what they did."""
