import warnings

import numpy as np
import pytest
from PIL import Image

from glasslab.data.image_file import FORMATS, read_image, reason
from glasslab.data.pixels import turned_grey

RGB = np.random.default_rng(0).integers(0, 256, (6, 10, 3), dtype=np.uint8)
LOSSLESS = {"png": {}, "bmp": {}, "tiff": {}, "webp": {"lossless": True}}


def written(path, array, mode=None, **options):
    image = Image.fromarray(np.asarray(array))
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def pixels(path, size=None, grey=False):
    return np.moveaxis(read_image(path, size, grey), 0, -1)


@pytest.mark.parametrize("ending", LOSSLESS)
def test_a_format_without_loss_gives_the_pixels_that_were_written(tmp_path, ending):
    path = written(tmp_path / f"a.{ending}", RGB, **LOSSLESS[ending])
    got = read_image(path, None, False)
    assert (got.shape, got.dtype) == ((3, 6, 10), np.uint8)
    assert np.array_equal(pixels(path), RGB)


def test_jpeg_gives_a_flat_colour_nearly_as_it_was(tmp_path):
    path = written(tmp_path / "a.JPG", np.full((16, 16, 3), (200, 30, 90), np.uint8), quality=95)
    assert np.abs(pixels(path).astype(int) - (200, 30, 90)).max() <= 3


def test_what_a_file_is_its_content_says(tmp_path):
    path = written(tmp_path / "a.jpg", RGB, format="PNG")
    assert np.array_equal(pixels(path), RGB)


@pytest.mark.parametrize("ending, options", [("gif", {}), ("webp", {"lossless": True}), ("png", {})])
def test_the_first_frame_of_an_animation_is_taken(tmp_path, ending, options):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=frames[1:], **options)
    assert (pixels(tmp_path / f"a.{ending}") == (255, 0, 0)).all()


def test_the_first_page_of_several_is_taken(tmp_path):
    pages = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert (pixels(tmp_path / "a.tif") == (255, 0, 0)).all()


def test_transparency_lies_over_white(tmp_path):
    rgba = np.array([[[200, 0, 100, 255], [200, 0, 100, 0], [200, 0, 100, 51]]], np.uint8)
    # a fifth of the colour and four fifths of white: 0.2 x 200 + 0.8 x 255 = 244, and so on
    want = [[[200, 0, 100], [255, 255, 255], [244, 204, 224]]]
    assert pixels(written(tmp_path / "a.png", rgba)).tolist() == want


def test_a_transparent_entry_of_a_palette_is_white(tmp_path):
    image = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.save(tmp_path / "a.png", transparency=1)
    image.save(tmp_path / "a.gif", transparency=1)
    for name in ("a.png", "a.gif"):
        assert pixels(tmp_path / name).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_grey_and_black_and_white_files_have_three_equal_channels(tmp_path):
    grey = RGB[:, :, 0]
    assert np.array_equal(pixels(written(tmp_path / "a.png", grey)), np.stack([grey] * 3, -1))
    assert pixels(written(tmp_path / "b.png", np.array([[True, False]]))).tolist() == [[[255] * 3, [0] * 3]]


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_the_upper_half_of_sixteen_bits_is_kept(tmp_path, ending):
    path = written(tmp_path / f"a.{ending}", np.array([[0, 255, 256, 32768, 65535]], np.uint16))
    assert pixels(path)[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_inks_become_light(tmp_path):
    image = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    image.save(tmp_path / "a.tif")
    assert (pixels(tmp_path / "a.tif") == (255, 0, 0)).all()


def test_the_first_image_of_a_phone_s_several_is_taken(tmp_path):
    images = [Image.new("RGB", (8, 8), colour) for colour in ("black", "white")]
    images[0].save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=images[1:])
    assert pixels(tmp_path / "a.jpg").max() == 0


