"""Users in types: U, P, payments and equilibria on the lattice of counts."""
