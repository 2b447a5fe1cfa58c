import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from glasslab.data.download import Source, fetch
from glasslab.errors import DataError

BODY = bytes(range(256)) * 2500  # 640,000 bytes: three chunks
HALF = len(BODY) // 2


class Answers(BaseHTTPRequestHandler):
    """Serves BODY in the manner that the path names, and notes every request."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        getattr(self, self.path.strip("/"))()

    def log_message(self, *args):
        pass

    def reply(self, code, body, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def start(self):
        return int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def whole(self):
        start = self.start()
        rest = BODY[start:]
        if self.headers.get("Range") is None:
            self.reply(200, rest, Content_Length=len(rest))
        else:
            given = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
            self.reply(206, rest, Content_Length=len(rest), Content_Range=given)

    def norange(self):
        self.reply(200, BODY, Content_Length=len(BODY))

    def oddrange(self):
        self.reply(206, BODY[1:], Content_Length=len(BODY) - 1, Content_Range=f"bytes 1-{len(BODY) - 1}/x")

    def wrong(self):
        self.reply(200, b"\1" + BODY[1:], Content_Length=len(BODY))

    def cut(self):
        self.reply(200, BODY[:HALF], Content_Length=len(BODY))

    def page(self):
        self.reply(200, b"<html>gone</html>", Content_Length=17)

    def endless(self):
        self.reply(200, BODY + BODY)

    def refuse(self):
        self.reply(403, b"")

    def onward(self):
        self.reply(302, b"", Location="/whole")

    def astray(self):
        self.reply(302, b"", Location="http://data.example/whole")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as serving:
        serving.asked = []
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def source(server, *manners, **changes):
    addresses = tuple(f"http://127.0.0.1:{server.server_port}/{manner}" for manner in manners)
    sums = hashlib.md5(BODY).hexdigest(), hashlib.sha256(BODY).hexdigest()
    return replace(Source("file.bin", addresses, len(BODY), *sums), **changes)


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_file_is_downloaded_whole_with_its_progress(tmp_path, server):
    seen = []
    path = fetch(source(server, "whole"), tmp_path / "new" / "folder", lambda *told: seen.append(told))
    assert path.read_bytes() == BODY
    assert names(path.parent) == ["file.bin"]
    assert seen[0] == ("file.bin", 0, len(BODY))
    assert seen[-1] == ("file.bin", len(BODY), len(BODY))
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})


def test_a_file_that_is_there_is_not_asked_for_again(tmp_path, server):
    fetch(source(server, "whole"), tmp_path)
    fetch(source(server, "whole"), tmp_path)
    assert len(server.asked) == 1


def test_a_damaged_file_under_the_final_name_is_replaced(tmp_path, server):
    (tmp_path / "file.bin").write_bytes(BODY[:-1])
    assert fetch(source(server, "whole"), tmp_path).read_bytes() == BODY


def test_a_download_goes_on_where_it_stopped(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(BODY[:HALF])
    seen = []
    path = fetch(source(server, "whole"), tmp_path, lambda *told: seen.append(told))
    assert path.read_bytes() == BODY
    assert server.asked == [("/whole", f"bytes={HALF}-")]
    assert seen[0] == ("file.bin", HALF, len(BODY))
    assert names(tmp_path) == ["file.bin"]


def test_a_complete_part_needs_no_request(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(BODY)
    assert fetch(source(server, "whole"), tmp_path).read_bytes() == BODY
    assert server.asked == []


@pytest.mark.parametrize("kept", [b"\0" + BODY[1:HALF], BODY + b"\0", b"\0" * len(BODY)])
def test_a_damaged_part_is_given_up_and_begun_again(tmp_path, server, kept):
    (tmp_path / "file.bin.part").write_bytes(kept.replace(b"\0\1", b"\2\1", 1))
    assert fetch(source(server, "whole"), tmp_path).read_bytes() == BODY


def test_a_server_that_cannot_resume_sends_all_again(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(BODY[:HALF])
    assert fetch(source(server, "norange"), tmp_path).read_bytes() == BODY


def test_a_server_that_resumes_elsewhere_is_refused(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(BODY[:HALF])
    with pytest.raises(DataError, match=rf"resumed at 'bytes 1-.*' instead of byte {HALF}"):
        fetch(source(server, "oddrange"), tmp_path)


@pytest.mark.parametrize(
    "manner, reason",
    [
        ("wrong", "has the MD5 [0-9a-f]{32} instead of [0-9a-f]{32}"),
        ("cut", f"stopped after {HALF} of {len(BODY)} bytes"),
        ("page", f"announces 17 bytes instead of {len(BODY)}"),
        ("endless", f"sends more than the {len(BODY)} bytes expected"),
        ("refuse", r"refused \(403 Forbidden\)"),
        ("astray", r"leads to http://data\.example/whole, which is not https"),
    ],
)
def test_what_is_not_the_file_never_gets_its_name(tmp_path, server, manner, reason):
    with pytest.raises(
        DataError, match=rf"^file\.bin: could not be downloaded: http://\S+/{manner} {reason}"
    ):
        fetch(source(server, manner), tmp_path)
    assert "file.bin" not in names(tmp_path)


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path, server):
    with pytest.raises(DataError, match="has the SHA-256"):
        fetch(source(server, "whole", sha256="0" * 64), tmp_path)
    assert names(tmp_path) == []


def test_the_second_mirror_is_used_and_told_of(tmp_path, server):
    path = fetch(source(server, "refuse", "wrong", "whole"), tmp_path)
    assert path.read_bytes() == BODY
    assert [manner for manner, _ in server.asked] == ["/refuse", "/wrong", "/whole"]


def test_the_second_mirror_goes_on_from_what_the_first_gave(tmp_path, server):
    assert fetch(source(server, "cut", "whole"), tmp_path).read_bytes() == BODY
    assert server.asked == [("/cut", None), ("/whole", f"bytes={HALF}-")]


def test_when_all_mirrors_fail_each_is_named_with_its_reason(tmp_path, server):
    pattern = (
        r"/refuse refused \(403 Forbidden\); http\S+/page announces 17 .*Try again later, or put the file"
    )
    with pytest.raises(DataError, match=pattern):
        fetch(source(server, "refuse", "page"), tmp_path)


def test_a_redirect_on_this_machine_is_followed(tmp_path, server):
    assert fetch(source(server, "onward"), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("address", ["http://data.example/a", "ftp://data.example/a", "file:///etc/hosts"])
def test_only_https_is_spoken_with_other_machines(tmp_path, server, address):
    with pytest.raises(DataError, match=f"{address} leads to {address}, which is not https"):
        fetch(source(server, addresses=(address,)), tmp_path)


def test_a_server_that_is_not_there_is_said_to_fail(tmp_path, server):
    closed = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    address = f"http://127.0.0.1:{closed.server_port}/whole"
    closed.server_close()
    with pytest.raises(DataError, match=r"/whole failed \(.*\)"):
        fetch(source(server, addresses=(address,)), tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, server):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match=r"cannot write to .*taken.*; set GLASSLAB_CACHE to a folder"):
        fetch(source(server, "whole"), tmp_path / "taken")
