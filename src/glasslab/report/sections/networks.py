"""The networks: their layers, with shapes, parameters and arithmetic."""

from dataclasses import dataclass

from glasslab.analysis.layers import with_formulas
from glasslab.analysis.numbers import TIMES, count
from glasslab.records.manifest import DataFacts, NetFacts
from glasslab.report.material import Material


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer as the report shows it.

    Attributes:
        name: as the module is called.
        kind: its class, or the layer as a formula writes it.
        shape: of its output.
        formula: how its parameters come about.
        parameters: their number.
        flops: operations of a forward pass of one example.
    """

    name: str
    kind: str
    shape: str
    formula: str
    parameters: str
    flops: str


@dataclass(frozen=True, slots=True)
class Network:
    """One network as the report shows it.

    Attributes:
        variants: those that have it.
        layers: in the order of the forward pass.
        parameters: in all.
        flops: in all; "–" where a layer's are not known.
    """

    variants: tuple[str, ...]
    layers: tuple[LayerRow, ...]
    parameters: str
    flops: str


def networks(material: Material) -> list[Network]:
    """Returns the distinct networks of a study; those of equal layers are one."""
    found: dict[str, tuple[NetFacts, DataFacts | None, list[str]]] = {}
    for each in material.results.variants:
        for run in each.runs.values():
            net = run.manifest.net
            if net is not None:
                found.setdefault(repr(net.layers), (net, run.manifest.data, []))[2].append(each.name)
                break
    return [network(net, data, tuple(names)) for net, data, names in found.values()]


def network(net: NetFacts, data: DataFacts | None, variants: tuple[str, ...]) -> Network:
    """Returns a network's layers as rows."""
    rows = tuple(
        LayerRow(
            name=layer.name,
            kind=layer.kind,
            shape=f" {TIMES} ".join(map(count, layer.output_shape)) or "–",
            formula=formula,
            parameters=count(layer.parameters),
            flops="–" if layer.flops is None else count(layer.flops),
        )
        for layer, formula in with_formulas(net.layers, data.input_shape if data else ())
    )
    return Network(variants, rows, count(net.parameters), "–" if net.flops is None else count(net.flops))
