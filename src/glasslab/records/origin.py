"""Where a run comes from: the study beside it, reduced to this run, and its settings as structs."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasslab.errors import GlasslabError, StudyError
from glasslab.plan.data import DATASETS, read_data
from glasslab.plan.identity import RunSettings, identity, run_hash
from glasslab.plan.metric import parse_metric
from glasslab.plan.net import read_net
from glasslab.plan.recipe import read_recipe
from glasslab.plan.settings import Problems, plain
from glasslab.plan.study import Study, Variant
from glasslab.plan.study_file import read_study
from glasslab.records.manifest import Manifest


def own_study(folder: Path, manifest: Manifest) -> Study:
    """Returns the study of a run with this run alone: one variant, one seed, and nothing claimed.

    The study.toml beside the run knows what its manifest does not: where data and modules of one's own lie. A
    run whose variant is not in it any more has its settings from the manifest.

    Args:
        folder: the run's.
        manifest: the run's.

    Raises:
        StudyError: when the settings cannot be read, or it is not known any more where its data lies.
    """
    study = study_beside(folder)
    variants = study.variants if study is not None else ()
    same = [each for each in variants if is_variant(each, manifest)]
    named = [each for each in same if each.name == manifest.variant]
    variant = (named or same or [kept_variant(folder, manifest, variants)])[0]
    if study is None:
        study = Study(folder.parent.name, "", parse_metric("test/accuracy"), (), ())
    alone: dict[str, Any] = {"claims": (), "baseline": None, "reported": None, "also": (), "replicates": ""}
    return replace(study, variants=(variant,), seeds=(manifest.seed,), **alone)


def study_beside(folder: Path) -> Study | None:
    """Returns the study that a run was made for, None where it is not there or cannot be read."""
    with suppress(GlasslabError, OSError):
        return read_study(folder.resolve().parent / "study.toml")
    return None


def is_variant(variant: Variant, manifest: Manifest) -> bool:
    """Returns whether a run was made with a variant's settings."""
    known_by = manifest.identity
    settings = RunSettings.of(variant, manifest.seed)
    again = identity(settings, known_by["data"]["fingerprint"], known_by["net"].get("source"))
    return run_hash(again) == manifest.hash


def kept_variant(folder: Path, manifest: Manifest, others: tuple[Variant, ...]) -> Variant:
    """Returns a run's settings from its manifest, and the path of its data from a variant with the same.

    Raises:
        StudyError: when they cannot be read, or no variant has the path.
    """
    data, net, recipe = ({**manifest.identity[part]} for part in ("data", "net", "recipe"))
    data.pop("fingerprint", None)
    net.pop("source", None)
    kind = DATASETS.get(str(data.get("name")))
    if kind is not None and "path" in kind.settings.__struct_fields__:
        data["path"] = path_of(data, others)
        if data["path"] is None:
            raise StudyError(
                [
                    f"{folder}: the study.toml beside it does not say any more where the run's data lies; put"
                    " its variant back into the study file and run that"
                ]
            )
    problems = Problems(f"{folder / 'run.json'}")
    read = read_data(data, problems), read_net(net, problems), read_recipe(recipe, problems)
    if read[0] is None or read[1] is None or read[2] is None:
        raise StudyError(problems.found)
    return Variant(manifest.variant, read[0], read[1], read[2])


def path_of(data: dict[str, Any], others: tuple[Variant, ...]) -> str | None:
    """Returns the path of the first variant whose data settings are otherwise these; None without one."""
    tables = [plain(each.data) for each in others]
    return next((table["path"] for table in tables if {**data, "path": table.get("path")} == table), None)
