"""Speed side by side with others, as a table: python tests/benchmarks/speed.py

Peers are measured where they are installed (the extra `bench`), C and Rust where a compiler is there. Rounds alternate
between the two sides; a ratio is the median of paired rounds, with the lowest and the highest.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import itertools
import math
import random
import runpy
import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from string import Template
from types import SimpleNamespace
from typing import Any

from rich.console import Console
from rich.table import Table

from tinygrad_neuron import Value, compile, dot, tanh
from tinygrad_neuron.compiling.native import DOUBLES, Library
from tinygrad_neuron.compiling.trace import bind_arguments, make_code, trace
from tinygrad_neuron.compiling.training import TrainingLoop
from tinygrad_neuron.formulas.dialects import C
from tinygrad_neuron.formulas.listing import printed
from tinygrad_neuron.formulas.listing import statements as statements_of
from tinygrad_neuron.formulas.llvm import SPELLED
from tinygrad_neuron.nn import MLP, SGD, Formula, half_squared_error

ROUNDS = 9
Row = tuple[str, str, str, str, str]


def seconds(run: Callable[[], Any], repeats: int) -> float:
    """Of one call, in a round of several."""
    began = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - began) / repeats


def paired(
    ours: Callable[[], Any], theirs: Callable[[], Any], ours_times: int = 1, theirs_times: int = 1
) -> tuple[float, float, list[float]]:
    """The medians of both sides' seconds, and the ratios theirs / ours of all rounds, sorted."""
    ours(), theirs()
    rounds = []
    for _ in range(ROUNDS):
        gc.collect()
        rounds.append((seconds(ours, ours_times), seconds(theirs, theirs_times)))
    first, second = (statistics.median(column) for column in zip(*rounds, strict=True))
    return first, second, sorted(b / a for a, b in rounds)


def row(what: str, peer: str, measured: tuple[float, float, list[float]]) -> Row:
    """A line of the table."""
    first, second, ratios = measured
    spread = f"{statistics.median(ratios):,.3g} ({ratios[0]:,.3g} to {ratios[-1]:,.3g})"
    return what, f"{1e6 * first:,.3g}", peer, f"{1e6 * second:,.3g}", spread


# ---------------------------------------------------------------- eager
def tiny(value: Callable[[float], Any]) -> Callable[[], Any]:
    """The tiny graph of the BurTorch paper (arXiv 2503.13795), with floats alone: minigrad misreads integers."""

    def run() -> Any:
        a, b = value(-41.0), value(2.0)
        c = a + b
        d = a * b + b**3.0
        e = c - d
        f = e**2.0
        g = f / 2.0
        g.backward()
        return a, b

    return run


def mlp_rows() -> Iterator[Row]:
    """The network 2-16-16-1 with the project's own layers, against micrograd's."""
    from micrograd.engine import Value as Peer
    from micrograd.nn import MLP as PeerNetwork  # noqa: N811 (as it is called there)

    ours, theirs = MLP([2, 16, 16, 1], "relu", seed=1), PeerNetwork(2, [16, 16, 1])

    def step() -> None:
        (ours([0.3, -0.7])[0] - 1.0).squared().backward()

    def peer_step() -> None:
        ((theirs([Peer(0.3), Peer(-0.7)]) - 1.0) ** 2).backward()

    yield row("MLP 2-16-16-1, a sample, nn", "micrograd", paired(step, peer_step, 20, 4))


def tiny_rows() -> Iterator[Row]:
    """The tiny graph, eager and compiled, against all that can be run here."""
    ours = tiny(Value)
    assert [each.grad for each in ours()] == [-35.0, 1050.0]
    a, b = Value(-41.0, label="a"), Value(2.0, label="b")
    d = a * b + b**3
    graph = ((a + b) - d) ** 2 / 2
    for name, peer in tiny_peers():
        yield row("tiny graph, eager", name, paired(ours, peer, *[50 if name == "minigrad" else 200] * 2))
    step = compile(lambda a, b: (((a + b) - (a * b + b**3)) ** 2) / 2, (0, 1))
    yield row("tiny graph, compile", "our eager", paired(lambda: step(-41.0, 2.0), ours, 2000, 200))
    program = program_of(graph, [a, b])
    count = 100_000
    inputs, outputs = (ctypes.c_double * (2 * count))(*[-41.0, 2.0] * count), (ctypes.c_double * (3 * count))()
    if shutil.which("gcc"):
        run = c_loop(graph, [a, b])
        measured = paired(lambda: program.run(inputs, outputs, count), lambda: run(inputs, outputs, count), 5, 5)
        yield row(f"tiny graph, native loop of {count:,}", "gcc -O2", measured)
        assert outputs[:3] == [612.5, -35.0, 1050.0]


