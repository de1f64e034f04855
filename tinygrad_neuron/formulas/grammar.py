"""The one grammar of formulas: text, as people write it, to a tree with positions.

A precedence parser, after Pratt. What a name means depends on the names that are known: `x(1 - y)` is a product if x
is one, and a call if it is a function; `e` is Euler's number unless a name is called so.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple, NoReturn

from ..primitives import FUNCTIONS
from ..recording import spelled_alike
from ..registry import read_asset

MAX_CHARACTERS, MAX_DEPTH, MAX_INTEGER_BITS, MOST_RAISED = 4096, 100, 1024, 20
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
LETTER = r"[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉]"  # of any script
PART = rf"{LETTER}(?:(?!_\{{)[^\W⁰¹²³⁴⁵⁶⁷⁸⁹]|[̀-ͯ])*"
FONTS, INDEX, LAYER = "text|mathrm|mathit|mathbf|operatorname", r"_\{[\w,]+\}", r"(?:\^\{\(\d+\)\})"  # of LaTeX
TOKEN = re.compile(rf"""
    (?P<space>[ \t\r]+|\#[^\n]*|\\[,;:!\ ]|\\(?:left|right|quad|displaystyle)(?![A-Za-z])|\$)
  | (?P<end>\n)
  | (?P<number>0[xX][0-9a-fA-F][0-9a-fA-F_]*|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<wrapped>\\(?:{FONTS})\{{(?:[^{{}}\\\n]|\\[_\ ])+\}}(?:{INDEX}|_\w)?{LAYER}?)
  | (?P<name>\\?{PART}(?:\.{PART})*(?:{INDEX}{LAYER}?|⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾)?(?:\[\d+\])?)
  | (?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
  | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%^()\[\]{{}},;=<>|√∛∂·×⋅∙÷∕−–≤≥≠])
