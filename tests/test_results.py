"""The protocol of results."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tinygrad_neuron import check, compile, derive, draw, explain, frames, page, parse, training_sheet, worksheet
from tinygrad_neuron.console import format_html, make_table
from tinygrad_neuron.files import format_json
from tinygrad_neuron.nn import MLP, SGD, Neuron, fit, read_samples
from tinygrad_neuron.results import Result


class Finding(Result):
    """A result with text that HTML would take for tags, and a number that JSON doesn't have."""

    def to_dict(self) -> dict[str, Any]:
        return {"text": str(self), "number": math.inf}

    def __str__(self) -> str:
        return "a < b"


def test_a_notebook_gets_text_and_escaped_html():
    shown = '<pre style="white-space:pre-wrap">a &lt; b</pre>'
    assert Finding()._repr_mimebundle_() == {"text/html": shown, "text/plain": "a < b"}


def test_the_dictionary_is_json_without_infinities():
    assert json.loads(Finding().to_json()) == {"text": "a < b", "number": "inf"}


def test_the_suffix_chooses_the_format(tmp_path):
    Finding().save(tmp_path / "finding.TXT")
    Finding().save(tmp_path / "finding.json")
    assert (tmp_path / "finding.TXT").read_text() == "a < b\n"
    assert (tmp_path / "finding.json").read_text() == Finding().to_json() + "\n"


def test_an_unrequire_suffix_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"finding\.doc: the suffix must be one of \.txt, \.json"):
        Finding().save(tmp_path / "finding.doc")
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_fails_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("before")
    with pytest.raises(NotImplementedError):
        Result().save(path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_as_html_keeps_its_title_its_sides_and_what_looks_like_a_tag():
    table = make_table(("name", "loss"), [("a<b", "1\n2")], title="T&C", flush_right=("loss",))
    style = 'style="text-align:{};white-space:pre;padding:2px 10px"'
    left, right = style.format("left"), style.format("right")
    assert format_html(table) == (
        f'<table><caption style="text-align:left">T&amp;C</caption>'
        f"<thead><tr><th {left}>name</th><th {right}>loss</th></tr></thead>"
        f"<tbody><tr><td {left}>a&lt;b</td><td {right}>1\n2</td></tr></tbody></table>"
    )


def test_a_table_without_rows_is_its_headings():
    assert "<tbody></tbody>" in format_html(make_table(("a", "b"), []))


# ---------------------------------------------------------------- every result
LOSS = "net = w*x + b; y = tanh(net); loss = (y - 0.7)**2/2"
LINE = [(float(x), 2.0 * x + 1.0) for x in range(-3, 4)]


def trained(rate):
    model = Neuron(1, "linear", weights=[0.0])
    return fit(model, LINE, optimizer=SGD(model.parameters(), rate), steps=50)


RESULTS = {
    "check": lambda loss: check(loss, {"w": -0.008, "b": "1 - y**2"}),
    "explain": explain,
    "worksheet": worksheet,
    "training sheet": lambda loss: training_sheet(loss, ["w", "b"], 0.1, 3),
    "derive": lambda loss: derive(loss, "w"),
    "draw": lambda loss: draw(loss, hand={"w": -0.008}, path="w"),
    "frames": frames,
    "page": page,
    "compile": lambda loss: compile(loss, loss),
    "read_samples": lambda _: read_samples(LINE),
    "fit": lambda _: trained(0.05),
    "divergence": lambda _: trained(0.5).divergence,
    "model": lambda _: MLP([2, 3, 1], seed=0),
}
BINARY = {".png": b"\x89PNG", ".pdf": b"%PDF", ".gif": b"GIF8", ".xlsx": b"PK"}


@pytest.fixture(scope="module", params=RESULTS)
def result(request):
    loss = parse(LOSS, {"x": 0.4, "w": 0.5, "b": 0.6})
    loss.backward()
    return RESULTS[request.param](loss)


def test_every_result_is_a_text_without_a_line_too_many(result):
    assert str(result).strip("\n") == str(result) != ""


def test_every_result_shows_in_a_notebook(result):
    bundle = result._repr_mimebundle_()
    assert bundle["text/plain"].rstrip("\n") == str(result)
    assert bundle.keys() & {"text/html", "text/latex", "image/svg+xml"}


def test_every_result_is_json_and_back(result):
    assert json.loads(result.to_json()) == json.loads(format_json(result.to_dict()))


def test_every_result_is_saved_by_its_suffix_and_an_unknown_one_is_refused(result, tmp_path):
    with pytest.raises(ValueError, match=r"result\.unknown: the suffix must be one of \.") as error:
        result.save(tmp_path / "result.unknown")
    suffixes = str(error.value).partition("one of ")[2].split(", ")
    for suffix in suffixes:
        result.save(tmp_path / f"result{suffix}")
        content = (tmp_path / f"result{suffix}").read_bytes()
        assert content.startswith(BINARY[suffix]) if suffix in BINARY else content.decode().endswith("\n"), suffix
    assert {each.suffix for each in tmp_path.iterdir()} == set(suffixes)
    if ".json" in suffixes:
        assert (tmp_path / "result.json").read_text() == result.to_json() + "\n"
    if ".txt" in suffixes:
        assert (tmp_path / "result.txt").read_text() == f"{result}\n"


def test_an_explanation_is_a_sequence_of_rows():
    rows = explain(parse(LOSS, {"x": 0.4, "w": 0.5, "b": 0.6}))
    assert len(rows) == len(list(rows))
    assert rows[-1].label == "loss"
    assert [row.label for row in rows[:3]] == ["w", "x", ""]
