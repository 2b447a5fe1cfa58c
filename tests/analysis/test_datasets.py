from glasslab.analysis.datasets import datasets
from tests.analysis.made_runs import made

VALUES = {"a": [0.9], "b": [0.8], "c": [0.7]}
RECIPE = {"optimizer": "sgd", "lr": 0.1, "steps": 1}


def with_data(**data: dict[str, object]) -> list[tuple[str, list[str]]]:
    variants = {name: {"data": each} for name, each in data.items()}
    results = made(VALUES, variants=variants, recipe=RECIPE)
    return [(each.title, [v.name for v in each.variants]) for each in datasets(results)]


def test_variants_on_the_same_examples_share_a_data_set() -> None:
    moons, circles = {"name": "moons"}, {"name": "circles"}
    variants = {"a": {"data": moons}, "b": {"data": circles}, "c": {"data": moons, "recipe": {"lr": 0.5}}}
    found = datasets(made(VALUES, variants=variants, recipe=RECIPE))
    assert [(each.title, [v.name for v in each.variants]) for each in found] == [
        ("moons", ["a", "c"]),
        ("circles", ["b"]),
    ]


def test_sets_of_one_name_are_told_apart_by_what_makes_them_others() -> None:
    found = with_data(a={"name": "moons", "noise": 0.1}, b={"name": "moons", "noise": 0.3}, c={"name": "xor"})
    assert found == [("moons, noise 0.1", ["a"]), ("moons, noise 0.3", ["b"]), ("xor", ["c"])]


def test_how_much_of_a_set_is_used_and_how_it_is_scaled_make_no_other_set() -> None:
    found = with_data(
        a={"name": "moons"},
        b={"name": "moons", "normalize": "channel"},
        c={"name": "moons", "train_limit": 100},
    )
    assert found == [("moons", ["a", "b", "c"])]


def test_twins_are_left_out() -> None:
    (_, variants), other = with_data(
        a={"name": "moons"}, b={"name": "moons"}, c={"name": "moons", "noise": 0.4}
    )
    assert variants == ["a"]
    assert other == ("moons, noise 0.4", ["c"])
