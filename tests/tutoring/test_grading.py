"""Classes graded: files of every kind, odd ones among them, marks and policies, changes by hand, outputs."""

from __future__ import annotations

import csv
import io
import json
import random
import xml.etree.ElementTree as ET

import pytest

from tinygrad_neuron import grade, parse
from tinygrad_neuron.cli import main
from tinygrad_neuron.tutoring.handins import MOST_BYTES
from tinygrad_neuron.tutoring.report import name_pages

NUMBERS = {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}
TEXT = "net = x*w + b; y = tanh(net); loss = (y - t)**2/2"
RIGHT = {"y": "y - t", "net": "(y - t)*(1 - y**2)", "w": "(y - t)*(1 - y**2)*x", "b": "(y - t)*(1 - y**2)"}
SLIP = RIGHT | {"net": "(y - t)*(1 - y)", "w": "(y - t)*(1 - y)*x", "b": "(y - t)*(1 - y)"}
AGAINST = RIGHT | {"net": "(y - t)*(1 - y)"}


def neuron():
    return parse(TEXT, NUMBERS)


def marks(grading, learner=0):
    return {mark.link: (mark.verdict, mark.points) for mark in grading.learners[learner].marks}


def write_csv(path, rows, separator=",", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


class TestMarks:
    def test_one_mistake_with_what_follows_costs_one_mark(self):
        grading = grade([{"learner": "Ada", **SLIP}], neuron())
        assert marks(grading) == {"y": ("right", 1), "net": ("wrong", 0), "w": ("follows", 1), "b": ("follows", 1)}
        assert (grading.learners[0].points, grading.learners[0].of) == (3, 4)

    @pytest.mark.parametrize(("policy", "points"), [({}, 1), ({"contradicts": 1.0}, 3), ({"contradicts": 0.5}, 2)])
    def test_what_contradicts_counts_as_the_teacher_wants(self, policy, points):
        assert grade([AGAINST], neuron(), **policy).learners[0].points == points

    @pytest.mark.parametrize(("follows", "points"), [(1.0, 3), (0.5, 2), (0.0, 1)])
    def test_so_does_what_follows(self, follows, points):
        assert grade([SLIP], neuron(), follows=follows).learners[0].points == points

    def test_links_can_be_worth_more_and_only_those_count(self):
        grading = grade([RIGHT | {"w": "0"}], neuron(), points={"w": 3, "net": 2})
        assert marks(grading) == {"w": ("wrong", 0), "net": ("right", 2)}
        assert grading.learners[0].of == 5

    def test_blank_and_unreadable_links_get_nothing_and_stop_nothing(self):
        grading = grade([RIGHT | {"net": "", "w": "(y - t", "b": "q*2"}], neuron())
        assert marks(grading) == {
            "y": ("right", 1),
            "net": ("blank", 0),
            "w": ("unreadable", 0),
            "b": ("unreadable", 0),
        }
        assert ") is missing here" in grading.learners[0].marks[2].words

    def test_digits_are_demanded(self):
        handins = [{"w": "-0.008"}, {"w": "-0.00804"}]
        assert [each.points for each in grade(handins, neuron(), digits=3).learners] == [0, 1]
        assert [each.points for each in grade(handins, neuron()).learners] == [1, 1]

    def test_local_derivatives_and_other_spellings_are_links(self):
        grading = grade([{"∂y/∂net": "1-y²", "dloss/dw": "(y−t)(1−y²)x", "b.grad": "(y-t)(1-y^2)"}], neuron())
        assert grading.learners[0].points == 3

    @pytest.mark.parametrize(("tries", "points"), [("last", 1), ("first", 3), ("best", 3)])
    def test_of_several_tries_one_counts_and_all_are_reported(self, tries, points):
        grading = grade([{"learner": "Ada", **SLIP}, {"learner": " ada", **AGAINST}], neuron(), tries=tries)
        assert [each.points for each in grading.learners] == [points]
        assert len(grading.earlier) == 1
        assert "2 tries" in grading.learners[0].remarks[-1]

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"tries": "any"}, "tries"),
            ({"hint": 9}, "hint"),
            ({"follows": 2}, "follows"),
            ({"points": {"q": 1}}, "'q'"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, asked, said):
        with pytest.raises(ValueError, match=said):
            grade([RIGHT], neuron(), **asked)

    def test_mistakes_are_counted(self):
        grading = grade([{"learner": name, **SLIP} for name in "abc"] + [{"learner": "d", **RIGHT}], neuron())
        assert [(kind, times) for kind, times, _ in grading.mistakes] == [("derivative of tanh", 3)]
        assert grading.missed == [("net", 3)]


