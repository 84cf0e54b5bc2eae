"""Ways of a cotangent agree with the staleness of every unit."""

from cases import cases, chain, schedule
from hypothesis import given

from mpvn.schedule.cotangents import first_complete, travels


def test_a_chain():
    found = schedule(chain(4))
    ways = travels(found, first_complete(found))
    assert [(way.source, way.sent, way.arrives, way.staleness) for way in ways] == [
        ("u2", 3, 4, 2),
        ("u1", 4, 5, 4),
        ("u0", 5, 6, 6),
    ]
    back = travels(found, first_complete(found), exact=True)
    assert [(way.source, way.arrives, way.staleness) for way in back] == [("u2", 2, 0), ("u1", 1, 0), ("u0", 0, 0)]


@given(cases())
def test_every_staleness_is_one_of_a_way(case):
    """Over the executions of the output in a hyper-period; sources that the output itself reads are the first ends."""
    found = schedule(case)
    begin = first_complete(found)
    ticks = [tick for tick in range(begin, begin + found.hyper_period) if found.executes(found.output, tick)]
    ways = [way for tick in ticks for way in travels(found, tick)]
    for name, ages in found.path_staleness.items():
        of_unit = {way.staleness for way in ways if way.source == name}
        assert of_unit <= set(ages) if name != found.output else not of_unit
    assert all(way.arrives >= way.sent and way.staleness >= 0 for way in ways)
    exact = [way for tick in ticks for way in travels(found, tick, exact=True)]
    assert all(way.staleness == 0 and way.arrives <= way.sent for way in exact)
    assert {(way.reader, way.source) for way in exact} == {(way.reader, way.source) for way in ways}
