"""Payment rules: what is paid at a profile of privacy levels, and what that promises.

================ =============================================== ========= ================= ===========
name             values                                          add up    divides           potential
================ =============================================== ========= ================= ===========
users            Shapley's among the users (Theorem 2)           yes       α·U or α(U)·U     exact
coalition        Shapley's, the platform a member (Theorem 1)    yes       U                 exact
banzhaf          Banzhaf's                                       no        α or α(U) of Σφ   exact
proportional     U in proportion to the levels (Hu & Gong 2020)  yes       α·U or α(U)·U     none
equal-split      the same for all who share                      yes       α·U or α(U)·U     none
per-record       U in proportion to the samples                  yes       α·U or α(U)·U     none
leave-one-out    what would be lost without the user             no        α or α(U) of Σφ   exact
weighted-shapley dividends in proportion to weights (samples)    yes       α·U or α(U)·U     weighted
nucleolus        the worst excess of a coalition is least        yes       α·U or α(U)·U     none
================ =============================================== ========= ================= ===========

One of your own: docs/add-a-rule.md.
"""

from fairgames.valuation.rules.base import Coalitions, PotentialKind, Rule
from fairgames.valuation.rules.by_samples import PerRecord, WeightedShapley
from fairgames.valuation.rules.equal import EqualSplit
from fairgames.valuation.rules.fair import COALITION, USERS, Fair
from fairgames.valuation.rules.leave_one_out import LeaveOneOut
from fairgames.valuation.rules.nucleolus import Nucleolus
from fairgames.valuation.rules.parts import Parts
from fairgames.valuation.rules.proportional import Proportional
from fairgames.valuation.rules.registry import GROUP, RULES, rule_names, to_rule
from fairgames.valuation.rules.semivalues import Banzhaf, Semivalue

__all__ = [
    "COALITION",
    "GROUP",
    "RULES",
    "USERS",
    "Banzhaf",
    "Coalitions",
    "EqualSplit",
    "Fair",
    "LeaveOneOut",
    "Nucleolus",
    "Parts",
    "PerRecord",
    "PotentialKind",
    "Proportional",
    "Rule",
    "Semivalue",
    "WeightedShapley",
    "rule_names",
    "to_rule",
]
