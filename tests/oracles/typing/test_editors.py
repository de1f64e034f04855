"""What editors show: types, completion, signatures and help; jedi is in Jupyter and Vim, pyright in VS Code."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path

import pytest

import tinygrad_neuron

TEXT = """\
import tinygrad_neuron as tn
from tinygrad_neuron import Value, compile, grad, tanh
x = Value(1.0)
y = tanh(x)
z = tanh(1.0)
w = x.tanh()
v = x * 2 + 1
s = tn.sum([x, x])
d = x.draw()
m = tn.nn.MLP([2, 1])
g = grad(tanh)(3.0)
c = compile(tanh)
t = tn.ops.tanh
x.ta
tn.
tn.check
"""
PUBLIC = {name for name in dir(tinygrad_neuron) if not name.startswith("__")}


def place(text):
    """The line and the column behind the first place of a text, both from 0."""
    before = TEXT[: TEXT.index(text) + len(text)].split("\n")
    return len(before) - 1, len(before[-1])


class TestJedi:
    @pytest.fixture
    def script(self, tmp_path):
        jedi = pytest.importorskip("jedi")
        project = jedi.Project(tmp_path, sys_path=[str(Path(tinygrad_neuron.__file__).parents[1])])
        return jedi.Script(TEXT, path=tmp_path / "program.py", project=project)

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            *[("y", "Value"), ("z", "float"), ("w", "Value"), ("v", "Value"), ("s", "Value"), ("d", "Picture")],
            *[("m", "MLP"), ("g", "float"), ("c", "Step")],
        ],
    )
    def test_types(self, script, name, kind):
        line, column = place(f"\n{name} = ")
        assert [each.name for each in script.infer(line + 1, column - 3)] == [kind]

    def test_completion(self, script):
        line, column = place("x.ta")
        assert [each.name for each in script.complete(line + 1, column)] == ["tan", "tanh"]
        line, column = place("\ntn.")
        names = {each.name for each in script.complete(line + 1, column)}
        assert names >= PUBLIC
        assert not names & {"annotations", "Any", "partial", "lazy_names"}

    def test_signatures(self, script):
        line, column = place("y = tanh(")
        signatures = [each.to_string() for each in script.get_signatures(line + 1, column)]
        assert signatures == ["tanh(x: Value) -> Value", "tanh(x: RealNumber) -> float"]

    @pytest.mark.parametrize(
        ("text", "help"),
        [
            ("y = tan", "sinh(x) / cosh(x)"),
            ("w = x.tan", "The function `tanh` as a method"),
            ("s = tn.su", "from left to right"),
            ("g = gr", "returns the gradient"),
            ("c = comp", "straight-line code"),
            ("d = x.dr", "title: str"),
            ("tn.nn.ML", "multi-layer perceptron"),
            ("tn.ch", "derived by hand"),
            ("t = tn.ops.ta", "sinh(x) / cosh(x)"),
        ],
    )
    def test_help(self, script, text, help):
        line, column = place(text)
        assert help in "".join(each.docstring() for each in script.help(line + 1, column))

    def test_a_notebook_completes_public_names(self):
        jedi = pytest.importorskip("jedi")
        names = {"tn": tinygrad_neuron, "x": tinygrad_neuron.Value(1.0)}
        found = {each.name for each in jedi.Interpreter("tn.", [names]).complete()}
        assert {name for name in found if not name.startswith("__")} == PUBLIC
        assert [each.name for each in jedi.Interpreter("x.tan", [names]).complete()] == ["tan", "tanh"]


class Server:
    """A language server that is spoken to over its pipes."""

    def __init__(self, process):
        self._process, self._count = process, 0

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _read(self):
        length = 0
        while line := self._process.stdout.readline().strip():
            if line.lower().startswith(b"content-length"):
                length = int(line.split(b":")[1])
        return json.loads(self._process.stdout.read(length))

    def ask(self, method, **parameters):
        """The answer to a request; what the server asks in between is answered by nothing."""
        self._count += 1
        self.send(id=self._count, method=method, params=parameters)
        while True:
            message = self._read()
            if "method" in message and "id" in message:
                self.send(id=message["id"], result=[{}] if message["method"] == "workspace/configuration" else None)
            elif message.get("id") == self._count:
                return message["result"]


@pytest.fixture(scope="module")
def ask(pyright, tmp_path_factory):
    """Asks the server about a place of the text."""
    folder = tmp_path_factory.mktemp("project")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = pyright("pyright-langserver", "--stdio", folder=folder, **pipes)
    server = Server(process)
    home = {"uri": folder.as_uri(), "name": "project"}
    capabilities = {"textDocument": {"hover": {"contentFormat": ["markdown"]}}}
    server.ask("initialize", processId=None, rootUri=home["uri"], capabilities=capabilities, workspaceFolders=[home])
    server.send(method="initialized", params={})
    document = {"uri": (folder / "program.py").as_uri()}
    opened = {**document, "languageId": "python", "version": 1, "text": TEXT}
    server.send(method="textDocument/didOpen", params={"textDocument": opened})

    def about(method, text):
        line, column = place(text)
        return server.ask(method, textDocument=document, position={"line": line, "character": column})

    yield about
    server.ask("shutdown")
    server.send(method="exit")
    with contextlib.closing(process.stdout), contextlib.closing(process.stdin):
        process.wait()


class TestPyright:
    @pytest.mark.parametrize(
        ("text", "signature", "help"),
        [
            ("y = tan", "def tanh(x: Value) -> Value", "sinh(x) / cosh(x)"),
            ("z = tan", "def tanh(x: RealNumber) -> float", "sinh(x) / cosh(x)"),
            ("w = x.tan", "def tanh() -> Value", "The function `tanh` as a method"),
            ("s = tn.su", "-> Value", "from left to right"),
            ("d = x.dr", "-> Picture", "Draw the graph behind a value"),
            ("tn.nn.ML", "class MLP(", "multi-layer perceptron"),
            ("g = gr", "def grad(", "returns the gradient"),
            ("c = comp", "-> Step[float]", "straight-line code"),
            ("tn.ch", "-> Check", "derived by hand"),
            ("t = tn.ops.ta", "def tanh(", "sinh(x) / cosh(x)"),
        ],
    )
    def test_hovering_shows_signature_and_help(self, ask, text, signature, help):
        shown = ask("textDocument/hover", text)["contents"]["value"]
        assert signature in shown
        assert help in shown.replace("\\", "")

    def test_completion(self, ask):
        items = ask("textDocument/completion", "\ntn.")["items"]
        assert {each["label"] for each in items if not each["label"].startswith("__")} == PUBLIC
        assert {"tan", "tanh"} <= {each["label"] for each in ask("textDocument/completion", "x.ta")["items"]}
