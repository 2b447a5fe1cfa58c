from glasslab.records.kill_points import listen, passing


def test_the_listener_is_told_every_point_until_it_is_taken_away() -> None:
    passed: list[str] = []
    passing("nobody listens")
    listen(passed.append)
    passing("a step")
    passing("a write")
    listen(None)
    passing("nobody listens again")
    assert passed == ["a step", "a write"]
