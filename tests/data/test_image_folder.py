import io
import os

import numpy as np
import pytest
from PIL import Image

from glasslab.data import image_folder
from glasslab.data.image_folder import in_order
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import to_tensors
from glasslab.errors import DataError
from glasslab.plan.data import ImageFolder

NOISE = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)


def png(array):
    raw = io.BytesIO()
    Image.fromarray(array).save(raw, format="PNG")
    return raw.getvalue()


def made(folder, *names):
    """Writes images of noise by these names, in this order, and returns the folder's path."""
    for image, name in zip(NOISE, names, strict=False):
        path = folder / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(image))
    return folder / "own"


def small(folder):
    return made(folder, "train/cat/1.png", "train/dog/1.png", "test/cat/2.png", "test/dog/2.png")


def loaded(folder, **settings):
    return load(ImageFolder(path="own", **settings), np.random.default_rng(0), Places(None, folder))


def refused(folder, message, **settings):
    with pytest.raises(DataError, match=message):
        loaded(folder, **settings)


def test_classes_and_files_are_in_natural_order(tmp_path):
    made(
        tmp_path,
        *("train/c10/b.PNG", "train/c10/B.png", "train/c10/a.png", "train/c2/x10.png", "train/c2/x9.png"),
        *("train/C3/x.png", "test/c10/y.png", "test/c2/y.png", "test/C3/y.png"),
    )
    got = loaded(tmp_path)
    assert got.classes == ("c2", "C3", "c10")
    assert got.train.y.tolist() == [0, 0, 1, 2, 2, 2]
    order = [4, 3, 5, 2, 1, 0]  # x9, x10; x; a, B, b
    assert np.array_equal(got.train.x, np.moveaxis(NOISE[order], -1, 1))
    assert np.array_equal(got.test.x, np.moveaxis(NOISE[[7, 8, 6]], -1, 1))
    assert got.train.index.tolist() == list(range(6))
    assert (got.origin, got.val, got.input_shape) == ("image-folder (own)", None, (3, 8, 8))


def test_names_that_differ_in_case_alone_have_one_order():
    names = ["b1", "B1", "b01", "a", "A", "10", "9", "", "x9y", "x10y", "é", "²"]
    assert in_order(names) == in_order(reversed(names))
    assert in_order(names)[:4] == ["", "9", "10", "A"]


def test_folders_inside_a_class_folder_belong_to_the_class(tmp_path):
    small(tmp_path)
    made(tmp_path, "train/cat/more/2.png")
    assert loaded(tmp_path).train.y.tolist() == [0, 0, 1]


def test_what_a_system_leaves_is_no_image_and_no_class(tmp_path):
    own = small(tmp_path)
    before = loaded(tmp_path).fingerprint
    (own / "train/.git").mkdir()
    (own / "train/cat/.ipynb_checkpoints").mkdir()
    for name in (
        ".DS_Store",
        "train/Thumbs.db",
        "train/cat/Thumbs.db",
        "train/cat/._1.png",
        "test/readme.txt",
    ):
        (own / name).write_bytes(b"?")
    (own / "train/cat/.ipynb_checkpoints/1.png").write_bytes(b"?")
    assert loaded(tmp_path).fingerprint == before


def test_loops_of_links_do_no_harm(tmp_path):
    own = small(tmp_path)
    before = loaded(tmp_path).fingerprint
    (own / "train/cat/loop").symlink_to(own)
    (own / "train/dog/self").symlink_to(".", target_is_directory=True)
    assert loaded(tmp_path).fingerprint == before


def test_a_class_folder_may_be_a_link(tmp_path):
    own = small(tmp_path)
    before = loaded(tmp_path).fingerprint
    (own / "train/cat").rename(tmp_path / "elsewhere")
    (own / "train/cat").symlink_to(tmp_path / "elsewhere")
    assert loaded(tmp_path).fingerprint == before


def test_the_content_counts_and_not_where_it_lies(tmp_path):
    small(tmp_path / "a")
    small(tmp_path / "b")
    first = loaded(tmp_path / "a").fingerprint
    assert loaded(tmp_path / "b").fingerprint == first
    changed = NOISE[0].copy()
    changed[3, 3, 1] ^= 1
    (tmp_path / "b/own/train/cat/1.png").write_bytes(png(changed))
    assert loaded(tmp_path / "b").fingerprint != first


def test_size_and_grey_change_the_shape(tmp_path):
    own = small(tmp_path)
    (own / "train/cat/wide.png").write_bytes(png(np.zeros((20, 50), np.uint8)))
    assert loaded(tmp_path, size=12).input_shape == (3, 12, 12)
    got = loaded(tmp_path, size=12, grey=True)
    assert (got.input_shape, got.train.x.dtype, len(got.train)) == ((1, 12, 12), np.uint8, 3)
    assert (got.train.x[1] == 0).all()


