import pytest

from glasslab.report import live_script


@pytest.fixture
def bundled(monkeypatch):
    calls = []

    def bundle():
        calls.append(1)
        return "window.chart = 'é';\n"

    monkeypatch.setattr(live_script, "bundle", bundle)
    return calls


def fresh():
    return live_script.live_script.__wrapped__()


def test_the_script_is_put_together_once_a_machine(bundled):
    assert fresh() == fresh() == "window.chart = 'é';\n"
    assert len(bundled) == 1


def test_the_script_of_another_version_is_put_together_anew(bundled, monkeypatch):
    fresh()
    monkeypatch.setattr(live_script, "version", lambda name: "99.0")
    fresh()
    assert len(bundled) == 2


def test_a_cache_that_cannot_be_written_changes_nothing(bundled, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GLASSLAB_CACHE", str(tmp_path / "file"))
    assert fresh() == fresh() == "window.chart = 'é';\n"
    assert len(bundled) == 2


def test_a_script_that_is_no_text_is_put_together_again(bundled):
    fresh()
    (kept,) = live_script.user_cache().glob("vega-*.js")
    kept.write_bytes(b"\xff\xfe\x00")
    assert fresh() == "window.chart = 'é';\n"
    assert len(bundled) == 2


def test_nothing_is_left_beside_the_script(bundled):
    fresh()
    assert [path.suffix for path in live_script.user_cache().iterdir()] == [".js"]


def test_the_script_cannot_end_the_element_that_it_stands_in(monkeypatch):
    import vl_convert

    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda snippet: "'</script><!--'")
    assert live_script.bundle() == "'<\\/script><\\!--'"