class TestFiles:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_a_csv_as_programs_write_it(self, tmp_path, separator, encoding):
        rows = [["Name", "Zeit", "y", "w"], ["Zoë", "12:00", "y − t", "−0,0080"], [], ["Bob", "", "t - y", ""]]
        grading = grade(write_csv(tmp_path / "class.csv", rows, separator, encoding), neuron())
        assert [(each.learner, each.points) for each in grading.learners] == [("Zoë", 2), ("Bob", 0)]
        assert [each.source for each in grading.troubles] == ["class.csv, column Zeit"]

    def test_rows_that_are_too_short_or_nobodys(self, tmp_path):
        path = tmp_path / "class.csv"
        path.write_text("name,y,w\nAda,y - t\n,y - t,0\nBob,y - t,0,9,9\n")
        grading = grade(path, neuron())
        assert [each.learner for each in grading.learners] == ["Ada", "Bob"]
        assert [each.source for each in grading.troubles] == ["class.csv, row 3"]
        assert all(each.remarks for each in grading.learners)

    def test_a_folder_of_everything_with_bad_files_among_them(self, tmp_path):
        (tmp_path / "ada.json").write_text(json.dumps({"learner": "Ada L.", "links": RIGHT}))
        (tmp_path / "bob.json").write_text(json.dumps(RIGHT | {"w": -0.00804}))
        (tmp_path / "cy.txt").write_text(
            "My derivation\n\ny = y - t\nnet = (y-t)(1-y²)\n∂loss/∂w = (y-t)(1-y²)x\nb = 3 > 2\n"
        )
        (tmp_path / "dee.md").write_text("- `y = y - t`\n* $net = (y - t)(1 - y^{2})$\n")
        cells = [
            {"cell_type": "markdown", "source": ["net = (y - t)*(1 - y**2)"]},
            {
                "cell_type": "code",
                "source": 'import os; os.system("true")\nhand = {"w": "(y - t)*(1 - y**2)*x", "b": -0.0201}',
            },
        ]
        (tmp_path / "eve.ipynb").write_text(json.dumps({"cells": cells}))
        bad = {
            "broken.json": b"{", "list.json": b"[1]", "binary.txt": b"\0\1\2", "empty.txt": b"", "picture.png": b"x",
            "large.txt": b"x" * (MOST_BYTES + 1), "nothing.ipynb": b'{"cells": 3}', "deep.json": b"[" * 100_000,
            "nolinks.md": b"hello", "strange.json": b'{"links": 4}',
        }  # fmt: skip
        for name, content in bad.items():
            (tmp_path / name).write_bytes(content)
        grading = grade(tmp_path, neuron())
        assert [(each.learner, each.points) for each in grading.learners] == [
            ("Ada L.", 4), ("bob", 4), ("cy", 3), ("dee", 2), ("eve", 3),
        ]  # fmt: skip
        assert {each.source.split(",")[0] for each in grading.troubles} == set(bad)
        assert all(each.reason for each in grading.troubles)

    def test_no_code_is_run(self, tmp_path):
        mark = tmp_path / "ran"
        evil = f"__import__('pathlib').Path({str(mark)!r}).touch()"
        cells = [{"cell_type": "code", "source": f"hand = {{'w': {evil}}}\nw = {evil}\ny = y - t"}]
        (tmp_path / "evil.ipynb").write_text(json.dumps({"cells": cells}))
        (tmp_path / "worse.json").write_text(json.dumps({"w": evil, "y": "y - t"}))
        grading = grade(tmp_path, neuron())
        assert not mark.exists()
        assert [each.points for each in grading.learners] == [1, 1]

    def test_there_must_be_a_file(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            grade(tmp_path / "nothing.csv", neuron())


class TestOutputs:
    @pytest.fixture
    def grading(self):
        learners = ["Ada", "=2+3", "<b>Bob</b>", "Zoë 'O\"", "@x"]
        return grade(
            [{"learner": name, **each} for name, each in zip(learners, [RIGHT, SLIP, AGAINST, {}, SLIP], strict=True)],
            neuron(),
        )

    def test_points_that_are_changed_by_hand_stay(self, grading, tmp_path):
        grading.save(tmp_path / "grades.csv")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "grades.csv").read_text())))
        for row in rows:
            if row["learner"] == "'=2+3" and row["link"] == "net":
                row |= {"changed points": "0,5", "note": "nearly"}
        rows.append(rows[0] | {"learner": "nobody", "changed points": "1"})
        with (tmp_path / "changed.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        again = grade(
            [{"learner": "Ada", **RIGHT}, {"learner": "=2+3", **SLIP}], neuron(), changed=tmp_path / "changed.csv"
        )
        assert [each.points for each in again.learners] == [4, 3.5]
        assert [(mark.note, mark.changed) for mark in again.learners[1].marks if mark.link == "net"] == [
            ("nearly", True)
        ]
        assert ["nobody" in each.source for each in again.troubles] == [True]
        again.save(tmp_path / "again.csv")
        third = grade([{"learner": "=2+3", **SLIP}], neuron(), changed=tmp_path / "again.csv")
        assert third.learners[0].points == 3.5

    def test_no_cell_is_a_formula_for_a_spreadsheet(self, grading):
        for row in csv.reader(io.StringIO(grading.to_csv())):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t"))
                assert not cell.startswith("-") or float(cell)

    def test_junit(self, grading):
        suites = ET.fromstring(grading.to_junit())  # noqa: S314 (it is ours)
        assert [suite.get("name") for suite in suites] == [each.learner for each in grading.learners]
        for suite, graded in zip(suites, grading.learners, strict=True):
            assert int(suite.get("tests")) == len(graded.marks) == len(suite)
            assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
            assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))

    def test_pages_for_the_teacher_and_for_each_learner(self, grading, tmp_path):
        page = grading.to_html()
        assert "<b>Bob</b>" not in page
        assert "&lt;b&gt;Bob&lt;/b&gt;" in page
        assert "<script" not in page
        assert "http" not in page
        paths = grading.save_pages(tmp_path / "pages")
        assert len(set(paths)) == len(grading.learners)
        assert all(path.read_text().startswith("<!DOCTYPE html>") for path in paths)

    def test_a_learners_page_says_as_much_as_is_wanted(self, tmp_path):
        for hint, shown in ((1, False), (3, False), (4, True)):
            (path,) = grade([{"learner": "Ada", **SLIP}], neuron(), hint=hint).save_pages(tmp_path / str(hint))
            assert ("1 − y²" in path.read_text()) == shown

    def test_names_of_pages_never_collide(self):
        names = name_pages(["Zoë", "zoe", "ZOE!", "../../etc", "", "?", "con/aux", "x" * 500])
        assert len(set(names)) == len(names)
        assert all("/" not in name and len(name) < 80 for name in names)

    def test_the_table_and_json(self, grading):
        assert "Ada" in str(grading)
        assert json.loads(grading.to_json())["learners"][0]["points"] == 4

    def test_an_empty_class(self):
        grading = grade([], neuron())
        assert grading.to_dict()["learners"] == []
        assert "0 hand-ins" in grading.to_html()


