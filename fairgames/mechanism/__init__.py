"""The platform's choice: which share α to pay out (eq. 19), exactly and with proof; and what the answer rests on."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.mechanism.bounded_result import BoundedDesign
    from fairgames.mechanism.budgeted.result import TrainedDesign
    from fairgames.mechanism.comparison import Comparison, compare
    from fairgames.mechanism.correlated.design import CorrelatedDesign, correlated_design
    from fairgames.mechanism.design import Method, Scope, design
    from fairgames.mechanism.logit import LogitDesign
    from fairgames.mechanism.maps import DesignMap, design_map
    from fairgames.mechanism.path_result import PathDesign
    from fairgames.mechanism.private.path import PlanPathDesign
    from fairgames.mechanism.private.ranges import RobustPlanDesign, robust_plan_design
    from fairgames.mechanism.private.refined import Refinement, refined_design
    from fairgames.mechanism.private.result import PlanDesign
    from fairgames.mechanism.result import Choice, Design
    from fairgames.mechanism.robust_design import RobustDesign, robust_design
    from fairgames.mechanism.robustness import robustness
    from fairgames.mechanism.robustness_result import Robustness
    from fairgames.mechanism.selections.selection import Selection
    from fairgames.mechanism.symmetric.design import SymmetricDesign
    from fairgames.mechanism.upper_bound.bound import UpperBound, upper_bound

__all__ = [
    "BoundedDesign",
    "Choice",
    "Comparison",
    "CorrelatedDesign",
    "Design",
    "DesignMap",
    "LogitDesign",
    "Method",
    "PathDesign",
    "PlanDesign",
    "PlanPathDesign",
    "Refinement",
    "RobustDesign",
    "RobustPlanDesign",
    "Robustness",
    "Scope",
    "Selection",
    "SymmetricDesign",
    "TrainedDesign",
    "UpperBound",
    "compare",
    "correlated_design",
    "design",
    "design_map",
    "refined_design",
    "robust_design",
    "robust_plan_design",
    "robustness",
    "upper_bound",
]

on_first_use(
    __name__,
    {
        "bounded_result": "BoundedDesign",
        "budgeted.result": "TrainedDesign",
        "comparison": "Comparison compare",
        "correlated.design": "CorrelatedDesign correlated_design",
        "design": "Method Scope design",
        "logit": "LogitDesign",
        "maps": "DesignMap design_map",
        "path_result": "PathDesign",
        "private.path": "PlanPathDesign",
        "private.ranges": "RobustPlanDesign robust_plan_design",
        "private.refined": "Refinement refined_design",
        "private.result": "PlanDesign",
        "result": "Choice Design",
        "robust_design": "RobustDesign robust_design",
        "robustness": "robustness",
        "robustness_result": "Robustness",
        "selections.selection": "Selection",
        "symmetric.design": "SymmetricDesign",
        "upper_bound.bound": "UpperBound upper_bound",
    },
)
