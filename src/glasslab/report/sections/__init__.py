"""The sections of the report, one a file, in the order in which they stand on the page."""

from collections.abc import Callable

from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.sections.again import again_section
from glasslab.report.sections.also import also_section
from glasslab.report.sections.claims import claims_section
from glasslab.report.sections.curves import curves_section
from glasslab.report.sections.gradients import gradients_section
from glasslab.report.sections.inside import inside_section
from glasslab.report.sections.method import method_section
from glasslab.report.sections.mistakes import mistakes_section
from glasslab.report.sections.pairs import pairs_section
from glasslab.report.sections.reported import reported_section
from glasslab.report.sections.scores import table_section

ORDER: tuple[Callable[[Material], Section | None], ...] = (
    table_section,
    also_section,
    curves_section,
    gradients_section,
    claims_section,
    reported_section,
    pairs_section,
    mistakes_section,
    inside_section,
    method_section,
    again_section,
)


def sections(material: Material) -> list[Section]:
    """Returns the sections that there is something to say in."""
    return [section for make in ORDER if (section := make(material)) is not None]
