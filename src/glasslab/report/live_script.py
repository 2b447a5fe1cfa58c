"""The script that makes charts live: Vega-Embed with Vega and Vega-Lite, made once a machine."""

import functools
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from glasslab.data.places import user_cache


@functools.cache
def live_script() -> str:
    """Returns Vega-Embed with Vega and Vega-Lite as one script (BSD-3-Clause), for every chart.

    Putting it together takes longer than drawing a report does, so it is kept in the user's cache, under the
    version of what made it.
    """
    kept = user_cache() / f"vega-{version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        return kept.read_text(encoding="utf-8")
    script = bundle()
    with suppress(OSError):  # without a cache it is put together again the next time
        keep(kept, script)
    return script


def bundle() -> str:
    """Returns the script as it may stand inside an element of a page."""
    import vl_convert  # noqa: PLC0415 starts a JavaScript engine; only drawing needs it

    script: str = vl_convert.javascript_bundle("window.glasslabEmbed = vegaEmbed;")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def keep(path: Path, script: str) -> None:
    """Writes the script to a file that is there whole or not at all, whoever else is writing it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{path.name}.{os.getpid()}")
    own.write_bytes(script.encode())  # bytes, for Windows would write other line ends
    with suppress(PermissionError):  # Windows, while another process reads the same content there
        own.replace(path)
    own.unlink(missing_ok=True)
