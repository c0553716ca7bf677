"""Where the platform may keep most at symmetric equilibria of equal users: what selections choose among."""
