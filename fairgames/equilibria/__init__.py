"""Equilibria of payment games: pure ones for every share at once, branches of two users, certificates."""
