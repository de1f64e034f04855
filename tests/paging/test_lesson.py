"""Lessons: what is computed, what is refused, and that nothing of a text is ever run."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tinygrad_neuron import LessonError, lesson

MORE = ["5-network", "6-losses", "7-momentum", "8-normalization"]
DOCS = Path(__file__).parents[2] / "docs" / "lessons"
BLOCK = """```neuron show=nothing
x = 0.4; t = 0.7; w = 0.5; b = 0.6
net = w*x + b; y = tanh(net); loss = (y - t)^2/2
```
"""


def prose(made):
    """What stands in the article, without graphs and pictures."""
    article = re.search(r'<article class="lesson">(.*)</article>', made.html, re.DOTALL)[1]
    return re.sub(r"<script.*?</script>|<svg.*?</svg>", "#", article, flags=re.DOTALL)


class TestTheLessons:
    @pytest.fixture(scope="class")
    @staticmethod
    def made(tmp_path_factory):
        folder = tmp_path_factory.mktemp("lessons")
        done = subprocess.run(
            [sys.executable, DOCS / "make.py", folder], capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, "")
        return folder

    def test_they_are_built_with_all_their_figures(self, made):
        sources = sorted(DOCS.glob("*.md"))
        assert [path.stem for path in sources] == ["1-gradients", "2-training", "3-celsius", "4-one-sample", *MORE]
        for source in sources:
            text = source.read_text(encoding="utf-8")
            claims = re.findall(r"\{\{[^}]* = ([^}]*)\}\}", text)
            assert len(claims) == text.count("{{") >= 12  # every figure is claimed, and so asserted
            page = (made / f"{source.stem}.html").read_text(encoding="utf-8")
            assert all(claim.strip().replace("-", "−") in page for claim in claims)
            assert page.count('<div class="graph">') >= 2
            assert '<figure class="wide">' in page
            assert '"quiz":true' in page
        count = sum(source.read_text(encoding="utf-8").count("{{") for source in sources)
        assert f"all of their {count} figures" in (DOCS.parent / "lessons.md").read_text(encoding="utf-8")

    def test_a_wrong_figure_stops_them(self, made, tmp_path):
        text = (DOCS / "1-gradients.md").read_text(encoding="utf-8").replace("= -0.0080", "= 0.0080")
        path = tmp_path / "wrong.md"
        path.write_text(text, encoding="utf-8")
        line = 1 + text[: text.index("= 0.0080")].count("\n")
        with pytest.raises(
            LessonError, match=rf"wrong\.md, line {line}: weight.grad is -0\.008042, and the text says 0\.008042"
        ):
            lesson(path, tmp_path / "wrong.html")
        assert not (tmp_path / "wrong.html").exists()

    def test_the_module_can_be_read(self):
        spec = importlib.util.spec_from_file_location("make_lessons", DOCS / "make.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.numbers_of("1-gradients.md") == {}


class TestFigures:
    @pytest.mark.parametrize(
        ("figure", "written"),
        [
            ("w.grad:.4f", "−0.0080"),
            ("w.grad", "−0.00804217"),
            ("w.grad:.4f = -0.0080", "−0.0080"),
            ("w.grad:.4f = −0.0080", "−0.0080"),
            ("∂loss/∂y", "−0.0359632"),
            ("dloss/dw:.3e", "−8.042e−03"),
            ("∂y/∂net:.3f", "0.559"),
            ("(y - t)²/2 + 0*w:.2e", "6.47e−04"),
            ("1000*1000:,.1f", "1,000,000.0"),
            ("w:.0%", "50%"),
            ("answer + 1", "43"),
            ("w < b", "1"),
            ("w.grad\n:.4f\n= -0.0080", "−0.0080"),
        ],
    )
    def test_they_are_computed_by_the_grammar(self, figure, written):
        made = lesson(f"{BLOCK}\nIt is {{{{ {figure} }}}} here.", numbers={"answer": 42.0})
        assert f"It is {written} here." in prose(made)
        assert made.figures == [written.replace("−", "-")]

    @pytest.mark.parametrize(
        "figure",
        ["w.__class__", "w.data", "w.grad.real", "__import__('os')", "w.grad:{w}", "w!r", "w:>999999999", "w[0]",
         "lambda: 0", "", ":.3f", "().__class__"],
    )  # fmt: skip
    def test_nothing_of_them_is_python(self, figure):
        with pytest.raises(LessonError, match="line 6: "):
            lesson(f"{BLOCK}\n{{{{ {figure} }}}}")

    @pytest.mark.parametrize(
        ("figure", "said"),
        [
            ("{{ w.grad:.4f = }}", "line 7: w.grad is -0.0080, and the text says nothing behind ="),
            ("{{ w:.1f = 0.5 = 0.5 }}", "line 7: w is 0.5, and the text says 0.5 = 0.5"),
            ("{{ w.grad", "line 7: the figure that begins here isn't closed: }} is missing"),
            ("{{ w.grad }", "line 7: the figure that begins here isn't closed"),
            ("| a |\n|---|\n| {{ q }} |", "line 9: the graph has no node 'q'"),
            ("- a\n- [b {{ q }}](c.md)", "line 8: the graph has no node 'q'"),
            ("> ![a {{ q }}](c.png)", "line 7: the graph has no node 'q'"),
            ("{{ loss + more }}", "line 7: loss is a name of the graph and of the numbers that were given: rename one"),
        ],
    )
    def test_none_is_left_unread_or_unasserted(self, figure, said):
        with pytest.raises(LessonError) as error:
            lesson(f"{BLOCK}\n\n{figure}\n", numbers={"loss": 1.0, "more": 2.0})
        assert said in str(error.value)
        assert "\n" not in str(error.value)

    def test_a_block_counts_from_where_it_stands(self):
        two = BLOCK.replace("w = 0.5", "w = 1.5")
        assert lesson(f"{BLOCK}\n{{{{ w }}}}\n\n{two}\n{{{{ w }}}}").figures == ["0.5", "1.5"]
        with pytest.raises(LessonError, match="line 1: w: there is no neuron block before"):
            lesson(f"{{{{ w }}}}\n\n{BLOCK}")

    def test_after_a_descent(self):
        text = "```neuron parameters=w steps={} rate=0.25 show=nothing\nw = 2.0; loss = w^2\n```\n{{{{ w }}}}"
        assert [lesson(text.format(steps)).figures for steps in (0, 1, 2)] == [["2"], ["1"], ["0.5"]]

    def test_code_is_left_alone(self):
        made = lesson("`{{ w }}` and `$x$`\n\n```python\nprint('{{ w }}')\n```\n\nIt costs 5$ or 6$.\n")
        assert "<code>{{ w }}</code>" in prose(made)
        assert "print('{{ w }}')" in prose(made)
        assert "5$ or 6$" in prose(made)
        made = lesson("`{{ w }}\n$x$` and \\{{ w }}\n\nIt costs \\$5 and 6\\$, or (US)\\$7.\n")
        assert "<code>{{ w }} $x$</code> and {{ w }}" in prose(made)
        assert "It costs $5 and 6$, or (US)$7." in prose(made)


class TestBlocks:
    @pytest.mark.parametrize(
        ("info", "inside", "said"),
        [
            ("neuron show=film", "y = x^2; x = 1", "line 1: show=film: it is one of page, exercise, picture"),
            ("neuron colour=red", "x = 1; y = x^2", "line 1: 'colour' isn't an option of a neuron block"),
            ("neuron red", "x = 1; y = x^2", "line 1: 'red' isn't an option"),
            ("neuron", "x = 1\ny = x +", "line 3: a term is missing at the end"),
            ("neuron", "y = 2*3", "line 1: nothing in the block has a gradient"),
            ("neuron parameters=v", "x = 1; y = x^2", "line 1: parameters: the graph has no node 'v'"),
            ("neuron steps=3", "x = 1; y = x^2", "line 1: steps= and rate= belong together"),
            ("neuron steps=3 rate=1", "x = 1; y = x^2", "line 1: steps= needs parameters="),
            ("neuron parameters=x steps=-1 rate=1", "x = 1; y = x^2", "line 1: steps= needs parameters="),
            ("neuron parameters=x steps=1000000000 rate=1", "x = 1; y = x^2", "is at most 10,000,000"),
            ("neuron parameters=x steps=1 rate=nan", "x = 1; y = x^2", "rate= is finite"),
            (
                "neuron parameters=x steps=2000 rate=9",
                "x = 1; y = x^2",
                "line 1: gradient descent diverges within 2000",
            ),
            ("neuron step=99", "x = 1; y = x^2", "line 1: step=99"),
            ("neuron step=x", "x = 1; y = x^2", "line 1: step=x: it is a whole number"),
            ("neuron show=picture step=1", "x = 1; y = x^2", "line 1: step= belongs to show=page and show=exercise"),
            ("neuron show=formula title=a", "x = 1; y = x^2", "line 1: title= belongs to show=page and show=exercise"),
            ("neuron show=page show=nothing", "x = 1; y = x^2", "line 1: an option is given twice"),
            ("neuron view=network", "x = 1; y = x^2", "line 1: view= belongs to show=picture"),
            ("neuron show=picture view=film", "x = 1; y = x^2", "line 1: view='film'"),
        ],
    )
    def test_what_is_wrong_names_the_line(self, info, inside, said):
        with pytest.raises(LessonError) as error:
            lesson(f"```{info}\n{inside}\n```\n")
        assert said in str(error.value)

    @pytest.mark.parametrize("text", ["a\n\n```neuron\nx = 1; y = x^2{}", "a\n\n> ```neuron\n> x = 1; y = x^2{}"])
    @pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
    def test_a_block_that_isn_t_closed(self, text, end):
        with pytest.raises(LessonError, match="line 3: the block that begins here isn't closed: ``` is missing"):
            lesson(text.format(end))

    def test_what_each_kind_shows(self):
        text = "~~~neuron show={} parameters=w\nw = 2.0; loss = (w - 1)^2\n~~~\n"
        page, exercise, picture, formula, nothing = (
            lesson(text.format(show)).html for show in ("page", "exercise", "picture", "formula", "nothing")
        )
        assert '"quiz":false' in page
        assert '"quiz":true' in exercise
        assert picture.count('<figure class="wide">') == picture.count('<figure class="narrow">') == 1
        assert "var(--plus)" in picture
        assert 'class="maths' in formula
        assert nothing.count("<svg") == 0
        assert '"kind":"parameter"' in page

    def test_formulas_are_typeset(self):
        made = lesson("So $L = \\frac{(y - t)^2}{2}$ and\n\n$$\\frac{dL}{dw} = 2 w$$\n")
        assert made.html.count('<svg viewBox="0 0') == 2
        for text in ("$2 +$", "$2\n+$", "$$\n2 +\n$$"):
            with pytest.raises(LessonError, match=r"line 2: the formula 2 \+ can't be read: a term is missing"):
                lesson(f"a\n{text}\n")

    def test_a_formula_that_stands_alone_is_a_figure(self):
        alone = lesson("a\n\n$$\nL = x^2\n$$\n\nb\n")
        assert prose(alone).strip() == "<p>a</p>\n<figure>#</figure>\n<p>b</p>"
        assert prose(lesson("a $$x^2$$ b\n")).strip() == "<p>a # b</p>"


class TestSafety:
    EVIL = (
        "<script>document.title = 1</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,<script>)",
        "![a](https://example.org/a.png)",
        "<https://example.org>",
        "| a |\n|:-:|\n| 1 |",
        "\ue0000\ue001",
        "&#xe000;99&#xe001; {{ 1 }} &#xe000;0&#xe001;",
        '[a](x "$y$ {{ 1 }}")',
        "[a](//example.org/a)",
        "![$y$ {{ 1 }}](a.png)",
        "{{ 1 }}<script>alert(1)</script>",
        "[a](<  javascript:alert(1)>)",
        "[a](vbscript:x)",
    )

    @pytest.mark.parametrize("text", EVIL)
    def test_markdown_lets_nothing_in(self, text):
        class Reader(HTMLParser):
            def handle_starttag(self, tag, attributes):
                assert tag not in ("img", "iframe", "object", "embed", "link", "base", "form")
                for name, content in attributes:
                    assert not name.startswith("on")
                    assert name != "style"
                    if name in ("href", "src"):
                        assert re.match(r"https?://|mailto:|#|(?!//)[\w./-]+(?:$|[?#])", content or ""), content

        made = lesson(f"# A title\n\n{text}\n\n{BLOCK}")
        Reader().feed(prose(made))
        assert made.html.count("<script") == 2  # the packed script, and what unpacks it

    def test_the_policy_admits_what_the_page_has_and_no_more(self):
        blocks = BLOCK.replace("nothing", "exercise") + BLOCK.replace("nothing", "picture")
        made = lesson(f"# A\n\n{blocks}\n| a |\n|:-:|\n| $w x$ |\n").html
        policy = dict(each.split(" ", 1) for each in re.search(r'Policy" content="([^"]*)"', made)[1].split("; "))
        style = re.search("<style>(.*?)</style>", made, re.DOTALL)[1]
        load = re.search('<script type="module">(.*?)</script>', made, re.DOTALL)[1]
        loaded, style = (
            "'sha256-" + base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() + "'"
            for each in (load, style)
        )
        assert policy["style-src"] == style
        assert policy["script-src"].split()[0] == loaded
        assert policy["default-src"] == "'none'"
        assert "connect-src" not in policy
        markup = re.sub("<script.*?</script>|<style.*?</style>", "", made, flags=re.DOTALL)
        assert not re.search(r"\s(?:style|on\w+)=", markup)
        assert not re.search(r"https?://|url\(|@import", markup.replace("http://www.w3.org/", ""))
        assert not re.search(r"url\(|@import|https?:", re.search("<style>(.*?)</style>", made, re.DOTALL)[1])

    def test_the_title_is_that_of_the_page(self):
        made = lesson("# *Two* `a` $w x$ & <b> {{ 1 + 1 }}\n\ntext\n")
        assert f"<title>{html.escape('Two a w x & <b> 2')}</title>" in made.html


def test_the_command(tmp_path):
    source = tmp_path / "chapter.md"
    source.write_text(f"# One\n\n{BLOCK}\n{{{{ w.grad:.4f = -0.0080 }}}} and {{{{ more }}}}\n", encoding="utf-8")
    command, output = [sys.executable, "-m", "tinygrad_neuron", "lesson", str(source)], ["-o", str(tmp_path / "a.html")]
    done = subprocess.run([*command, "more=3.5", *output], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == lesson(source, numbers={"more": 3.5}).html
    (tmp_path / "a.html").unlink()
    for words, said in (([], "line 8: the graph has no node 'more'"), (["more=x"], "isn't a number")):
        done = subprocess.run([*command, *words, *output], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "a.html").exists()


def test_files_are_read_and_written_as_what_they_are(tmp_path):
    source = tmp_path / "a.md"
    source.write_bytes(b"\xef\xbb\xbf# A\r\n\r\n{{ 1 + 1 }}\r\n")
    assert "<h1>A</h1>" in lesson(source).html
    text = source.read_bytes()
    with pytest.raises(ValueError, match=r"the suffix must be one of \.html"):
        lesson(source, source)
    assert source.read_bytes() == text
    source.write_bytes(b"\xff\xfe")
    with pytest.raises(LessonError, match=r"^a\.md: it isn't text in UTF-8"):
        lesson(source)


def test_a_notebook_gets_it_in_a_frame():
    assert "<iframe" in lesson(f"# A\n\n{BLOCK}")._repr_mimebundle_()["text/html"]
