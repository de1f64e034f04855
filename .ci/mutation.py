"""Change the heart and the checker in one place at a time, and list the changes that no quick test notices.

    python .ci/mutation.py [--quick] [--most N] [program.py checking/hand.py …]

It needs the extra `mutation`. Cosmic Ray changes each file in a copy, in
build/mutation: a number by one, an operator or a comparison into another, a
condition negated, a loop left out. Texts, docstrings and annotations stay. For
each change the tests of that file's room run, in a fork of this process that
has pytest in its memory, until one fails; the slow ones last, with --quick not
at all. --most N asks about N changes of each file, drawn at random. What was
asked about the same text of a file isn't asked again: delete build/mutation to
begin anew.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import itertools
import os
import re
import resource
import shutil
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "mutation"
TREE = BUILD / "tree"
CHECKER = "checking/test_hand.py checking/test_checker.py checking/test_explain.py drawing/test_model.py"
EXACT = "checking/test_exact.py checking/test_checker.py"
TESTS = {  # the tests that a change of each file should fail, the quickest first
    "ops.py": "test_ops.py test_conventions.py test_accuracy.py",
    "primitives.py": "test_ops.py test_conventions.py test_value.py",
    "value.py": "test_conventions.py test_value.py test_ops.py test_graph.py test_backward.py compiling/test_step.py",
    "scalar.py": "test_value.py test_conventions.py compiling/test_step.py test_piecewise.py",
    "program.py": "test_graph.py test_conventions.py test_program.py checking/test_checker.py",
    **dict.fromkeys([f"checking/{name}.py" for name in ("hand", "figures", "points", "verdicts", "checker")], CHECKER),
    **dict.fromkeys([f"checking/{name}.py" for name in ("numerical", "nonsmooth", "mistakes")], CHECKER),
    **dict.fromkeys([f"checking/{name}.py" for name in ("balls", "enclosure", "precise", "recorded")], EXACT),
    "checking/function.py": "checking/test_function.py",
    "checking/matrices.py": "checking/test_matrices.py",
}
SLOW = (
    "shifted or random or planted or first_wrong_operation or derivatives or against or slopes"
    " or floats_in or TestBytes or TestScale or threads or chain or equals or quick_way or too_many or every_column"
)
OPERATORS = re.compile(
    "core/(NumberReplacer|AddNot|ZeroIterationForLoop|Replace(True|False|And|Or|Break|Continue)With.*"
    "|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|Pow_Mul)"
    "|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_(LtE|Gt)|LtE_(Lt|GtE)|Gt_(GtE|Lt)|GtE_(Gt|LtE)|Is_IsNot|IsNot_Is)"
    "|ReplaceUnaryOperator_(USub_UAdd|Delete_Not))"
)
SECONDS = 120  # of computing, after which the tests of one change are given up: it made them hang


def copy() -> None:
    """What the tests need, beside the checkout, which stays as it is."""
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "build", "gallery")
    for name in ("tinygrad_neuron", "tests", "docs", ".ci"):
        shutil.copytree(ROOT / name, TREE / name, ignore=ignored, dirs_exist_ok=True)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, TREE / name)


def preload() -> None:
    """Import what all the tests import, once and for all forks; the package itself is each fork's own."""
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(TREE)}
    sys.path[:] = [str(TREE), *(each for each in sys.path if Path(each).resolve() not in (ROOT, ROOT / ".ci"))]
    for name in ("hypothesis", "mpmath", "numpy", "rich.table", "graphviz"):
        importlib.import_module(name)


def fails(tests: list[str], chosen: str, *, keep_bytecode: bool = False) -> bool:
    """Whether one of the chosen tests fails, or they hang. Only what was compiled without a change may be kept."""
    child = os.fork()
    if not child:
        os.chdir(TREE)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        sys.dont_write_bytecode = not keep_bytecode
        code = 1
        try:
            code = int(pytest.main(["-o", "addopts=", "-x", "-q", "-p", "no:cacheprovider", "-k", chosen, *tests]))
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] not in (0, 5 << 8)  # 5: none was chosen


def mutate(file: str, *, quick: bool, most: int | None) -> None:
    """Ask the tests about the changes of a file."""
    path = TREE / "tinygrad_neuron" / file
    tests = [str(TREE / "tests" / name) for name in TESTS[file].split()]
    rounds = [f"not ({SLOW})", *([] if quick else [SLOW])]
    if any(fails(tests, chosen, keep_bytecode=True) for chosen in rounds):
        raise SystemExit(f"the tests of {file} fail without any change")
    text = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    with use_db(str(BUILD / f"{file.replace('/', '-')}-{text}.sqlite"), WorkDB.Mode.create) as session:
        if not session.num_work_items:
            init([path], session, {})
        pending = [each for each in session.pending_work_items if OPERATORS.fullmatch(each.mutations[0].operator_name)]
        for item in itertools.islice(pending, most):
            (change,) = item.mutations
            operator = get_operator(change.operator_name)(**change.operator_args)
            with use_mutation(path, operator, change.occurrence) as (before, after):
                outcome = TestOutcome.KILLED if any(fails(tests, each) for each in rounds) else TestOutcome.SURVIVED
            line = change.start_pos[0] - 1
            lines = "\n".join(text.split("\n")[line].strip() for text in (before, after))
            session.set_result(item.job_id, WorkResult(WorkerOutcome.NORMAL, None, outcome, lines))
        report(file, session)


def report(file: str, session: Any) -> None:
    """Print how many changes there were, and every one that no test noticed."""
    asked = [(item.mutations[0], result) for item, result in session.completed_work_items]
    counts = Counter(result.test_outcome.value for _, result in asked)
    print(f"{file}: {len(asked)} changes, {counts['killed']} noticed, {counts['survived']} not", flush=True)
    for change, result in sorted(asked, key=lambda each: each[0].start_pos):
        if result.test_outcome is TestOutcome.SURVIVED:
            before, after = result.diff.split("\n")
            print(f"  line {change.start_pos[0]}, column {change.start_pos[1]}:\n    {before}\n    {after}", flush=True)


def main() -> None:
    """Ask about the files that are named, or about all of the table."""
    parser = argparse.ArgumentParser(description="Change the package, and list the changes that no test notices.")
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"one of {', '.join(TESTS)}")
    parser.add_argument("--quick", action="store_true", help="leave the slow tests out")
    parser.add_argument("--most", type=int, metavar="N", help="ask about N changes of each file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    BUILD.mkdir(parents=True, exist_ok=True)
    copy()
    preload()
    for file in options.files or TESTS:
        mutate(file, quick=options.quick, most=options.most)


if __name__ == "__main__":
    main()
