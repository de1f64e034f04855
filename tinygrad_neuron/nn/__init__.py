"""Neurons, layers and small networks of Values; losses, optimizers, training, and plots of it."""

from ..registry import lazy_names as _lazy_names

# where the public names live; no module here is called like one of them
_NAMES = {
    "checkpoint": "CheckpointError",
    "data": "DataError Samples read_samples",
    "divergence": "Divergence",
    "fitting": "fit",
    "formula": "Formula",
    "history": "History",
    "initialization": "he uniform xavier",
    "losses": "absolute_error binary_cross_entropy cross_entropy half_squared_error hinge huber mean_squared_error",
    "model_file": "ModelFileError load_model save_model",
    "module": "MLP Layer Module Neuron",
    "optimizers": "SGD Adam AdamW Optimizer RMSProp clip_gradients cosine_decay exponential_decay step_decay",
    "plots": "PlotsMissingError plot_activation animate plot_decision_boundary plot_error plot_gradients plot_loss "
    "plot_loss_surface plot_parameters plot_predictions save_figure",
    "diagnosis": "Diagnosis",
    "samples": "make_circles make_moons make_wave make_xor",
}
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
