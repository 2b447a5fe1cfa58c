import re

from markupsafe import Markup

from glasslab.report.drawing import inside_script, own_names
from glasslab.report.page import in_line, prose


def seen(text: Markup) -> str:
    return re.sub(r"<[^>]*>", "", text)


def test_numbers_do_not_part_from_their_units() -> None:
    assert prose("97.86 ± 0.12 %, 5 seeds") == "97.86\u00a0±\u00a00.12\u00a0%, 5\u00a0seeds"


def test_prose_is_escaped() -> None:
    assert prose("<b> & 'x'") == "&lt;b&gt; &amp; &#39;x&#39;"


def test_numbers_in_a_column_come_to_the_same_width() -> None:
    lined = in_line(["97.86 ± 0.12", "62 ± 14", "100.00 ± 0"])
    after_point = [seen(each).replace("\u00a0", " ").partition(" ± ") for each in lined]
    assert [len(mean.lstrip("0123456789")) for mean, _, _ in after_point] == [3, 3, 3]
    assert len({len(half) for _, _, half in after_point}) == 1


def test_what_is_filled_up_is_hidden_from_readers() -> None:
    first, second = in_line(["1.5", "2"])
    assert first == "1.5"
    assert second == '2<span class="unseen" aria-hidden="true">.0</span>'


def test_words_in_a_column_of_numbers_stay_words() -> None:
    assert in_line(["–", "1.5"])[0] == "–"


def test_data_in_a_script_cannot_end_it() -> None:
    assert inside_script('{"a":"</script><!--&"}') == '{"a":"\\u003c/script\\u003e\\u003c!--\\u0026"}'


def test_names_inside_a_picture_are_its_own() -> None:
    svg = '<svg class="m" width="10" height="5"><clipPath id="clip1"/><g clip-path="url(#clip1)"/></svg>'
    named = own_names(svg, "curves-1")
    assert 'id="curves-1-part0"' in named
    assert "url(#curves-1-part0)" in named
