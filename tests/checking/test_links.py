"""Whole derivations by hand: links with follow-through, local derivatives, digits that are asked for, hints."""

from __future__ import annotations

import random

import pytest

from tinygrad_neuron import check, parse
from tinygrad_neuron.checking.hints import LEVELS

NUMBERS = {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}
RIGHT = {"y": "y - t", "net": "(y - t)*(1 - y**2)", "w": "(y - t)*(1 - y**2)*x", "b": "(y - t)*(1 - y**2)"}
WITHOUT_SLOPE = {"net": "y - t", "w": "(y - t)*x", "b": "y - t"}


def neuron(**changes):
    return parse("net = x*w + b; y = tanh(net); loss = (y - t)**2/2", NUMBERS | changes)


def verdicts(hand, root=None, **asked):
    return {link.name: link.verdict for link in check(root or neuron(), hand, **asked).links}


class TestFollowThrough:
    def test_a_right_derivation_is_right_in_every_link(self):
        assert set(verdicts(RIGHT).values()) == {"right"}
        assert check(neuron(), RIGHT).passed

    def test_links_come_from_the_result_downwards(self):
        assert [link.name for link in check(neuron(), RIGHT).links] == ["y", "net", "b", "w"]

    def test_what_follows_from_a_wrong_link_is_said_to_follow(self):
        found = verdicts(RIGHT | WITHOUT_SLOPE)
        assert found == {"y": "right", "net": "wrong", "b": "follows", "w": "follows"}

    def test_what_contradicts_a_wrong_link_is_said_to_contradict(self):
        found = verdicts(RIGHT | {"net": "y - t"})
        assert found == {"y": "right", "net": "wrong", "b": "contradicts", "w": "contradicts"}
        assert str(check(neuron(), RIGHT | {"net": "y - t"})).count("; but it doesn't follow from your net") == 1

    @pytest.mark.parametrize("slope", ["(1 - y)", "y*(1 - y)", "(1 + y**2)", "1", "-(1 - y**2)", "2*(1 - y**2)"])
    def test_each_wrong_slope_is_one_mistake(self, slope):
        net = f"(y - t)*{slope}"
        result = check(neuron(), {"y": "y - t", "net": net, "w": f"{net}*x", "b": net})
        assert [link.verdict for link in result.links] == ["right", "wrong", "follows", "follows"]
        assert result.links[1].words.startswith("your net is wrong: ")
        assert result.links[2].words == "your b is not right, but it follows rightly from your net"
        assert not result.passed

    def test_a_second_mistake_is_named_given_the_first(self):
        links = check(neuron(), RIGHT | WITHOUT_SLOPE | {"w": "y - t"}).links
        words = {link.name: link.words for link in links}
        assert words["w"].startswith("your w is wrong, given your net: ∂(x·w)/∂w is missing")

    def test_figures_follow_at_their_digits(self):
        found = verdicts({"y": "-0.0360", "net": "-0.0360", "w": "-0.0144", "b": "-0.0360"})
        assert found == {"y": "right", "net": "wrong", "b": "follows", "w": "follows"}
        assert verdicts({"net": "-0.0360", "w": "-0.0150"})["w"] == "wrong"

    def test_links_beside_each_other_do_not_follow(self):
        assert verdicts({"w": "(y - t)*x", "b": "y - t"}) == {"w": "wrong", "b": "wrong"}

    def test_one_mistake_alone_is_wrong_once_wherever_it_is(self):
        """In a chain of stages each local derivative in turn is left out, and all below follows."""
        root = parse("a = 3*x; b = sin(a); c = exp(b); d = c**2", {"x": 0.7})
        slopes = {"c": "2*c", "b": "c", "a": "cos(a)", "x": "3"}
        for wrong in slopes:
            kept = [slope if name != wrong else f"{slope}*0.8" for name, slope in slopes.items()]
            hand = {name: "*".join(kept[: k + 1]) for k, name in enumerate(slopes)}
            found = verdicts(hand, root)
            place = list(slopes).index(wrong)
            assert list(found.values()) == ["right"] * place + ["wrong"] + ["follows"] * (3 - place)


class TestKeys:
    @pytest.mark.parametrize("key", ["net", "net.grad", "∂loss/∂net", "dloss/dnet"])
    def test_a_gradient_has_several_names(self, key):
        assert verdicts({key: "(y - t)*(1 - y**2)"}) == {"net": "right"}
        assert verdicts({key: "y - t"}) == {"net": "wrong"}

    def test_a_name_of_the_graph_comes_first(self):
        root = parse("y = dw*x; dy = y*2; loss = dy**2", {"dw": 2.0, "x": 3.0})
        assert verdicts({"dw": "8*dw*x**2"}, root) == {"dw": "right"}

    @pytest.mark.parametrize("key", ["q", "∂loss/∂q", "q.grad", "∂q/∂w"])
    def test_others_are_refused(self, key):
        with pytest.raises(ValueError, match="q"):
            check(neuron(), {key: 1.0})


