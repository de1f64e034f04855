"""For teachers: whole hand-ins and classes graded, worksheets.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.tutoring.deltas import Backpropagation as Backpropagation
from tinygrad_neuron.tutoring.deltas import backpropagation as backpropagation
from tinygrad_neuron.tutoring.exercise import exercise_link as exercise_link
from tinygrad_neuron.tutoring.grading import Grading as Grading
from tinygrad_neuron.tutoring.grading import grade as grade
from tinygrad_neuron.tutoring.questions import QuestionSheet as QuestionSheet
from tinygrad_neuron.tutoring.questions import worksheet as worksheet
from tinygrad_neuron.tutoring.sheet import Worksheet as Worksheet
from tinygrad_neuron.tutoring.sheet import training_sheet as training_sheet

__all__ = [
    "Backpropagation",
    "backpropagation",
    "exercise_link",
    "Grading",
    "grade",
    "QuestionSheet",
    "worksheet",
    "Worksheet",
    "training_sheet",
]