def tiny_peers() -> Iterator[tuple[str, Callable[[], Any]]]:
    if find_spec("micrograd"):
        from micrograd.engine import Value as Micrograd

        yield "micrograd", tiny(Micrograd)
    if find_spec("minigrad"):
        from minigrad import Value as Minigrad

        yield "minigrad", tiny(Minigrad)  # it crashes after some thousand runs
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        yield "PyTorch eager", tiny(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))
    if find_spec("autograd"):
        from autograd import grad

        slope = grad(lambda p: (((p[0] + p[1]) - (p[0] * p[1] + p[1] ** 3)) ** 2) / 2)
        yield "HIPS autograd", lambda: slope([-41.0, 2.0])
    if find_spec("xad"):
        yield "XAD", tiny_on_a_tape()
    if find_spec("hyperjet"):  # forward mode, with all derivatives at once
        from hyperjet import DScalar

        def jets() -> Any:
            a, b = DScalar.variables([-41.0, 2.0])
            return ((((a + b) - (a * b + b**3)) ** 2) / 2).g

        yield "hyperjet", jets
    if find_spec("jax"):
        import jax

        slope_of = jax.jit(jax.value_and_grad(lambda a, b: (((a + b) - (a * b + b**3)) ** 2) / 2, (0, 1)))
        yield "JAX jit", lambda: slope_of(-41.0, 2.0)[0].block_until_ready()


def tiny_on_a_tape() -> Callable[[], Any]:
    """The tiny graph on XAD's tape, which is kept from run to run."""
    from xad.adj_1st import Real, Tape

    tape = Tape()

    def run() -> Any:
        tape.activate()
        tape.clearAll()
        a, b = Real(-41.0), Real(2.0)
        tape.registerInput(a), tape.registerInput(b)
        tape.newRecording()
        g = (((a + b) - (a * b + b**3)) ** 2) / 2
        tape.registerOutput(g)
        g.setDerivative(1.0)
        tape.computeAdjoints()
        found = a.getDerivative(), b.getDerivative()
        tape.deactivate()
        return found

    assert run() == (-35.0, 1050.0)
    return run


# ---------------------------------------------------------------- compiled
def neuron_rows() -> Iterator[Row]:
    """A neuron with 16 weights over 256 samples."""
    from micrograd.engine import Value as Peer

    chance = random.Random(0)
    weights, bias = [chance.uniform(-1, 1) for _ in range(16)], 0.1
    data = [([chance.uniform(-1, 1) for _ in range(16)], chance.uniform(-1, 1)) for _ in range(256)]
    step = compile(lambda w, b, x, t: (tanh(dot(w, x) + b) - t) ** 2, ("w", "b"))

    def ours() -> None:
        for x, t in data:
            step(weights, bias, x, t)

    leaves, peer_bias = [Peer(w) for w in weights], Peer(bias)

    def theirs() -> None:
        for x, t in data:
            net = sum((w * xi for w, xi in zip(leaves, x, strict=True)), peer_bias)
            doubled = 2 * net
            output = (exponential(doubled) - 1) / (exponential(doubled) + 1)
            ((output - t) ** 2).backward()

    def exponential(x: Any) -> Any:
        out = Peer(math.exp(x.data), (x,), "exp")

        def backward() -> None:
            x.grad += out.data * out.grad

        out._backward = backward
        return out

    yield row("neuron, 16 weights, 256 samples, python", "micrograd", paired(ours, theirs, 10))


def sample_of(network: MLP) -> tuple[Callable[..., Any], list[float]]:
    def loss(x: Any, y: Any) -> Any:
        return (network(x)[0] - y) ** 2

    return loss, [0.3, -0.7, 1.0]


