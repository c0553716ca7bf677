"""Where the platform may keep most at symmetric equilibria of equal users: what selections choose among.

Mixed equilibria are algebraic numbers on curves over α, so that each selection is followed along them by a way
of its own; which of its candidates wins is decided as everywhere (:mod:`fairgames.mechanism.choosing`).
"""
