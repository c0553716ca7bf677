"""All equilibria of two users, mixed ones too, for every share α at once."""