def native_rows() -> Iterator[Row]:
    """One sample of the network 2-16-16-1 in machine code."""
    from micrograd.engine import Value as Peer
    from micrograd.nn import MLP as PeerNetwork  # noqa: N811 (as it is called there)

    network, peer = MLP([2, 16, 16, 1], "relu", seed=1), PeerNetwork(2, [16, 16, 1])
    loss, _ = sample_of(network)
    traced = trace(loss, bind_arguments(loss, ([0.3, -0.7], 1.0), {}))
    code = make_code(traced, network.parameters(), SPELLED)
    program, count = Rows(code.listing), 1000
    numbers = [0.3, -0.7, 1.0, *(leaf.data for leaf in traced.captured)]
    inputs = (ctypes.c_double * (len(numbers) * count))(*numbers * count)
    outputs = (ctypes.c_double * (program.n_outputs * count))()

    def ours() -> None:
        program.run(inputs, outputs, count)

    def theirs() -> None:
        ((peer([Peer(0.3), Peer(-0.7)]) - 1.0) ** 2).backward()

    def per_sample(measured: tuple[float, float, list[float]], samples: int) -> tuple[float, float, list[float]]:
        first, second, ratios = measured
        return first / count, second / samples, [each * count / samples for each in ratios]

    statements = len(statements_of(code.listing.program))
    yield row(
        f"MLP 2-16-16-1, a sample, native ({statements} lines)", "micrograd", per_sample(paired(ours, theirs, 20), 1)
    )
    if shutil.which("gcc"):
        run = c_of(code.listing)
        measured = paired(ours, lambda: run(inputs, outputs, count), 20, 20)
        yield row("the same", "gcc -O2", per_sample(measured, count))
    if find_spec("casadi"):
        yield row("the same", "CasADi", per_sample(paired(ours, casadi_of(network, count), 20, 2), count))


def casadi_of(network: MLP, count: int) -> Callable[[], Any]:
    """The same losses and gradients in CasADi's virtual machine, a loop over samples of its own."""
    import casadi

    parameters, x = casadi.SX.sym("p", len(network.parameters())), casadi.SX.sym("x", 3)
    places = iter(range(len(network.parameters())))
    values: list[Any] = [x[0], x[1]]
    for layer in network.layers:
        outputs = []
        for neuron in layer.neurons:
            weights = [parameters[next(places)] for _ in neuron.weights]
            net = sum(w * v for w, v in zip(weights, values, strict=True)) + parameters[next(places)]
            outputs.append(casadi.fmax(net, 0) if neuron.activation == "relu" else net)
        values = outputs
    loss = (values[0] - x[2]) ** 2
    function = casadi.Function("f", [x, parameters], [loss, casadi.gradient(loss, parameters)]).map(count)
    points = casadi.repmat(casadi.DM([0.3, -0.7, 1.0]), 1, count)
    numbers = casadi.repmat(casadi.DM([p.data for p in network.parameters()]), 1, count)
    return lambda: function(points, numbers)


class Rows:
    """A listing as machine code in a loop over rows of inputs that lie one after the other."""

    def __init__(self, listing: Any) -> None:
        self.n_outputs = len(listing.outputs)
        loop = Template((Path(__file__).parent / "map.ll").read_text(encoding="utf-8"))
        text = loop.substitute(inputs=len(listing.inputs), outputs=self.n_outputs)
        self._library = Library({"step": listing}, text)
        self._map = self._library.function("map", ctypes.c_int64, DOUBLES, DOUBLES, ctypes.c_int64)

    def run(self, inputs: Any, outputs: Any, count: int) -> None:
        """Run over so many rows."""
        assert self._map(*(ctypes.cast(each, DOUBLES) for each in (inputs, outputs)), count) == -1


def program_of(root: Value, leaves: list[Value]) -> Rows:
    from tinygrad_neuron.compiling.trace import trace_graph

    return Rows(make_code(trace_graph(root), leaves, SPELLED).listing)


def c_loop(root: Value, leaves: list[Value]) -> Any:
    from tinygrad_neuron.compiling.trace import trace_graph

    return c_of(make_code(trace_graph(root), leaves, C.spelled).listing)


