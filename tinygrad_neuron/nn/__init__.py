"""Neurons, layers and small networks of Values; losses, optimizers, training, and plots of it."""

from ..registry import lazy_names

# where the public names live; no module here is called like one of them
_NAMES = {
    "checkpoint": "CheckpointError",
    "data": "DataError Rows rows",
    "fitting": "fit",
    "formula": "Formula",
    "history": "History",
    "initialization": "he uniform xavier",
    "losses": "absolute_error binary_cross_entropy cross_entropy half_squared_error hinge huber mean_squared_error",
    "model_file": "ModelFileError load_model save_model",
    "module": "MLP Layer Module Neuron",
    "optimizers": "SGD Adam AdamW Optimizer RMSProp clip_gradients cosine_decay exponential_decay step_decay",
    "plots": "PlotsMissingError activation_curve animate decision_boundary error_curve gradient_curves loss_curve "
    "loss_surface parameter_curves prediction_line save_figure",
    "samples": "circles moons wave xor",
}
__all__, __getattr__, __dir__ = lazy_names(__name__, _NAMES)
