"""Build an expression, see its backpropagation graph, and trust its gradients."""

from .registry import lazy_names as _lazy_names

__version__ = "0.1.0"
# which room has each public name; a name is imported when it is asked for, so that a start takes no time
_NAMES = {
    "checking": "assert_gradients check check_function check_grad check_hessian check_jacobian explain "
    "numerical_gradient",
    "compiling": "NativeMissingError compile matrices",
    "drawing": "GraphTooLargeError RendererMissingError draw frames",
    "files": "GraphFileError dumps load loads save",
    "formulas": "ExpressionError LanguageError LayersError derive export parse",
    "graph": "StaleGraphError first_non_finite grad gradient hessian hvp is_stale jacobian jvp kinks replay taylor "
    "value_and_grad vjp",
    "nn": "CheckpointError DataError ModelFileError PlotsMissingError",
    "ops": "abs acos acosh add asin asinh atan atan2 atanh cbrt cbrt_slope clip cos cosh div dot elu entropy equal "
    "erf erfc exp exp2 exp_difference expm1 floor gaussian gelu gelu_slope hypot identity leaky_relu less "
    "less_equal log log10 log1p log2 log_sigmoid log_softmax logaddexp logsumexp masked maximum mean minimum "
    "mul neg nonnegative norm one_minus_squared pow refined relu sech_squared share sigmoid sigmoid_slope sign "
    "silu sin sinh softmax softplus sqrt squared step stop_gradient sub sum surprise tan tanh where xlogy",
    "paging": "LessonError lesson page widget",
    "primitives": "MissingRuleError primitive",
    "tutoring": "backpropagation grade training_sheet worksheet",
    "recording": "keep_sources no_grad scope",
    "value": "Value engine topological_order variables",
}
_ROOMS = "checking compiling drawing formulas micrograd nn ops paging testing tutoring"
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES, _ROOMS)
