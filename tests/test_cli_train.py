"""train and predict at the command line."""

from __future__ import annotations

import csv
import json
import math

import pytest

from tinygrad_neuron.cli import main


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"{k / 10},{math.tanh(0.7 * k / 10 - 0.2)}" for k in range(-20, 21)]
    (tmp_path / "data.csv").write_text("x,y\n" + "\n".join(lines) + "\n")
    return tmp_path


def run(capsys, *words):
    code = main(words)
    output = capsys.readouterr()
    return code, output.out, output.err


def train(capsys, *words):
    return run(capsys, "train", "data.csv", "--neuron", "tanh(w*x + b)", *words)


def test_train_saves_a_model_that_predicts(data, capsys):
    code, out, err = train(
        capsys,
        *[
            "--loss",
            "mse",
            "--lr",
            "0.1",
            "--steps",
            "1000",
            "--plot",
            "out.png",
            "--save",
            "model.json",
            "--history",
            "steps.csv",
        ],
    )
    assert (code, err) == (0, "")
    model = json.loads((data / "model.json").read_text())
    assert (model["format"], model["version"]) == ("tinygrad_neuron model", 1)
    assert model["parameters"] == pytest.approx({"w": 0.7, "b": -0.2})
    assert f"w = {model['parameters']['w']!r} (began at " in out
    assert "done: 1,000 steps" in out
    assert (data / "out.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((data / "steps.csv").read_text().splitlines()))
    assert len(rows) == 1000
    assert float(rows[0]["loss"]) > float(rows[-1]["loss"])
    code, out, _ = run(capsys, "predict", "model.json", "x=3")
    assert (code, out[:12]) == (0, "y = 0.956237")


def test_predict_a_file(data, capsys):
    train(capsys, "--steps", "5", "--save", "model.json")
    (data / "new.csv").write_text("name,x\n1,0.5\n2,1.5\n")
    code, out, _ = run(capsys, "predict", "model.json", "new.csv")
    parameters = json.loads((data / "model.json").read_text())["parameters"]
    expected = [math.tanh(parameters["w"] * x + parameters["b"]) for x in (0.5, 1.5)]
    found = list(csv.DictReader(out.splitlines()))
    assert (code, [float(row["x"]) for row in found]) == (0, [0.5, 1.5])
    assert [float(row["y"]) for row in found] == pytest.approx(expected)
    assert run(capsys, "predict", "model.json", "new.csv", "-o", "out.csv")[1] == ""
    assert (data / "out.csv").read_text() == out


def test_a_network_and_its_options(data, capsys):
    code, out, _ = run(
        capsys,
        *[
            "train",
            "data.csv",
            "--hidden",
            "4,3",
            "--activation",
            "relu",
            "--optimizer",
            "adam",
            "--lr",
            "0.01",
            "--epochs",
            "3",
        ],
        *["--batch-size", "8", "--seed", "3", "--clip", "1", "--save", "n.json"],
    )
    assert code == 0
    assert "layers.2" in out
    model = json.loads((data / "n.json").read_text())["model"]
    assert model == {"kind": "MLP", "sizes": [1, 4, 3, 1], "activation": "relu"}
    assert run(capsys, "predict", "n.json", "x=1")[1].startswith("y = ")


def test_classes(data, capsys):
    (data / "c.csv").write_text("a,b,class\n0,1,0\n1,0,1\n1,1,2\n")
    words = "train c.csv --hidden 8 --loss ce --optimizer adam --lr 0.1 --steps 60 --save c.json"
    assert run(capsys, *words.split())[0] == 0
    out = run(capsys, "predict", "c.json", "a=1", "b=1")[1]
    scores = [float(line.split(" = ")[1]) for line in out.splitlines()]
    assert scores.index(max(scores)) == 2


def test_start_seed_target_and_stops(data, capsys):
    _, first, _ = train(capsys, "--steps", "3", "--start", "w=0.25", "--start", "b=0")
    assert "w = " in first
    assert "(began at 0.25)" in first
    assert train(capsys, "--steps", "3", "--seed", "1") != train(capsys, "--steps", "3", "--seed", "2")
    assert "target reached" in train(capsys, "--lr", "0.5", "--until", "0.001")[1]
    (data / "t.csv").write_text("y,x\n1,2\n2,4\n")
    code, out, _ = run(
        capsys, *["train", "t.csv", "--target", "y", "--neuron", "k*x", "--lr", "0.05", "--steps", "100"]
    )
    assert (code, float(out.split()[2])) == (0, pytest.approx(0.5))


def test_divergence_is_exit_code_1_and_the_model_keeps_its_best(data, capsys):
    code, _out, err = run(
        capsys, *["train", "data.csv", "--neuron", "w*x*9+b", "--lr", "5", "--save", "m.json", "--start", "w=0"]
    )
    assert code == 1
    assert "diverged" in err
    assert "are stable" in err
    assert json.loads((data / "m.json").read_text())["parameters"]["w"] == 0.0


def test_a_checkpoint_goes_on(data, capsys):
    words = ("--checkpoint", "run.json", "--lr", "0.1")
    train(capsys, *words, "--steps", "10")
    resumed = train(capsys, *words, "--steps", "30", "--save", "a.json")
    assert resumed[0] == 0
    train(capsys, "--lr", "0.1", "--steps", "30", "--save", "b.json")
    assert (data / "a.json").read_text() == (data / "b.json").read_text()
    code, _, err = train(capsys, "--checkpoint", "run.json", "--lr", "0.2")
    assert (code, "learning_rate was 0.1, it is 0.2" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("train none.csv --neuron w*x", "none.csv: No such file"),
        ("train bad.csv --neuron w*x", "bad.csv, line 3, column 'y': 'abc' is not a number"),
        ("train data.csv --neuron w*z", "the column 'x' isn't in the formula"),
        ("train data.csv --neuron w*x+", "a term is missing at the end"),
        ("train data.csv --neuron 2*x", "has no parameter"),
        ("train data.csv --neuron w*x --plot x.gif", "x.gif: the suffix must be one of .png"),
        (
            "train data.csv --neuron w*x --history x.doc",
            "x.doc: the suffix must be one of .png, .svg, .pdf, .csv, .json, .txt",
        ),
        ("train data.csv --neuron w*x --loss hinge", "a label must be 1 or -1, got -0.9"),
        ("train data.csv --neuron w*x --lr -1", "learning_rate must be 0 or above, got -1.0"),
        ("train data.csv --neuron w*x --steps 0", "steps must be a whole number of 1 or above, got 0"),
        ("train data.csv --neuron w*x --start v=1", "there is no parameter 'v'; the parameters are w"),
        ("train data.csv --neuron w*x --start w", "'w' isn't an assignment: write name=number"),
        ("train data.csv --neuron w*x --target z", "there is no column 'z'"),
        ("train data.csv --hidden a", "--hidden must be whole numbers, as 16,16, got 'a'"),
        ("train data.csv --hidden 2 --start w=1", "--start is for the parameters of a formula"),
        ("train data.csv --hidden 2 --activation tann", "no activation 'tann'"),
        ("train data.csv --neuron w*x --optimizer adam --momentum 0.9", "--momentum is for sgd and rmsprop"),
        ("train data.csv --neuron w*x --save no/where.json", "no/where.json: No such file"),
        ("predict data.csv x=1", "data.csv is damaged"),
        ("predict none.json x=1", "none.json: No such file"),
        ("predict model.json y=1", "x is missing, write x=1.0"),
        ("predict model.json x=1 z=2", "no input 'z'"),
        ("predict model.json x=a", "'a' in 'x=a' isn't a number"),
        ("predict model.json other.csv", "there is no column 'x'; the columns are z"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(words, message, data, capsys):
    (data / "bad.csv").write_text("x,y\n1,2\n3,abc\n")
    (data / "other.csv").write_text("z\n1\n")
    train(capsys, "--steps", "1", "--save", "model.json")
    capsys.readouterr()
    code, _, err = run(capsys, *words.split())
    assert code == 2
    assert err.startswith("tinygrad-neuron: ")
    assert message in err
    assert "Traceback" not in err
