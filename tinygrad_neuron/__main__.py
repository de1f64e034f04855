"""`python -m tinygrad_neuron` is the command line."""

from .cli import main

raise SystemExit(main())
