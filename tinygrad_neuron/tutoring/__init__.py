"""For teachers: whole hand-ins and classes graded, worksheets."""

from ..registry import lazy_names as _lazy_names

# where the public names live
_NAMES = {
    "deltas": "Backpropagation backpropagation",
    "exercise": "exercise_link",
    "grading": "Grading grade",
    "questions": "QuestionSheet worksheet",
    "sheet": "Worksheet training_sheet",
}
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
