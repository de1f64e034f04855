"""Write the notebooks anew, with their outputs: `python docs/notebooks/make.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FOLDER = Path(__file__).parent
TUTORIAL = [
    "# From a neuron to a network\n\nThe four articles' neurons. Run each cell; change a number; run it again.",
    """from tinygrad_neuron import check, derive, draw, page, parse, tanh, variables

x, weight, bias, target = variables(input=0.4, weight=0.5, bias=0.6, target=0.7)
output = tanh(x * weight + bias)
output""",
    "That picture is the neuron: values flow from left to right. Now its loss, and the gradients that flow back.",
    """error = output - target
error.label = "error"
loss = error**2 / 2
loss.label = "loss"
loss.backward()
print(f"weight {weight.grad:.4f}, bias {bias.grad:.4f}")
draw(loss, path=weight)""",
    "The chain rule that leads to the weight's gradient, typeset:",
    "derive(loss, weight)",
    "Derived by hand, is it the same? A formula or a figure is judged, and the likely mistake is named.",
    """result = check(loss, {"weight": "error*(1 - tanh(input*weight + bias)**2)*input", "bias": 0.0201})
print([(row.name, row.verdict) for row in result.rows if row.hand is not None])
print(result.verdict)""",
    "Training takes a small step against the gradient, again and again.",
    """for attempt in range(3):
    loss = (tanh(0.01 * weight + bias) - 0.1) ** 2 / 2
    loss.backward()
    print(f"{attempt + 1}: loss {loss.data:.6f}")
    for parameter in (weight, bias):
        parameter.data -= 0.1 * parameter.grad
        parameter.zero_grad()""",
    "The same with all that one wants around it: a thermometer learns 1.8 · C + 32.",
    """from tinygrad_neuron.nn import SGD, Formula, fit, mean_squared_error

thermometer = Formula("weight*C + bias", ["C"], {"weight": 0.5, "bias": 0.5})
data = [(celsius, 1.8 * celsius + 32.0) for celsius in range(-50, 50)]
history = fit(thermometer, data, mean_squared_error, SGD(thermometer.parameters(), 0.001), steps=200)
print(history.message)
print([round(parameter.data, 3) for parameter in thermometer.parameters()])""",
    "A network is the same graph, only larger; each neuron is a box that can be folded.",
    """from tinygrad_neuron.nn import MLP

(answer,) = MLP([2, 3, 1], seed=1)([0.9, -0.4])
print(round(answer.data, 6))
draw(answer)""",
    "And a page to play with. It stays alive when the notebook is exported.",
    'page(parse("y = tanh(w*x + b); loss = (y - 0.7)**2/2", {"w": 0.5, "x": 0.4, "b": 0.6}), step=0)',
]
WORKSHEET = [
    "# Worksheet: derive a neuron's gradients\n\nFind the formulas with pen and paper. Each cell judges them.",
    """from tinygrad_neuron import check, page, parse

neuron = parse(
    "net = w*x + b; y = sigmoid(net); loss = (y - t)**2",
    {"w": 0.4, "x": 1.5, "b": -0.2, "t": 1.0},
)
neuron""",
    "**1.** How does the loss change with the output `y`? Replace the formula if it is wrong.",
    """answers = {"y": "2*(y - t)"}
print(check(neuron, answers, hint=1))""",
    "**2.** And with the sum `net`? The derivative of the logistic function is y · (1 - y).",
    """answers["net"] = "2*(y - t)*(1 - y)"  # there is a mistake in it
print(check(neuron, answers, hint=3))""",
    "A hint says where to look, not what is right. Mend it, and go on: what follows from what is judged as well.",
    """answers["net"] = "2*(y - t)*y*(1 - y)"
answers["w"] = "2*(y - t)*y*(1 - y)*x"
answers["b"] = "2*(y - t)*y*(1 - y)"
for link in check(neuron, answers).links:
    print(link.words)""",
    "**3.** The same as a quiz on one page, for those who finish early:",
    "page(neuron, quiz=True)",
    "**For teachers.** Any expression in the first cell will do. `page(…).save(…)` makes a file that needs no Python.",
]


def notebook(cells: list[str]) -> Any:
    """A notebook of text and programs in turn, the first being text."""
    book = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    for number, text in enumerate(cells):
        cell = (new_code_cell if number % 2 else new_markdown_cell)(text)
        cell["id"] = f"cell-{number}"
        book.cells.append(cell)
    return book


def executed(book: Any) -> Any:
    """The notebook with the outputs of its cells, without times."""
    done = NotebookClient(book, kernel_name="python3", record_timing=False).execute()
    done.metadata.pop("language_info", None)
    return done


NOTEBOOKS = {"tutorial": TUTORIAL, "worksheet": WORKSHEET}


def main() -> None:
    """Write them both."""
    for name, cells in NOTEBOOKS.items():
        nbformat.write(executed(notebook(cells)), FOLDER / f"{name}.ipynb")


if __name__ == "__main__":
    main()
