"""What the platform keeps at most at any pure equilibrium."""
