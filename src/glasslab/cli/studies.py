"""glasslab studies: what is shipped."""

import json

from glasslab.cli.options import JSON_VERSION, Json


def studies(as_json: Json = False) -> None:
    """List the shipped studies and their questions."""
    from glasslab.analysis.numbers import counted
    from glasslab.plan.shipped import find_study, shipped_studies

    found = [find_study(name) for name in shipped_studies()]
    if as_json:
        rows = [
            {
                "name": s.name,
                "question": s.question,
                "variants": len(s.variants),
                "seeds": len(s.seeds),
                "replicates": s.replicates,
            }
            for s in found
        ]
        print(json.dumps({"version": JSON_VERSION, "studies": rows}, indent=1))
        return
    width = max(len(study.name) for study in found)
    for study in found:
        print(f"{study.name:<{width}}  {study.question}")
        size = f"{counted(len(study.variants), 'variant')} x {counted(len(study.seeds), 'seed')}"
        again = f", does {study.replicates} again" if study.replicates else ""
        print(f"{'':<{width}}  {size}{again}")
