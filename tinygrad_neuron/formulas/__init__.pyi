"""Writing a graph down: formulas, derivations, listings, source text, spreadsheets.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.formulas.derivation import Derivation as Derivation
from tinygrad_neuron.formulas.derivation import derive as derive
from tinygrad_neuron.formulas.expression import parse as parse
from tinygrad_neuron.formulas.grammar import ExpressionError as ExpressionError
from tinygrad_neuron.formulas.listing import LanguageError as LanguageError
from tinygrad_neuron.formulas.neurons import LayersError as LayersError
from tinygrad_neuron.formulas.script import export as export

__all__ = [
    "Derivation",
    "derive",
    "parse",
    "ExpressionError",
    "LanguageError",
    "LayersError",
    "export",
]
