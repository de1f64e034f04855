"""What stands in an SVG, and graphs with any labels."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import strategies as st
from strategies import BENDING, SMOOTH, programs
from test_backward import ours

from tinygrad_neuron import Value, scope

SVG = "{http://www.w3.org/2000/svg}"
LABELS = st.text(st.characters(codec="utf-8"), max_size=12)


def elements(svg, kind):
    return [each for each in ET.fromstring(svg).iter(f"{SVG}g") if each.get("class") == kind]  # noqa: S314


def texts(svg):
    return ["".join(each.itertext()).replace("\xa0", " ") for each in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


@st.composite
def labelled_graphs(draw_):
    """Random graphs whose nodes have any text as labels and scopes."""
    program = draw_(programs(SMOOTH | BENDING, longest=8))
    leaves = [Value(x, label=draw_(LABELS), parameter=draw_(st.booleans())) for x in program.inputs]
    with scope(draw_(LABELS)):
        places = program.run(leaves, ours)
        for place in places[len(leaves) :]:
            place.label = draw_(LABELS)
    root = places[-1] * 2
    if draw_(st.booleans()):
        root.backward()
    return root
