"""Upper bounds on what the platform keeps at any pure equilibrium."""
