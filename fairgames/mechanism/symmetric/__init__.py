"""The platform's share where all users are alike and play alike (Theorem 3), for any number of levels."""

from fairgames.mechanism.symmetric.design import SymmetricDesign, optimum, symmetric_design

__all__ = ["SymmetricDesign", "optimum", "symmetric_design"]