class TestAtTheCommandLine:
    words = (TEXT, *(f"{name}={number}" for name, number in NUMBERS.items()))

    def test_a_class(self, capsys, tmp_path):
        path = write_csv(tmp_path / "class.csv", [["name", "net", "w"], ["Ada", SLIP["net"], SLIP["w"]]])
        assert main(["grade", str(path), *self.words]) == 0
        assert "1 of 2" in capsys.readouterr().out
        out = ["-o", str(tmp_path / "grades.xml"), "--pages", str(tmp_path / "pages"), "--follows", "0"]
        assert main(["grade", str(path), *self.words, *out]) == 0
        assert len(ET.parse(tmp_path / "grades.xml").findall("testsuite/testcase/failure")) == 2  # noqa: S314
        assert (tmp_path / "pages" / "ada.html").exists()

    def test_what_could_not_be_read_is_exit_code_1_and_bad_input_2(self, capsys, tmp_path):
        path = write_csv(tmp_path / "class.csv", [["name", "nett"], ["Ada", "1"]])
        assert main(["grade", str(path), *self.words]) == 1
        assert "did you mean net?" in capsys.readouterr().out
        assert main(["grade", str(tmp_path / "none.csv"), *self.words]) == 2
        assert "Traceback" not in capsys.readouterr().err


