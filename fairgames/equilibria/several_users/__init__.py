"""All equilibria of three and more users, mixed ones too, for every share α at once."""
