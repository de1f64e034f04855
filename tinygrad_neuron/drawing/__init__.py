"""Pictures of a graph: values, gradients and the local derivatives between them."""
