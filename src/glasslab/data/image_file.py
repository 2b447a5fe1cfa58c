"""One image, from a file of any common format, as a viewer would show it."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Pixels = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")


def read_image(path: Path, size: int | None, grey: bool) -> Pixels:
    """Returns an image's pixels (C, H, W), 0 to 255; what its file is, the content says, not the name.

    Of an animation or of several pages the first is taken. It stands upright as its Exif data says,
    lies over white where it is transparent, and keeps the upper 8 of 16 bits.

    Args:
        path: the file.
        size: cut the largest square out of the middle and resize it to so many pixels a side (bilinear,
            antialiased); None leaves the image's own height and width.
        grey: one channel, the luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), instead of three.

    Raises:
        Exception: of any kind, for what decoders raise on damaged files has no end; `reason` words it.
    """
    if not path.is_file():  # opening a pipe would wait for ever
        raise FileNotFoundError(2, "is no file, or a link to nothing")
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file, formats=FORMATS) as image:
            shown = as_shown(image)
    shown = shown.convert("L") if grey else shown
    if size is not None and shown.size != (size, size):
        shown = ImageOps.fit(shown, (size, size), Image.Resampling.BILINEAR)
    values = np.asarray(shown, dtype=np.uint8)
    return values[None] if grey else np.moveaxis(values, -1, 0)


def as_shown(image: Image.Image) -> Image.Image:
    """Returns an open image in red, green and blue, upright and opaque."""
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise ValueError("has 32 bits a pixel; save it with 8 or 16")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def reason(why: Exception) -> str:
    """Returns in a few words why a file could not be read as an image."""
    if isinstance(why, UnidentifiedImageError):
        return f"is no {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
    if isinstance(why, Image.DecompressionBombWarning | Image.DecompressionBombError):
        return f"claims more than {Image.MAX_IMAGE_PIXELS:,} pixels"
    said = why.strerror if isinstance(why, OSError) and why.strerror else str(why)
    return said or type(why).__name__