class TestLocalDerivatives:
    def test_they_are_judged_alone(self):
        assert verdicts({"∂y/∂net": "1 - y**2", "∂loss/∂y": "y - t"}) == {"∂y/∂net": "right", "y": "right"}
        result = check(neuron(), {"∂y/∂net": "1 - y"})
        assert (result.links[0].verdict, result.passed) == ("wrong", False)
        assert result.rows[-1].name == "∂y/∂net"
        assert "not squared" in result.rows[-1].likely_mistakes[0]

    def test_gradients_follow_from_them(self):
        hand = {"∂y/∂net": "1 - y", "net": "(y - t)*(1 - y)", "w": "(y - t)*(1 - y)*x"}
        assert verdicts(hand) == {"∂y/∂net": "wrong", "net": "follows", "w": "follows"}

    def test_several_edges_are_one_link(self):
        root = parse("a = x*x + 3*x; y = tanh(a); loss = y**2", {"x": 0.3})
        hand = {"∂a/∂x": "2*x", "x": "2*y*(1 - y**2)*2*x"}
        assert verdicts(hand, root) == {"∂a/∂x": "wrong", "x": "follows"}
        assert verdicts({"∂a/∂x": "2*x + 3"}, root) == {"∂a/∂x": "right"}


class TestDigits:
    """The derivative by w is -0.00804217."""

    @pytest.mark.parametrize(
        ("figure", "asked", "verdict"),
        [
            ("-0.00804", {"digits": 3}, "right"),
            ("-0.0080422", {"digits": 3}, "right"),
            ("-0.00830", {"digits": 3}, "wrong"),
            ("-0.008", {"digits": 3}, "wrong"),
            ("-0.0080", {"decimals": 4}, "right"),
            ("-0.008", {"decimals": 4}, "wrong"),
            ("-0.00804", {"decimals": 5}, "right"),
            ("-8.04e-3", {"digits": 3}, "right"),
            ("(y - t)*(1 - y**2)*x", {"digits": 3}, "right"),
        ],
    )
    def test_figures_must_have_the_digits_that_are_asked_for(self, figure, asked, verdict):
        assert verdicts({"w": figure}, **asked) == {"w": verdict}

    def test_the_complaint_says_what_is_lacking(self):
        row = check(neuron(), {"w": "-0.008"}, digits=3).rows[1]
        assert row.reason == "3 digits are asked for, and -0.008 has 1"

    @pytest.mark.parametrize("asked", [{"digits": 0}, {"decimals": 16}, {"digits": 3, "decimals": 4}])
    def test_what_makes_no_sense_is_refused(self, asked):
        with pytest.raises(ValueError, match="digits"):
            check(neuron(), {"w": 1.0}, **asked)


class TestHints:
    hand = RIGHT | {"net": "(y - t)*(1 - y)", "w": "(y - t)*(1 - y)*x"}

    def test_each_level_says_more(self):
        said = [str(check(neuron(), self.hand, hint=level)) for level in range(len(LEVELS))]
        assert said[0] == "something isn't right yet"
        assert "2 of 4 links are right" not in said[0]
        assert ("1 of 4 links" in said[1], "net" in said[1]) == (True, False)
        assert ("net isn't right" in said[2], "tanh" in said[2]) == (True, False)
        assert "derivative of tanh" in said[3]
        assert "1 − y²" in said[4]

    def test_all_is_right(self):
        for level in range(len(LEVELS)):
            hint = check(neuron(), RIGHT, hint=level)
            assert hint.right
            assert str(hint).startswith("all of it is right")

    def test_nothing_of_the_answer_shows_below_the_last_level(self):
        """Neither the exact numbers nor the right formulas, for wrong derivations of every kind."""
        chance = random.Random(5)
        wrong = ["(y - t)*(1 - y)*x", "(y - t)*x", "-(y - t)*(1 - y**2)*x", "(y - t)*(1 - y**2)", "y*x", "0", "-0.01"]
        answers = ("1 - y**2", "1 − y²", "-0.00804", "−0.00804")
        for figure in chance.sample(wrong, len(wrong)):
            result = check(neuron(), {"w": figure})
            for level in range(4):
                said = str(result.hint(level))
                assert not any(answer in said for answer in answers), said

    @pytest.mark.parametrize("level", [-1, 5])
    def test_there_are_five_levels(self, level):
        with pytest.raises(ValueError, match="hint must be 0, 1, 2, 3 or 4"):
            check(neuron(), RIGHT, hint=level)

    def test_without_a_derivation_there_is_no_hint(self):
        with pytest.raises(ValueError, match="a hint needs a derivation by hand"):
            check(neuron(), hint=1)

    def test_a_hint_is_a_result(self, tmp_path):
        hint = check(neuron(), RIGHT, hint=1)
        assert hint.to_dict() == {"level": 1, "right": True, "lines": ["all of it is right", "4 of 4 links are right"]}
        hint.save(tmp_path / "hint.txt")
        assert (tmp_path / "hint.txt").read_text() == str(hint) + "\n"


class TestBesideTheResult:
    text = "Z = exp(a) + exp(b); pa = exp(a)/Z; pb = exp(b)/Z; L = -log(pb)"

    @pytest.mark.parametrize(
        ("given", "verdict"), [("0", "right"), (0.0, "right"), ("pb - 1", "wrong"), (0.5, "wrong")]
    )
    def test_the_gradient_of_what_the_result_does_not_depend_on_is_0(self, given, verdict):
        result = check(parse(self.text, {"a": 2.0, "b": 1.0}), {"pa": given, "b": "pb - 1"})
        assert {link.name: link.verdict for link in result.links} == {"b": "right", "pa": verdict}
        assert result.passed == (verdict == "right")
        assert "doesn't depend on pa" in result.links[-1].words

    def test_names_of_long_formulas_are_shortened_and_not_the_packages_own(self):
        root = parse("y = (a*b + b*c + a*c + a*a*b + b*b*c + c*c*a + a*b*c)**2", {"a": 0.4, "b": 0.5, "c": 0.7})
        for hand in ("a", "2*b", "b + c", "-(b + c)", "1"):
            for link in check(root, {"a": hand}).links:
                assert not any("[" in mistake.words for mistake in link.mistakes), link
