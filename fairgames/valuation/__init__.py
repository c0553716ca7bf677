"""How U is divided: the potential of all profiles, payments at one profile, the rules, the share."""