def c_of(listing: Any) -> Any:
    """The same listing by gcc -O2, with a loop over rows."""
    text = printed(listing, C, inline=False)
    lines = ["#include <math.h>", "static int f(const double *in, double *out) {"]
    lines += [f"const double {name} = in[{k}];" for k, name in enumerate(text.inputs)]
    lines += [f"const double {name} = {expression};" for name, expression in text.statements if name]
    lines += [f"out[{k}] = {each};" for k, each in enumerate(text.outputs)]
    lines += ["return 1; }", "void rows(const double *in, double *out, long n) {"]
    lines += [f"for (long k = 0; k < n; k++) f(in + k * {len(text.inputs)}, out + k * {len(text.outputs)}); }}"]
    folder = Path(tempfile.mkdtemp())
    (folder / "f.c").write_text("\n".join(lines))
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", "f.so", "f.c", "-lm"], cwd=folder, check=True)
    rows = ctypes.CDLL(str(folder / "f.so")).rows
    rows.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
    return lambda inputs, outputs, count: rows(ctypes.addressof(inputs), ctypes.addressof(outputs), count)


def compile_rows() -> Iterator[Row]:
    """How long 20,000 statements take."""
    network = MLP([2, 62, 62, 1], "relu", seed=1)
    loss, _ = sample_of(network)
    traced = trace(loss, bind_arguments(loss, ([0.3, -0.7], 1.0), {}))
    began = time.perf_counter()
    code = make_code(traced, network.parameters(), SPELLED)
    Rows(code.listing)
    took = time.perf_counter() - began
    yield f"compile {len(statements_of(code.listing.program)):,} statements, native", f"{1e6 * took:,.3g}", "", "", ""


RUST = """
use std::hint::black_box;
#[no_mangle]
pub extern "C" fn train(weight: *mut f64, bias: *mut f64, steps: u64) {
    let (mut w, mut b) = unsafe { (*weight, *bias) };
    let (x, target, rate) = (black_box(0.01), black_box(0.1), black_box(0.01));
    for _ in 0..steps {
        let y = (x * w + b).tanh();
        let d = (y - target) * (1.0 - y * y);
        w -= rate * d * x;
        b -= rate * d;
    }
    unsafe { *weight = w; *bias = b; }
}
"""


def training_rows() -> Iterator[Row]:
    """The 100,000 steps of the second article."""

    def built() -> tuple[TrainingLoop, SGD]:
        model = Formula("tanh(input*weight + bias)", ["input"], {"weight": 0.5, "bias": 0.5})
        descent = SGD(model.parameters(), 0.01)
        return TrainingLoop(
            lambda x, t: half_squared_error(model(x), t), [(0.01,)], [(0.1,)], descent,
            mean=False, clip=None,
        ), descent  # fmt: skip

    def steps(loop: TrainingLoop, descent: SGD) -> None:
        descent.numbers, descent.steps = [0.5, 0.5], 0
        loop.run([[0]], 100_000, watch=False)
        assert descent.numbers == [0.4959537581015022, 0.09537581015006125]

    def by_hand() -> None:
        w = b = 0.5
        for _ in range(100_000):
            y = math.tanh(0.01 * w + b)
            d = (y - 0.1) * (1 - y * y)
            w -= 0.01 * d * 0.01
            b -= 0.01 * d

    loop = built()
    for _ in range(6):  # from half a million samples on it is compiled thoroughly
        steps(*loop)
    if shutil.which("rustc"):
        folder = Path(tempfile.mkdtemp())
        (folder / "b.rs").write_text(RUST)
        subprocess.run(["rustc", "-O", "--crate-type=cdylib", "-o", "b.so", "b.rs"], cwd=folder, check=True)
        rust = ctypes.CDLL(str(folder / "b.so")).train

        def theirs() -> None:
            w, b = ctypes.c_double(0.5), ctypes.c_double(0.5)
            rust(ctypes.byref(w), ctypes.byref(b), ctypes.c_uint64(100_000))
            assert (w.value, b.value) == (0.4959537581015022, 0.09537581015006125)

        yield row("100,000 training steps, native", "Rust", paired(lambda: steps(*loop), theirs))
    yield row("tracing, compiling and running them", "by hand in Python", paired(lambda: steps(*built()), by_hand))


