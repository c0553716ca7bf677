"""Pure equilibria of users in few types, on the lattice of counts."""
