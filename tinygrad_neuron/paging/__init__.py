"""Interactive pages: a graph to step through, to change and to differentiate by hand, in one file."""