def test_limits_validation_and_scaling_work_as_for_all_images(tmp_path):
    made(
        tmp_path,
        *(f"{part}/{name}/{i}.png" for part in ("train", "test") for name in "ab" for i in range(10)),
    )
    settings = ImageFolder(path="own", train_limit=6, test_limit=4, validation=2, normalize="channel")
    got = load(settings, np.random.default_rng(0), Places(None, tmp_path))
    assert np.bincount(got.train.y).tolist() == [3, 3]
    assert np.bincount(got.val.y).tolist() == [1, 1]
    assert np.bincount(got.test.y).tolist() == [2, 2]
    x = to_tensors(got, settings, "cpu").train.x.double()
    assert x.mean((0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert x.std((0, 2, 3), correction=0).tolist() == pytest.approx([1, 1, 1], abs=1e-6)


def test_a_missing_folder_is_named_with_where_it_was_looked_for(tmp_path):
    message = r"\[data\] path: no folder .*own; the path is relative to the study file"
    refused(tmp_path, message)
    (tmp_path / "own").write_text("a file")
    refused(tmp_path, message)


def test_missing_parts_are_named_with_what_is_there(tmp_path):
    (tmp_path / "own").mkdir()
    refused(
        tmp_path, "own: has no folder train/ and no test/, it holds nothing; put images into train/<class>/"
    )
    for name in ("Train", "val", "cat", "dog", "train"):
        (tmp_path / "own" / name).mkdir()
    refused(tmp_path, "own: has no folder test/, it holds cat, dog, Train and 2 more; put images into")
    (tmp_path / "own/test").mkdir()
    refused(tmp_path, "own: train/ and test/ hold no folders; put each class into its own")


def test_parts_with_other_classes_are_refused(tmp_path):
    made(tmp_path, "train/a/1.png", "train/b/1.png", "test/b/1.png", "test/c/1.png", "test/d/1.png")
    refused(tmp_path, "own: train/ lacks c, d and test/ lacks a; both must have the same class folders")


def test_classes_without_images_are_named(tmp_path):
    own = small(tmp_path)
    (own / "test/cat/2.png").unlink()
    refused(tmp_path, "own: a class folder has no images: test/cat; add some, or remove the class from both")
    for name in "efgh":
        (own / "train" / name).mkdir()
        (own / "test" / name).mkdir()
    refused(tmp_path, "own: 9 class folders have no images: train/e, train/f, train/g and 6 more; add some")


def test_files_that_are_no_images_are_named_all_at_once(tmp_path):
    own = small(tmp_path)
    (own / "train/cat/1.png").write_bytes(b"hello")
    refused(tmp_path, r"own: a file cannot be read: train/cat/1\.png \(is no PNG, JPEG, .*\); mend or remove")
    for number in range(4):
        (own / f"test/dog/{number}.txt").write_bytes(b"")
    refused(
        tmp_path, r"own: 5 files cannot be read: train/cat/1\.png .*, test/dog/1\.txt \(is .*\) and 2 more;"
    )


def test_images_of_different_sizes_need_a_size(tmp_path):
    own = small(tmp_path)
    (own / "train/dog/0.png").write_bytes(png(np.zeros((5, 9, 3), np.uint8)))
    refused(
        tmp_path,
        r"own: images differ in size: train/cat/1\.png has 8 x 8, but train/dog/0\.png has 9 x 5; "
        r"set \[data\] size to make all of them squares",
    )


def test_more_pixels_than_fit_are_refused_with_their_number(tmp_path, monkeypatch):
    small(tmp_path)  # 4 x 3 x 8 x 8 bytes
    monkeypatch.setattr(image_folder, "LARGEST_SET", 767)
    refused(
        tmp_path, r"own: 4 images of 8 x 8 pixels with 3 channels take .* GiB, .*; set \[data\] size to fewer"
    )
    refused(tmp_path, "own: 4 images of 16 x 16 pixels with 1 channels take", size=16, grey=True)
    monkeypatch.setattr(image_folder, "LARGEST_SET", 768)
    assert len(loaded(tmp_path).train) == 2


def test_the_largest_set_is_told_in_gibibytes():
    with pytest.raises(
        DataError, match=r"100,000 images of 224 x 224 pixels with 3 channels take 14\.0 GiB, and 4 "
    ):
        image_folder.require_room(100_000, (3, 224, 224), "own")


def test_names_that_are_no_text_are_written_as_escapes(tmp_path):
    own = small(tmp_path)
    odd = os.fsdecode(b"na\xffme\n")
    try:
        (own / "train" / odd).mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    refused(tmp_path, r"own: test/ lacks na\\udcffme\\n; both must")
    (own / "test" / odd).mkdir()
    for part in ("train", "test"):
        (own / part / odd / "1.png").write_bytes(png(NOISE[0]))
    assert loaded(tmp_path).classes == ("cat", "dog", r"na\udcffme\n")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_listed_is_named(tmp_path):
    own = small(tmp_path)
    (own / "train/cat").chmod(0)
    try:
        refused(tmp_path, r"own: .*train/cat cannot be listed \(Permission denied\)")
    finally:
        (own / "train/cat").chmod(0o700)
