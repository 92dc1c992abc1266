"""Dumps in which every text is marked: what `canary.py` writes, by form of dump."""
