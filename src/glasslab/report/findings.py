"""What was found: scores, learning curves, claims, reported values, and differences by pairs."""

from dataclasses import dataclass

from glasslab.analysis.claim_words import evidence_words
from glasslab.analysis.curves import curve
from glasslab.analysis.names import difference_heading, metric_heading, metric_name
from glasslab.analysis.numbers import (
    counted,
    difference_alone,
    ends,
    p_value,
    value,
    with_interval,
)
from glasslab.analysis.pair_words import extremes, finding
from glasslab.analysis.pairs import Pair
from glasslab.analysis.phrases import names
from glasslab.analysis.reported import Comparison, against_reported
from glasslab.analysis.verdicts import Judged
from glasslab.figures import curves as curve_figure
from glasslab.figures import heatmap, pairs as pair_figure, reported as reported_figure
from glasslab.figures import scores as score_figure
from glasslab.figures.claims import Strip, strip
from glasslab.plan.metric import Metric, parse_metric
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.table import table

CURVES = ("train/accuracy", "val/accuracy", "test/accuracy", "train/loss", "val/loss", "test/loss")
MOST_PAIRS = 12  # shown as a figure; all of them stand in pairs.csv
