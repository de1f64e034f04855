"""Samples from lists, tuples, arrays, frames and files; an error says where the bad ones are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tinygrad_neuron.nn import DataError, make_circles, make_moons, make_wave, make_xor, read_samples

EXPECTED = ([(1.0, 2.0), (3.0, 4.0)], [(5.0,), (6.0,)])


def read(data, **options):
    found = read_samples(data, **options)
    return found.inputs, found.targets


def test_every_form_gives_the_same_rows(tmp_path):
    table = [[1, 2, 5], [3, 4, 6]]
    path = tmp_path / "t.csv"
    path.write_text("1,2,5\n3,4,6\n")
    for data in (
        [([1, 2], 5), ([3, 4], 6)],
        [((1, 2), [5]), ((3, 4), [6])],
        table,
        ([[1, 2], [3, 4]], [5, 6]),
        (np.array([[1, 2], [3, 4]]), np.array([5, 6])),
        np.array(table, dtype=np.float32),
        [(np.array([1, 2]), np.float64(5)), (np.array([3, 4]), np.float64(6))],
        {"a": [1, 3], "b": [2, 4], "c": [5, 6]},
        iter([([1, 2], 5), ([3, 4], 6)]),
        str(path),
        path,
    ):
        assert read(data) == EXPECTED
    assert read_samples(read_samples(table)) == read_samples(table)


def test_one_input_may_stand_alone():
    assert read([(1, 2), (3, 4)]) == ([(1.0,), (3.0,)], [(2.0,), (4.0,)])
    assert read(([1, 3], [2, 4])) == ([(1.0,), (3.0,)], [(2.0,), (4.0,)])


def test_names_and_targets(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\ufeffheight; width ;price\n1;2;5\n\n3;4;6\n", encoding="utf-8")
    found = read_samples(path)
    assert (found.inputs, found.targets) == EXPECTED
    assert (found.input_names, found.target_names) == (("height", "width"), ("price",))
    other = read_samples(path, "height")
    assert (other.targets, other.input_names) == ([(1.0,), (3.0,)], ("width", "price"))
    assert read_samples(path, ["width", "height"]).targets == [(2.0, 1.0), (4.0, 3.0)]
    assert read_samples([[1, 2, 5], [3, 4, 6]], 2).inputs == [(1.0,), (3.0,)]
    assert read_samples([[1, 2, 5], [3, 4, 6]]).input_names == ("x1", "x2")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_separated_by_commas_semicolons_or_tabs(separator, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("width in m,height,price\n1,2,5\n3,4,6\n".replace(",", separator))
    found = read_samples(path)
    assert (found.inputs, found.targets) == EXPECTED
    assert found.input_names == ("width in m", "height")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n3,abc\n", r"t.csv, line 3, column 'y': 'abc' is not a number$"),
        ("x,y\n1,2\n3,\n,5\n", r"t.csv, line 3, column 'y': the number is missing \(and 1 more\)"),
        ("x,y\n1,2\n\n3,4,5\n", r"t.csv, line 4 has 3 columns instead of 2"),
        ("1,2\n3\n", r"t.csv, line 2 has 1 column instead of 2"),
        ("1,2\n3,nan\n", r"line 2, column 2: the number is missing or not finite"),
        ("1,2\n3,inf\n", r"not finite \(inf\)"),
        ("", r"has no rows"),
        ("x,y\n", r"there are no rows"),
        ("1\n2\n", r"targets=1 can't be: the rows have 1 column, at least one of them an input"),
        ('1,"2\n3,4\n', r"line \d"),
    ],
)
def test_bad_files_are_one_clear_error(text, message, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_samples(path)


def test_bad_bytes_and_missing_files(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"1,2\n\xff,3\n")
    with pytest.raises(DataError, match="not UTF-8 text"):
        read_samples(path)
    with pytest.raises(FileNotFoundError):
        read_samples(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([(1, 2), (3, None)], "row 2, column 2: the number is missing"),
        ([([1], 2), ([3, 4], 5)], "row 2 has 2 inputs, and row 1 has 1"),
        ([([1], 2), ([3], 5, 6)], "row 2 has 3 parts"),
        ([([1], "a")], "row 1, column 'y': 'a' is not a number"),
        (([1, 2], [3]), "there are 2 inputs and 1 targets: give one target for each input"),
        ({"x": [1, 2], "y": [3]}, "different lengths"),
        ([], "there are no rows"),
        ([1, 2, 3], "row 1 is 1"),
        ([(1, 2 + 1j)], r"row 1, column 2: \(2\+1j\) is not a number"),
        ([(1, float("nan"))], "missing or not finite"),
    ],
)
def test_bad_rows_are_one_clear_error(data, message):
    with pytest.raises(DataError, match=message):
        read_samples(data)


def test_unknown_targets():
    with pytest.raises(DataError, match="there is no column 'z'; the columns are x, y"):
        read_samples({"x": [1], "y": [2]}, "z")
    with pytest.raises(DataError, match="targets=2 can't be: the rows have 2 columns"):
        read_samples([[1, 2]], 2)
    with pytest.raises(DataError, match="all columns are targets"):
        read_samples({"x": [1], "y": [2]}, ["x", "y"])


def test_made_data_have_the_shapes_they_are_named_after():
    for points in (make_moons(50, noise=0.0), make_circles(51, noise=0.0)):
        assert sorted({label for _, label in points}) == [-1.0, 1.0]
    for (x, y), label in make_moons(50, noise=0.0):
        distance = math.hypot(x, y) if label > 0 else math.hypot(x - 1, y - 0.5)
        assert distance == pytest.approx(1.0)
    for (x, y), label in make_circles(51, noise=0.0, factor=0.3):
        assert math.hypot(x, y) == pytest.approx(0.3 if label > 0 else 1.0)
    assert [label for _, label in make_xor()] == [-1, 1, 1, -1]
    assert all(y == pytest.approx(math.sin(x)) for (x,), y in make_wave(20, noise=0.0))
    assert make_moons(20, seed=3) == make_moons(20, seed=3) != make_moons(20, seed=4)


class TestResult:
    def test_samples_show_themselves_as_a_table(self):
        found = read_samples({"x<1": [1.0, 2.0], "y": [3.0, 5.0]})
        assert [line.split() for line in str(found).splitlines()[2:4]] == [["1", "3"], ["2", "5"]]
        assert str(found).endswith("2 samples; inputs: x<1; targets: y")
        assert "x&lt;1" in found._repr_mimebundle_()["text/html"]
        assert found.to_dict() == {"columns": {"x<1": [1.0, 2.0], "y": [3.0, 5.0]}}
        assert len(found) == 2

    def test_long_ones_are_shortened(self):
        lines = str(read_samples([(float(k), 1.0) for k in range(1000)])).splitlines()
        assert len(lines) <= 24
        assert lines[-3].split()[0] == "999"

    def test_what_is_saved_is_read_again(self, tmp_path):
        found = read_samples([([1.0, 2.0], [0.1, 0.2]), ([3.0, 4.0], [1 / 3, 7.0])])
        found.save(tmp_path / "s.csv")
        assert read_samples(tmp_path / "s.csv", ["y1", "y2"]) == found