""", re.VERBOSE)  # fmt: skip
TABLES: dict[str, dict[str, str]] = tomllib.loads(read_asset(__package__, "grammar.toml"))
LETTERS, RECIPROCALS = TABLES["letters"], TABLES["reciprocals"]
CONSTANTS = {"e": math.e, "π": math.pi, "pi": math.pi}
COMPARED = ("<", "<=", ">", ">=", "==", "!=")
BINDINGS = {"or": 1, "and": 2, **dict.fromkeys(COMPARED, 4), "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "^": 8}
NOT, SIGN, POWER = 3, 7, 8
NO_NUMBER = {"softmax", "log_softmax"}  # they give lists
COMMON = ("exp", "ln", "tanh", "relu", "where")
WORDS = {"and", "or", "not"}


class Token(NamedTuple):
    """A piece of text: its kind, what it stands for, and where it begins and ends."""

    kind: str
    text: str
    at: int
    end: int


class Tree(NamedTuple):
    """A part of a formula.

    Attributes:
        kind: number, name, call, list, compare, derivative; or the sign of an operation, neg, not, and, or.
        at: where it begins in the text.
        value: a number, a name, a function's name, the signs of comparisons.
        parts: what it is made of.
        named: for a call the arguments by name.
    """

    kind: str
    at: int
    value: Any = None
    parts: tuple[Tree, ...] = ()
    named: tuple[tuple[str, Tree], ...] = ()


class Statement(NamedTuple):
    """A tree and the name that it gets, "" for none."""

    name: str
    tree: Tree
    at: int


class ExpressionError(ValueError):
    """A text that isn't an expression, or more than is allowed.

    Attributes:
        reason: what is wrong and what to do, in one line.
        line, column: where, from 1.
    """

    def __init__(self, reason: str, text: str, at: int) -> None:
        from rich.cells import cell_len

        self.reason: str = reason
        self.line: int = text.count("\n", 0, at) + 1
        begin = text.rfind("\n", 0, at) + 1
        self.column: int = at - begin + 1
        source = text[begin:].split("\n", 1)[0]
        start = max(0, self.column - 1 - 60)
        excerpt = "".join(c if c.isprintable() else "?" for c in source[start : start + 100])
        caret = " " * cell_len(excerpt[: self.column - 1 - start]) + "^"
        super().__init__(f"{reason} (line {self.line}, column {self.column})\n  {excerpt}\n  {caret}")


def split_tokens(text: str) -> Iterator[Token]:
    """The pieces of a text, spaces and comments left out.

    Raises:
        ExpressionError: there is a sign that no formula has.
    """
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            refuse_sign(text, at)
        kind, piece = str(found.lastgroup), found[0]
        if kind == "sign":
            piece = TABLES["signs"].get(piece, piece)
        elif kind == "wrapped":
            kind, piece = "name", _unwrap(piece)
        elif kind == "name" and piece.startswith("\\"):
            kind, piece = _read_command(piece)
        elif kind == "name":
            piece = _unwrap(piece)
            kind = "word" if piece in WORDS else kind
        if kind != "space":
            yield Token(kind, piece, at, found.end())
        at = found.end()
    yield Token("end", "", at, at)


def refuse_sign(text: str, at: int) -> NoReturn:
    """Refuse a sign, with what can be written in its place."""
    sign = text[at]
    remedies = dict.fromkeys("'′", "a prime isn't read: write dL/dw, or w.grad")
    remedies |= dict.fromkeys(
        "₀₁₂₃₄₅₆₇₈₉", "a number has no index: write a sign between, or begin the name with a letter"
    )
    shown = sign if sign.isprintable() else ascii(sign)
    reason = remedies.get(sign, f"{shown} isn't a letter, digit or sign of a formula")
    if sign == "\\":
        command = text[at : at + 1 + len(re.split(r"[^A-Za-z]", text[at + 1 : at + 20])[0])]
        reason = f"{command} is not read here: there are \\frac, \\sqrt, \\cdot, \\tanh and others"
    raise ExpressionError(reason, text, at)


def _unwrap(piece: str) -> str:
    r"""A name as it is spelled plainly: w12 for w_{12}, net for \text{net}, w21(1) for w_{21}^{(1)}."""
    piece = re.sub(rf"\\(?:{FONTS})\{{((?:[^{{}}\\]|\\.)*)\}}", r"\1", piece)
    piece = piece.replace("\\_", "_").replace("\\ ", "")
    return re.sub(r"\^\{\((\d+)\)\}", r"(\1)", re.sub(r"_\{([\w,]+)\}", r"_\1", piece))


def _read_command(piece: str) -> tuple[str, str]:
    """What a LaTeX command stands for."""
    command = piece[1:]
    if command in TABLES["commands"]:
        return "sign", TABLES["commands"][command]
    if command in ("frac", "dfrac", "tfrac", "sqrt"):
        return command[-4:], command
    base = re.match(r"[A-Za-z]*", command)[0]  # type: ignore[index]
    if base in LETTERS:
        return "name", _unwrap(LETTERS[base] + command[len(base) :])
    return "name", _unwrap(command)


# ---------------------------------------------------------------- the parser
class Parser:
    """Reads a text once.

    Args:
        text: statements, separated by line ends or semicolons.
        known: the names that are known, beside those that the text assigns.
        max_characters: longer texts are refused.
    """

    def __init__(self, text: str, known: Collection[str] = (), max_characters: int = MAX_CHARACTERS) -> None:
        self.text = text
        if len(text) > max_characters:
            self.refuse(0, f"the text has {len(text)} characters, at most {max_characters} are allowed")
        self.tokens = list(split_tokens(text))
        self.k, self.depth, self.brackets, self.bars = 0, 0, 0, [0]
        self.comma_is_decimal = [True]
        assigned = {
            a.text for a, b in zip(self.tokens, self.tokens[1:], strict=False) if a.kind == "name" and b.text == "="
        }
        forms = {name: list_forms(name) for name in (*known, *assigned)}
        self.known = {form: name for name, each in forms.items() for form in reversed(each)}
        self.known |= {each[0]: name for name, each in forms.items()}  # what is spelled so goes before what may be
        self.remarks: dict[str, None] = {}
        self.statements = list(self._read_statements())

    def refuse(self, at: int, reason: str) -> NoReturn:
        """Refuse the text at a place."""
        raise ExpressionError(reason, self.text, at)

    @property
    def token(self) -> Token:
        """The next piece; line ends inside of brackets don't count."""
        while self.brackets and self.tokens[self.k].kind == "end" and self.k < len(self.tokens) - 1:
            self.k += 1
        return self.tokens[self.k]

    def take(self, text: str = "") -> Token:
        """The next piece, gone past; it must be this sign if one is given."""
        token = self.token
        if text and (token.text != text or token.kind == "name"):
            self.refuse(token.at, f"{text} is missing here")
        self.k += 1
        return token

    def follows(self, *texts: str) -> bool:
        """Whether one of these signs is next."""
        return self.token.kind in ("sign", "word") and self.token.text in texts

    # ------------------------------------------------------------ statements
    def _read_statements(self) -> Iterator[Statement]:
        while True:
            while self.token.kind == "end" or self.follows(";"):
                if self.k >= len(self.tokens) - 1:
                    return
                self.k += 1
            yield self._read_statement()
            if not (self.token.kind == "end" or self.follows(";")):
                self._refuse_rest()

    def _read_statement(self) -> Statement:
        first, second = self.token, self.tokens[min(self.k + 1, len(self.tokens) - 1)]
        if first.kind == "name" and second.text == "=" and second.kind == "sign":
            if not first.text.isidentifier() and "." in first.text:
                self.refuse(first.at, f"{first.text} can't be assigned: a stage has a plain name, as in y = w*x + b")
            self.k += 2
            return Statement(first.text, self.read(), first.at)
        return Statement("", self.read(), first.at)

    def _refuse_rest(self) -> NoReturn:
        token = self.token
        if token.text == "=":
            self.refuse(token.at, "a statement is name = expression, and = stands once: compare with ==")
        if token.kind == "number":
            self.refuse(token.at, f"a sign is missing before {token.text}: write * for a product")
        self.refuse(
            token.at, f"{token.text} closes nothing" if token.text in ")]" else f"{token.text} can't stand here"
        )

    # ------------------------------------------------------------ operators
    def read(self, least: int = 0) -> Tree:
        """An expression whose operators bind at least so tightly."""
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            self.refuse(self.token.at, f"the expression is nested deeper than {MAX_DEPTH}")
        left = self._read_prefix()
        divided = False
        while True:
            token = self.token
            sign = token.text if token.kind in ("sign", "word") else ""
            if token.kind == "raised" and least <= POWER:
                left = Tree("^", left.at, None, (left, self._read_raised()))
            elif sign in BINDINGS and BINDINGS[sign] >= least:
                divided = sign == "/" or (divided and sign == "*")
                left = self._read_operator(left, sign)
            elif self._begins_factor(token) and BINDINGS["*"] >= least:
                right = self.read(BINDINGS["*"] + 1)
                if divided:
                    self._remark_product(left, right)
                left = Tree("*", left.at, None, (left, right))
            else:
                self.depth -= 1
                return left

    def _read_operator(self, left: Tree, sign: str) -> Tree:
        self.k += 1
        if sign in COMPARED:
            signs, parts = [sign], [left, self.read(BINDINGS[sign] + 1)]
            while self.token.kind == "sign" and self.token.text in COMPARED:
                signs.append(self.take().text)
                parts.append(self.read(BINDINGS[sign] + 1))
            return Tree("compare", left.at, tuple(signs), tuple(parts))
        least = SIGN if sign == "^" else BINDINGS[sign] + 1  # a power's exponent may have a sign, and powers of its own
        return Tree(sign, left.at, None, (left, self.read(least)))

    def _remark_product(self, left: Tree, right: Tree) -> None:
        end = self.tokens[self.k - 1].end
        whole, after = self.text[left.at : end], self.text[right.at : end]
        before = self.text[left.at : right.at].rstrip()
        self.remarks[f"{whole} is read as ({before})·{after}"] = None

    def _begins_factor(self, token: Token) -> bool:
        """Whether a factor follows without a sign between."""
        if token.kind in ("name", "frac", "sqrt"):
            return True
        if token.kind != "sign":
            return False
        return token.text in ("(", "√", "∛", "∂") or (token.text == "|" and not self.bars[-1])

    def _read_raised(self) -> Tree:
        token = self.take()
        if len(token.text) > MOST_RAISED:
            self.refuse(token.at, f"an exponent of {len(token.text)} digits, at most {MOST_RAISED} are allowed")
        return Tree("number", token.at, float("".join(SUPERSCRIPTS[c] for c in token.text)))

    # ------------------------------------------------------------ what stands between operators
    def _read_prefix(self) -> Tree:
        token = self.token
        if token.kind == "number":
            return self._read_number()
        if token.kind == "name":
            return self._read_name()
        if token.kind in ("frac", "sqrt"):
            return self._read_latex()
        signs: dict[str, Callable[[], Tree]] = {
            "-": self._read_sign, "+": self._read_sign, "(": self._read_group, "|": self._read_bars,
            "√": self._read_root, "∛": self._read_root, "∂": self._read_derivative, "[": self._read_list,
            "not": self._read_not,
        }  # fmt: skip
        if token.kind in ("sign", "word") and token.text in signs:
            return signs[token.text]()
        self.refuse(
            token.at,
            "a term is missing at the end" if token.kind == "end" else f"a term is missing before {token.text}",
        )

    def _read_sign(self) -> Tree:
        token = self.take()
        inner = self.read(SIGN)
        return inner if token.text == "+" else Tree("neg", token.at, None, (inner,))

    def _read_not(self) -> Tree:
        token = self.take()
        return Tree("not", token.at, None, (self.read(NOT),))

    def _read_group(self) -> Tree:
        with_bars = self._open("(")
        inner = self.read()
        self._close(")")
        return inner._replace(at=with_bars)

    def _open(self, sign: str) -> int:
        at = self.take(sign).at
        self.brackets += 1
        if self.brackets > MAX_DEPTH:
            self.refuse(at, f"brackets nest deeper than {MAX_DEPTH}")
        self.bars.append(0)
        return at

    def _close(self, sign: str) -> None:
        self.bars.pop()
        if not self.follows(sign):
            self._refuse_here(sign)
        self.brackets -= 1
        self.k += 1

    def _refuse_here(self, sign: str) -> NoReturn:
        """Refuse what stands where a bracket should close."""
        token = self.token
        self.refuse(token.at, f"{sign} is missing here" if token.kind == "end" else f"{token.text} can't stand here")

    def _read_bars(self) -> Tree:
        at = self.take("|").at
        self.bars[-1] += 1
        inner = self.read()
        if not self.follows("|"):
            self.refuse(self.token.at, "the bar | that closes the absolute value is missing here")
        self.bars[-1] -= 1
        self.k += 1
        return Tree("call", at, "abs", (inner,))

    def _read_list(self) -> Tree:
        at = self.token.at
        self.comma_is_decimal.append(False)
        self._open("[")
        parts = []
        while not self.follows("]"):
            parts.append(self.read())
            if self.follows(","):
                self.k += 1
            elif not self.follows("]"):
                self.refuse(self.token.at, "] is missing here")
        self._close("]")
        self.comma_is_decimal.pop()
        return Tree("list", at, None, tuple(parts))

    def _read_root(self) -> Tree:
        token = self.take()
        return Tree("call", token.at, "sqrt" if token.text == "√" else "cbrt", (self.read(POWER + 1),))

    def _read_number(self) -> Tree:
        token = self.take()
        text = token.text.replace("_", "")
        comma, decimals = self.token, self.tokens[min(self.k + 1, len(self.tokens) - 1)]
        joined = token.end == comma.at and comma.end == decimals.at and decimals.kind == "number"
        digits = text.isdigit() and re.fullmatch(r"[0-9]+(?:[eE][+-]?[0-9]+)?", decimals.text)
        if self.comma_is_decimal[-1] and comma.text == "," and joined and digits:
            self.k += 2
            text += f".{decimals.text}"
            self.remarks["a comma between digits is read as the decimal sign"] = None
        number = int(text, 16) if text[:2].lower() == "0x" else int(text) if text.isdigit() else float(text)
        if isinstance(number, int) and number >= 2**MAX_INTEGER_BITS - 2 ** (
            MAX_INTEGER_BITS - 54
        ):  # no float is larger
            bits = f"an integer of {number.bit_length()} bits, at most {MAX_INTEGER_BITS} are allowed"
            self.refuse(token.at, f"{bits}: write it as 1e300")
        if self.token.kind == "number":
            self.refuse(self.token.at, f"a sign is missing between {token.text} and {self.token.text}")
        return Tree("number", token.at, float(number))

    # ------------------------------------------------------------ names
    def _read_name(self) -> Tree:
        token = self.take()
        found = next((self.known[form] for form in list_forms(token.text) if form in self.known), None)
        name, is_known = found or token.text, found is not None
        function = "" if is_known else find_function(name)
        if not is_known and (derivative := self._read_differential(token)):
            return derivative
        if function and self.follows("("):
            return self._read_call(token, function)
        if function and (self.follows("^") or self.token.kind == "raised"):
            return self._read_power_of_call(token, function)
        if function and (self.token.kind in ("name", "number") or self.follows("√")):
            return self._read_bare_call(token, function)
        if function:
            self.refuse(token.at, f"{name} is a function: write {name}(…)")
        if self.token.kind == "number" and not self.token.text.startswith("."):
            self.refuse(self.token.at, f"a sign is missing between {name} and {self.token.text}")
        if not is_known and name not in CONSTANTS and self.follows("("):
            self._refuse_call(token)
        if not is_known and name[0] == "π" and name[1:] in self.known:
            return Tree(
                "*", token.at, None, (Tree("number", token.at, math.pi), Tree("name", token.at, self.known[name[1:]]))
            )
        if not is_known and name in CONSTANTS:
            return Tree("number", token.at, CONSTANTS[name])
        if not is_known and name.endswith(".grad"):
            return Tree("derivative", token.at, name)
        return Tree("name", token.at, name)

    def _read_call(self, token: Token, function: str) -> Tree:
        self.comma_is_decimal.append(self._has_semicolon())
        separator = ";" if self.comma_is_decimal[-1] else ","
        self._open("(")
        parts: list[Tree] = []
        named: list[tuple[str, Tree]] = []
        while not self.follows(")"):
            if self.token.kind == "name" and self.tokens[self.k + 1].text == "=":
                key = self.take().text
                self.k += 1
                named.append((key, self.read()))
            else:
                parts.append(self.read())
            if self.follows(separator):
                self.k += 1
            elif not self.follows(")"):
                self._refuse_here(")")
        self._close(")")
        self.comma_is_decimal.pop()
        return _call(function, token.at, tuple(parts), tuple(named))

    def _refuse_call(self, token: Token) -> NoReturn:
        """Refuse a call of what is neither a function nor a name that is known."""
        functions = [*FUNCTIONS, *TABLES["functions"], *RECIPROCALS]
        near = difflib.get_close_matches(token.text, sorted({*functions, *self.known} - NO_NUMBER), 1, 0.7)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMON)} and others."
        self.refuse(token.at, f"there is no function {token.text}: {meant} For a product write {token.text}*(…)")

    def _has_semicolon(self) -> bool:
        """Whether the arguments of a call, which begins here, are separated by semicolons."""
        depth = 0
        for token in self.tokens[self.k :]:
            if token.kind == "sign":
                depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
                if depth == 0:
                    return False
                if depth == 1 and token.text == ";":
                    return True
        return False

    def _read_power_of_call(self, token: Token, function: str) -> Tree:
        """sin²(x) is the square of sin(x)."""
        if self.token.kind == "raised":
            exponent = self._read_raised()
        else:
            self.take("^")
            exponent = self.read(POWER + 1)
        if not self.follows("("):
            self.refuse(self.token.at, f"write {token.text}(…) with parentheses, and the power behind them")
        if exponent.value == -1:
            self.refuse(token.at, f"{token.text}⁻¹ may be the inverse function or 1/{token.text}: write one of them")
        return Tree("^", token.at, None, (self._read_call(token, function), exponent))

    def _read_bare_call(self, token: Token, function: str) -> Tree:
        """`ln x` is ln(x), and `sin 2x` sin(2·x)."""
        inner = self.read(POWER)
        while self.token.kind == "name" and not find_function(self.token.text):
            right = self.read(POWER)
            inner = Tree("*", inner.at, None, (inner, right))
        if self.follows("("):
            self.refuse(self.token.at, f"write {token.text}(…) with parentheses: what belongs to it can't be told")
        said = self.text[inner.at : self.tokens[self.k - 1].end]
        self.remarks[f"{token.text} {said} is read as {token.text}({said})"] = None
        return _call(function, token.at, (inner,))

    # ------------------------------------------------------------ derivatives and LaTeX
    def _read_differential(self, token: Token) -> Tree | None:
        """dL/dw, where neither is a name."""
        divided, below = self.tokens[self.k], self.tokens[min(self.k + 1, len(self.tokens) - 1)]
        if divided.text != "/" or not (self._is_differential(token) and self._is_differential(below)):
            return None
        self.k += 2
        return Tree("derivative", token.at, f"∂{token.text[1:]}/∂{below.text[1:]}")

    def _is_differential(self, token: Token) -> bool:
        """Whether it is a dw, and not a name."""
        is_name = token.kind == "name" and len(token.text) > 1 and token.text.startswith("d")
        is_known = any(form in self.known for form in list_forms(token.text))
        return is_name and not is_known and not find_function(token.text)

    def _read_derivative(self) -> Tree:
        """∂L/∂w."""
        at, above = self.token.at, self._read_partial()
        if not self.follows("/"):
            self.refuse(self.token.at, "a derivative is written ∂L/∂w")
        self.k += 1
        return Tree("derivative", at, f"∂{above}/∂{self._read_partial()}")

    def _read_partial(self) -> str:
        """The name behind a ∂ or a d."""
        if not self.follows("∂"):
            if self.token.kind == "name" and self.token.text.startswith("d") and len(self.token.text) > 1:
                return self.take().text[1:]
            self.refuse(self.token.at, "a derivative is written ∂L/∂w")
        self.k += 1
        grouped = self.follows("(")
        self.k += grouped
        if self.token.kind != "name":
            self.refuse(self.token.at, "the name of a node must stand behind ∂")
        name = self.take().text
        if grouped:
            self.take(")")
        return name

    def _read_latex(self) -> Tree:
        token = self.take()
        if token.kind == "sqrt":
            return Tree("call", token.at, "sqrt", (self._read_braces(),))
        after = self.tokens[self.k + 1 : self.k + 3]
        if len(after) > 1 and (after[0].text == "∂" or (self._is_differential(after[0]) and after[1].text == ")")):
            self.take("(")
            above = self._read_partial()
            self.take(")")
            self.take("(")
            below = self._read_partial()
            self.take(")")
            return Tree("derivative", token.at, f"∂{above}/∂{below}")
        return Tree("/", token.at, None, (self._read_braces(), self._read_braces()))

    def _read_braces(self) -> Tree:
        if not self.follows("("):
            self.refuse(self.token.at, "write it in braces, as in \\frac{a}{b}")
        return self._read_group()


def find_function(name: str) -> str:
    """What the table calls a function, "" if there is none of that name."""
    name = TABLES["functions"].get(name, name)
    return name if (name in FUNCTIONS and name not in NO_NUMBER) or name in RECIPROCALS else ""


def _call(function: str, at: int, parts: tuple[Tree, ...], named: tuple[tuple[str, Tree], ...] = ()) -> Tree:
    """A call; 1/cosh(x) for sech(x)."""
    if function not in RECIPROCALS:
        return Tree("call", at, function, parts, named)
    return Tree("/", at, None, (Tree("number", at, 1.0), Tree("call", at, RECIPROCALS[function], parts, named)))


def list_forms(name: str) -> list[str]:
    """The forms that a name may be written in, the nearest first: w₁, w1 and w_1; θ and theta."""
    plain = spelled_alike(name)
    joined = re.sub(r"_(?=\d)", "", plain)
    forms = [plain, joined]
    return forms + [word + joined[1:] for word, letter in LETTERS.items() if joined.startswith(letter)]
