"""Checking a gradient against others: by hand, numerical, exact; and the table that explains a graph."""

from ..registry import lazy_names as _lazy_names

# where the public names live
_NAMES = {
    "checker": "check",
    "explanation": "Explanation explain",
    "hints": "Hint",
    "function": "assert_gradients check_function",
    "matrices": "MatrixCheck check_grad check_hessian check_jacobian",
    "numerical": "numerical_gradient",
    "verdicts": "Check",
}
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
