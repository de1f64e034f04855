"""The target "native": machine code by LLVM (the extra `native`), with the C maths library's functions."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from ..formulas.listing import Listing, statements
from ..formulas.llvm import module_of
from ..registry import import_extra

LEVEL = 2  # of optimization, as in gcc -O2
SLOW = 4000  # lines: above that the cheaper level of optimization, whose code is hardly slower
QUICK_PASSES = ("sroa", "always_inliner", "global_dead_code_eliminate", "sroa", "instruction_combine", "simplify_cfg")


class NativeMissingError(RuntimeError):
    """llvmlite isn't installed."""


def _llvm() -> Any:
    remedy = "the target native needs llvmlite: pip install 'tinygrad_neuron[native]'"
    llvm = import_extra("llvmlite.binding", NativeMissingError(remedy))
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


class Library:
    """Machine code for some listings, and for loops over them.

    Args:
        listings: by the names of their functions.
        loops: further functions in LLVM's language, that call those.
        quick: whether to be done in a fraction of the time, with code that
            takes half as long again; it computes the same bits.
    """

    def __init__(self, listings: dict[str, Listing], loops: str = "", *, quick: bool = False) -> None:
        llvm = _llvm()
        # the engine takes the machine over, so that each library needs one of its own
        machine = llvm.Target.from_default_triple().create_target_machine(opt=0 if quick else LEVEL)
        self.source: str = module_of(listings) + loops
        module = llvm.parse_assembly(self.source)
        module.verify()
        module.triple, module.data_layout = llvm.get_default_triple(), str(machine.target_data)
        large = sum(len(statements(listing.program)) for listing in listings.values()) > SLOW
        options = llvm.create_pipeline_tuning_options(speed_level=1 if large else LEVEL)
        options.slp_vectorization = not large
        builder = llvm.create_pass_builder(machine, options)
        passes = llvm.create_new_module_pass_manager() if quick else builder.getModulePassManager()
        for name in QUICK_PASSES if quick else ():
            getattr(passes, f"add_{name}_pass")()
        passes.run(module, builder)
        self._engine = llvm.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        """A function by its name, to be called through ctypes; the library has to be kept."""
        return ctypes.CFUNCTYPE(result, *arguments)(self._engine.get_function_address(name))


DOUBLES = ctypes.POINTER(ctypes.c_double)


class NativeStep:
    """One listing as machine code.

    Args:
        listing: of numbers to numbers.
    """

    def __init__(self, listing: Listing) -> None:
        self.n_inputs: int = len(listing.inputs)
        self.n_outputs: int = len(listing.outputs)
        self._library = Library({"step": listing})
        self.source: str = self._library.source
        self._step = self._library.function("step", ctypes.c_bool, DOUBLES, DOUBLES)

    def __call__(self, numbers: Sequence[float]) -> list[float] | None:
        """The outputs; None if a guard doesn't hold."""
        # buffers of each call's own: ctypes lets other threads run meanwhile
        given, found = (ctypes.c_double * max(1, self.n_inputs))(*numbers), (ctypes.c_double * max(1, self.n_outputs))()
        return found[: self.n_outputs] if self._step(given, found) else None
