import math

import pytest

from glasslab.figures.colours import MARKS, TEXTS, Colours, colours, contrast, steps, viridis
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from tests.report.made_study import BASE

LIGHT, DARK = "#ffffff", "#15181c"


def study(variants: dict[str, dict[str, object]], **more: object) -> Study:
    tables = {key: value for key, value in BASE.items() if key not in ("claims", "reported")}
    return make_study(tables | {"variants": variants} | more, "coloured", Options())


def rates(*values: float) -> Study:
    return study({f"r{place}": {"recipe": {"lr": value}} for place, value in enumerate(values)})


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert math.isclose(contrast("#000000", "#ffffff"), 21.0)
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48  # WCAG's well-known grey that just fails


@pytest.mark.parametrize("place", range(8))
def test_every_mark_and_every_name_stands_out_from_its_ground(place: int) -> None:
    for side, ground in enumerate((LIGHT, DARK)):
        assert contrast(MARKS[place][side], ground) >= 3.0
        assert contrast(TEXTS[place][side], ground) >= 4.5


def test_up_to_eight_variants_have_colours_of_their_own() -> None:
    found = colours(rates(*(0.001 * n for n in range(1, 9))))
    assert not found.sequential
    assert len({found.mark(f"r{place}") for place in range(8)}) == 8


def test_more_variants_follow_a_scale_in_the_order_of_the_one_number_that_differs() -> None:
    found = colours(rates(0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5))
    assert found.sequential
    assert sorted(found.places, key=found.places.__getitem__) == [
        "r1", "r3", "r5", "r7", "r8", "r6", "r4", "r2", "r0",
    ]  # fmt: skip
    assert found.text("r0") == "var(--ink)"


@pytest.mark.parametrize("dark, ground", [(False, LIGHT), (True, DARK)])
def test_the_scale_stands_out_from_its_ground_at_any_length(dark: bool, ground: str) -> None:
    for count in (9, 20, 60):
        scale = Colours({f"v{n}": n for n in range(count)}, sequential=True).variables(dark)
        assert min(contrast(colour, ground) for colour in scale.values()) >= 3.0


def test_twins_share_a_colour() -> None:
    found = colours(study({"a": {}, "b": {"recipe": {"lr": 0.01}}, "c": {}}))
    assert found.mark("c") == found.mark("a") != found.mark("b")


def test_the_scale_of_heat_maps_reads_on_every_step() -> None:
    for dark in (False, True):
        found = steps(dark)
        for step in range(9):
            assert contrast(found[f"--m{step}"], found[f"--n{step}"]) >= 4.5


def test_viridis_has_its_known_ends_and_never_gets_darker() -> None:
    assert (viridis(0.0), viridis(1.0)) == ("#440154", "#fde725")
    on_black = [contrast(viridis(at / 40), "#000000") for at in range(41)]
    assert on_black == sorted(on_black)
