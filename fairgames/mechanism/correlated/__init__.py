"""The platform's best share where a mediator recommends levels: an optimum over correlated equilibria."""

from fairgames.mechanism.correlated.design import CorrelatedDesign, correlated_design

__all__ = ["CorrelatedDesign", "correlated_design"]