def array_rows() -> Iterator[Row]:
    """A neuron on a million samples."""
    import numpy as np

    step = compile(lambda w, b, x, t: (tanh(w * x + b) - t) ** 2, ("w", "b"), "array")
    x = np.linspace(-2, 2, 1_000_000)
    t = np.tanh(1.5 * x)

    def ours() -> list[Any]:
        return step(0.5, 0.1, x, t)[1]  # type: ignore[no-any-return]

    def theirs() -> list[Any]:
        y = np.tanh(0.5 * x + 0.1)
        e = y - t
        _ = e**2
        d = 2 * e * (1 - y * y)
        return [d * x, d]

    assert all(np.allclose(a, b) for a, b in zip(ours(), theirs(), strict=True))
    yield row("a neuron on 10⁶ samples, array", "NumPy by hand", paired(ours, theirs))


def transformer_rows() -> Iterator[Row]:
    """A step of the example's transformer, recorded anew and compiled once for a piece of 8 characters."""
    from tinygrad_neuron.nn import cross_entropy

    program = Path(__file__).parents[2] / "docs" / "examples" / "transformer.py"
    transformer = SimpleNamespace(**runpy.run_path(str(program)))
    model = transformer.Transformer()
    numbers = [transformer.LETTERS.index(letter) for letter in transformer.TEXT[:9]]

    def eager() -> None:
        cross_entropy(model(numbers[:-1]), numbers[1:]).backward()

    step = compile(cross_entropy(model(numbers[:-1]), numbers[1:]), model.parameters(), "native")
    yield row("transformer, 8 characters, compile native", "our eager", paired(step, eager, 20))

    def anew() -> None:
        compile(cross_entropy(model(numbers[:-1]), numbers[1:]), model.parameters(), "python")()

    yield row("the same, each step recorded and compiled anew", "our eager", paired(anew, eager))


# ---------------------------------------------------------------- scale
def scale_rows() -> Iterator[Row]:
    """A node recorded, differentiated and discarded, from 10³ to 10⁶ nodes, and its bytes."""
    gc.collect()
    gc.freeze()  # what the peers have loaded is nothing that the collector should walk through here
    for collector in ("on", "off"):
        base = None
        for size in (10**3, 10**4, 10**5, 10**6):

            def run(size: int = size) -> None:
                chain_of(size)(Value(0.5)).backward()

            gc.collect()
            (gc.enable if collector == "on" else gc.disable)()
            each = min(seconds(run, 10**6 // size) for _ in range(3)) / size
            base = base or each
            what = f"a node, of {size:,}, eager, collector {collector}"
            yield what, f"{1e6 * each:.3f}", "of 1,000", f"{1e6 * base:.3f}", f"{base / each:.2f}"
    gc.enable()
    gc.unfreeze()
    for size in (10**3, 10**4, 10**5):
        for target, calls in (("python", 10**6), ("native", 10**7)):
            step = compile(chain_of(size), 0, target)
            each = min(seconds(functools.partial(step, 0.5), calls // size) for _ in range(3)) / size
            yield f"a node, of {size:,}, {target}", f"{1e6 * each:.4f}", "", "", ""
    tracemalloc.start()
    root = chain_of(10**5)(Value(0.5))
    root.backward()
    yield "bytes of a node with its gradient", f"{tracemalloc.get_traced_memory()[0] / 1e5:.0f}", "", "", ""
    tracemalloc.stop()


def chain_of(size: int) -> Callable[[Any], Any]:
    """A function that makes a graph of so many nodes, one after the other."""

    def chain(x: Any) -> Any:
        y = x
        for _ in range(size // 2):
            y = y * x + x
        return y

    return chain


GROUPS = (
    mlp_rows,
    tiny_rows,
    neuron_rows,
    native_rows,
    compile_rows,
    training_rows,
    array_rows,
    transformer_rows,
    scale_rows,
)


def main() -> None:
    """Measure and print the table."""
    table = Table("what", "µs", "against", "µs", "times as fast: median of pairs (range)", title="engine: plain Python")
    for each in itertools.chain.from_iterable(group() for group in GROUPS):
        table.add_row(*each)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