def test_a_class_drawn_at_random_loses_one_mark_for_one_mistake():
    chance = random.Random(4)
    slopes = {"right": "(1 - y^2)", "wrong": "(1 - y)", "other": "y*(1 - y)"}
    kinds = [chance.choice(list(slopes)) for _ in range(40)]
    handins = [
        {"learner": f"l{k}", "y": "y - t", "net": f"(y-t){slopes[kind]}", "w": f"(y-t){slopes[kind]}x"}
        for k, kind in enumerate(kinds)
    ]
    grading = grade(handins, neuron())
    assert [each.points for each in grading.learners] == [3 - (kind != "right") for kind in kinds]


class TestResultsOfPages:
    RESULT = {"tinygrad_neuron": 1, "title": "loss", "seed": 5, "answers": {}}  # noqa: RUF012

    def result(self, answers, **numbers):
        return json.dumps({**self.RESULT, "numbers": NUMBERS | numbers, "answers": answers})

    def test_files_and_a_column(self, tmp_path):
        folder = tmp_path / "hand-ins"
        folder.mkdir()
        (folder / "Ada.json").write_text(self.result(RIGHT), encoding="utf-8")
        (folder / "Bob.txt").write_text(f"{self.result(SLIP)}\n", encoding="utf-8")
        rows = [["name", "result"], ["Ada", self.result(RIGHT)], ["Bob", self.result(SLIP)]]
        for given in (folder, write_csv(tmp_path / "form.csv", rows)):
            grading = grade(given, neuron())
            assert [(each.learner, each.points) for each in grading.learners] == [("Ada", 4.0), ("Bob", 3.0)]
            assert grading.learners[0].remarks == ("at the numbers of seed 5",)
            assert grading.troubles == ()

    def test_figures_are_judged_at_the_numbers_they_were_derived_at(self):
        other = parse(TEXT, NUMBERS | {"w": -1.3, "x": 0.8})
        other.backward()
        y = next(node for node in other.operands[0].operands[0].operands if node.label == "y")
        answers = {"y": f"{y.grad:.4f}"}
        here, there = (json.loads(self.result(answers, **more)) for more in ({}, {"w": -1.3, "x": 0.8}))
        grading = grade([{"learner": "here", **here}, {"learner": "there", **there}], neuron())
        assert [each.points for each in grading.learners] == [0.0, 1.0]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "its result can't be read"),
            ("[]", "its result can't be read"),
            ('{"tinygrad_neuron": 2, "answers": {}}', "its result is of version 2, and 1 is read here"),
            ('{"tinygrad_neuron": 1}', "its links are no object"),
            ('{"tinygrad_neuron": 1, "answers": {}, "numbers": {"w": "x"}}', "could not convert"),
            ('{"tinygrad_neuron": 1, "answers": {}, "numbers": {"w": Infinity}}', "isn't finite"),
            ('{"tinygrad_neuron": 1, "answers": {}, "numbers": 3}', "its result can't be read"),
        ],
    )
    def test_what_can_t_be_read_stops_nothing(self, text, said, tmp_path):
        rows = [["name", "result"], ["Ada", self.result(RIGHT)], ["Bob", text]]
        grading = grade(write_csv(tmp_path / "form.csv", rows), neuron())
        assert [each.learner for each in grading.learners] == ["Ada"]
        assert said in grading.troubles[0].reason