def test_an_image_stands_as_the_camera_was_held(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    path = written(tmp_path / "a.png", RGB, exif=exif)
    assert np.array_equal(pixels(path), np.rot90(RGB, -1))


def test_grey_is_the_luma_of_every_data_set(tmp_path):
    path = written(tmp_path / "a.png", RGB)
    want = turned_grey(np.moveaxis(RGB, -1, 0)[None])[0]
    assert np.array_equal(read_image(path, None, True), want)


def test_size_cuts_the_square_out_of_the_middle(tmp_path):
    wide = np.zeros((8, 24, 3), np.uint8)
    wide[:, 8:16] = RGB[:1, :8]
    assert np.array_equal(pixels(written(tmp_path / "a.png", wide), size=8), wide[:, 8:16])
    assert np.array_equal(
        pixels(written(tmp_path / "b.png", wide.swapaxes(0, 1)), size=8), wide[:, 8:16].swapaxes(0, 1)
    )


def test_shrinking_takes_every_pixel_into_account(tmp_path):
    checks = np.indices((64, 64)).sum(0) % 2 * 255
    got = pixels(written(tmp_path / "a.png", checks.astype(np.uint8)), size=8)
    assert got.shape == (8, 8, 3)
    assert np.abs(got.astype(int) - 127.5).max() < 4


@pytest.mark.parametrize("size", [8, 64])
def test_size_makes_squares_of_large_and_small_images(tmp_path, size):
    for name, shape in (("a", (1, 40)), ("b", (31, 17))):
        path = written(tmp_path / f"{name}.png", np.full(shape, 77, np.uint8))
        assert (read_image(path, size, True) == np.full((1, size, size), 77)).all()


def why_not(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read_image(path, None, False)
        except Exception as why:
            return reason(why)
    return None


def test_a_file_of_another_kind_is_told_apart(tmp_path):
    for name, content in (("a.png", b""), ("a.jpg", b"hello"), ("a.ppm", b"P6 1 1 255\n\0\0\0")):
        (tmp_path / name).write_bytes(content)
        assert why_not(tmp_path / name) == "is no PNG, JPEG, BMP, GIF, WEBP or TIFF"


def test_a_cut_file_is_damaged(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for ending in ("png", "jpg", "bmp", "gif", "webp", "tif"):
        path = written(tmp_path / f"a.{ending}", noise)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert why_not(path), ending


def test_any_changed_byte_gives_pixels_or_a_reason(tmp_path):
    rng = np.random.default_rng(0)
    for ending in ("png", "jpg", "bmp", "gif", "webp", "tif"):
        whole = written(tmp_path / f"a.{ending}", RGB).read_bytes()
        for _ in range(40):
            raw = bytearray(whole)
            raw[rng.integers(len(raw))] = rng.integers(256)
            (tmp_path / "changed").write_bytes(raw)
            said = why_not(tmp_path / "changed")
            assert said is None or said.strip()


def test_an_image_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    path = written(tmp_path / "a.png", np.zeros((40, 40), np.uint8))
    for limit in (1000, 100):  # Pillow warns above the limit and refuses above twice the limit
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        assert why_not(path) == f"claims more than {limit:,} pixels"


def test_numbers_that_have_no_white_are_refused(tmp_path):
    for kind in (np.int32, np.float32):
        path = written(tmp_path / "a.tif", np.zeros((2, 2), kind))
        assert why_not(path) == "has 32 bits a pixel; save it with 8 or 16"


def test_a_link_to_nothing_and_a_folder_are_no_files(tmp_path):
    (tmp_path / "a.png").symlink_to("gone.png")
    (tmp_path / "b.png").symlink_to("b.png")
    for path in (tmp_path / "a.png", tmp_path / "b.png", tmp_path):
        assert why_not(path) == "is no file, or a link to nothing"


def test_every_format_can_be_decoded_here():
    Image.init()
    assert set(FORMATS) <= Image.OPEN.keys()
