"""Pure equilibria of payment games, for every share α at once."""
