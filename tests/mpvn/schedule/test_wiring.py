"""Units, edges, and what is refused."""

import pytest

from mpvn.schedule.wiring import FRAME, Edge, Unit, Wiring


def test_edges_follow_inputs_then_feedback():
    wiring = Wiring(
        [Unit("a"), Unit("b", inputs=["a", ("a", 2), FRAME], feedback=["c"]), Unit("c", inputs=["b"], feedback=["c"])]
    )
    assert wiring.names == ("a", "b", "c")
    assert wiring.output == "c"
    assert len(wiring) == 3
    assert wiring["a"].edges == (Edge(FRAME, "a"),)
    assert wiring["b"].edges == (Edge("a", "b"), Edge("a", "b", tap=2), Edge(FRAME, "b"), Edge("c", "b", feedback=True))
    assert wiring.edges == tuple(edge for unit in wiring.units for edge in unit.edges)
    assert wiring.has_feedback
    assert not Wiring([Unit("a")]).has_feedback
    assert [wiring.position(name) for name in (FRAME, "a", "b", "c")] == [-1, 0, 1, 2]


@pytest.mark.parametrize("name", ["conv2_block1/1-relu.x", "_conv", "1x1", "-", "a b", "a:b", "a,b", "été", "日本"])
def test_names_are_data(name):
    assert Wiring([Unit(name)]).names == (name,)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\tb", None, 3])
def test_names_that_are_no_line_of_text_are_refused(one_line_error, name):
    one_line_error(lambda: Unit(name), repr(name))


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (list, ["at least one unit"]),
        (lambda: [Unit("a"), Unit("a")], ["'a'"]),
        (lambda: [Unit(FRAME)], ["'frame'"]),
        (lambda: [Unit("a", inputs=["ghost"])], ["'a'", "'ghost'"]),
        (lambda: [Unit("a", feedback=["ghost"])], ["'a'", "'ghost'"]),
        (lambda: [Unit("a", inputs=[])], ["'a'"]),
        (lambda: [Unit("a", inputs="frame")], ["'a'", "'frame'"]),
        (lambda: [Unit("a", feedback="a")], ["'a'", "feedback"]),
        (lambda: [Unit("a", inputs=[(FRAME, -1)])], ["'a'", "-1"]),
        (lambda: [Unit("a", inputs=[(FRAME, 1.5)])], ["'a'", "1.5"]),
        (lambda: [Unit("a", inputs=["b"]), Unit("b")], ["'a'", "'b'", "order"]),
        (lambda: [Unit("a"), Unit("b", inputs=["a"], feedback=["a"])], ["'b'", "'a'", "inputs"]),
        (lambda: [Unit("a", feedback=[FRAME])], ["'a'", "'frame'"]),
    ],
)
def test_wrong_wirings_are_refused(one_line_error, units, words):
    one_line_error(lambda: Wiring(units()), *words)


def test_a_cycle_is_spelt_out(one_line_error):
    units = [Unit("a", inputs=["c"]), Unit("b", inputs=["a"]), Unit("c", inputs=["b"])]
    one_line_error(lambda: Wiring(units), "cycle", "a -> b -> c -> a", "feedback")
    one_line_error(lambda: Wiring([Unit("a", inputs=["a"])]), "cycle", "a -> a")


def test_feedback_closes_the_same_loop():
    Wiring([Unit("a", feedback=["c"]), Unit("b", inputs=["a"]), Unit("c", inputs=["b"])])
    Wiring([Unit("a", feedback=["a"])])


def test_a_unit_says_what_it_is():
    class Head:
        """In place of a layer: only its class is looked at."""

    assert repr(Unit("a")) == "<Unit 'a': no layer, reads frame>"
    unit = Unit("b", Head(), ["a", ("a", 2), FRAME], feedback=["c"], every_tick=True)
    assert repr(unit) == "<Unit 'b': Head, reads a, a:tap2, frame, c:feedback at every tick>"
