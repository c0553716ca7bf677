"""Equilibria of many users by best responses: from a profile to one where nobody gains, and along α from there."""
