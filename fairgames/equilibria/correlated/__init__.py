"""Correlated and coarse correlated equilibria: what may be recommended so that nobody gains by doing otherwise."""
