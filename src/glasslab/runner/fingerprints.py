"""The data sets of a study, each loaded once for its fingerprint and its shapes."""

from glasslab.data.dataset import Dataset
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.plan.data import drawn_per_seed
from glasslab.plan.settings import plain
from glasslab.plan.study import Variant
from glasslab.training import streams


class Fingerprints:
    """The data sets that a study needs, each loaded once for its fingerprint and its shapes."""

    def __init__(self, places: Places) -> None:
        """Nothing is loaded yet."""
        self.places = places
        self.known: dict[str, str] = {}
        self.sets: dict[str, Dataset] = {}

    def of(self, variant: Variant, seed: int) -> str:
        """Returns the fingerprint of the examples of one run."""
        key = self.key(variant, seed)
        if key not in self.known:
            self.known[key] = self.load(variant, seed).fingerprint
        return self.known[key]

    def first(self, variant: Variant, seed: int) -> Dataset:
        """Returns a variant's data for one seed, kept for other variants with the same."""
        key = self.key(variant, seed)
        if key not in self.sets:
            self.sets[key] = self.load(variant, seed)
            self.known[key] = self.sets[key].fingerprint
        return self.sets[key]

    def load(self, variant: Variant, seed: int) -> Dataset:
        """Returns a variant's data for one seed."""
        return load(variant.data, streams.generator(seed, "data"), self.places)

    def key(self, variant: Variant, seed: int) -> str:
        """Returns what tells data sets apart: settings but for scaling, and the seed where it makes them."""
        chosen = {name: value for name, value in plain(variant.data).items() if name != "normalize"}
        return repr((chosen, seed if drawn_per_seed(variant.data) else None))
