// Python in WebAssembly, without a process or a network: the wheel draws, and makes a page and a notebook's output.
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.name}: ${error.message}\n`); // without the source of the whole interpreter
  process.exit(1);
});
const [wheel, packages] = process.argv.slice(2);
const pyodide = await loadPyodide({ stdout: () => {} });
pyodide.FS.mkdirTree("/packages");
pyodide.mountNodeFS("/packages", packages);
pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
const found = pyodide.runPython(`
import json, sys
sys.path.append("/packages")
from tinygrad_neuron import Value, draw, frames, page, variables
from tinygrad_neuron.nn import MLP

x, w = variables(x=3.0, w=2.0)
y = (x * w).tanh()
y.label = "y"
y.backward()
(out,) = MLP([2, 8, 8, 1], seed=1)([0.9, -0.4])
out.backward()

def chain(n):  # as deep as it is long
    end = start = Value(0.5, label="x")
    for _ in range(n):
        end = end * 0.999 + start * 1e-6
    end.backward()
    return start.grad

json.dumps({
    "gradients": [chain(n) for n in (10, 10_000, 150_000)],
    "svg": draw(y).svg(), "network": draw(out, width=390).svg(), "page": page(y).html, "frames": len(frames(y)),
    "dot": draw(y).dot.source, "notebook": list(y._repr_mimebundle_()), "text": draw(y).text(),
    "graphviz": "pygraphviz" in sys.modules, "version": sys.version, "platform": sys.platform,
})
`);
process.stdout.write(found);
