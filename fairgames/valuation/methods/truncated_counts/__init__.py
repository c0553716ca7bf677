"""Payments of very many users of few kinds: sums over the likely counts of random coalitions."""
