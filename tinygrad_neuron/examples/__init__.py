"""The programs that `tinygrad-neuron demo NAME` runs; each can be run as a file, too."""

DEMOS = {
    "gradients": "one tanh neuron and its gradients",
    "training": "the same neuron trained with one sample",
    "celsius": "a straight line found with all samples at once",
    "stochastic": "a straight line found with one sample at a time",
    "losses": "four ways to measure an error, raced",
    "momentum": "plain descent, momentum and Adam on one loss surface",
    "normalization": "batch normalization in scalars, derived by hand and checked",
    "network": "a network 2-2-1 by hand, by the engine, by layers and as matrices",
    "moons": "a network that tells two moons apart",
}
