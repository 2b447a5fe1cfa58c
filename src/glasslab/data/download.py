"""Downloading published files: https only, resumed, capped, verified, and put in place whole."""

import hashlib
import http.client
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO

from filelock import FileLock

from glasslab.errors import DataError

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that are here, and the bytes it will have."""

CHUNK_BYTES = 1 << 18
TIMEOUT_SECONDS = 30
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Source:
    """A published file that never changes.

    Attributes:
        name: its file name.
        addresses: where it can be had, the official address first; all give the same bytes.
        size: its length in bytes; not a byte more is read.
        md5: its MD5 as published (hex).
        sha256: its SHA-256 (hex), or "" where none is known.
    """

    name: str
    addresses: tuple[str, ...]
    size: int
    md5: str
    sha256: str = ""


def silent(name: str, done_bytes: int, total_bytes: int) -> None:
    """Reports no progress."""


def fetch(source: Source, folder: Path, progress: Progress = silent) -> Path:
    """Returns the path of a published file in `folder`, downloaded unless it is there already.

    What arrives is written to a `.part` file, which a later call goes on with; only when size and
    checksums agree does it get its name. So a file under its name is always whole.

    Args:
        source: what to fetch.
        folder: where it goes; made when missing.
        progress: called as bytes arrive.

    Raises:
        DataError: when the folder cannot be written, or no address gave the file; says why for each.
    """
    final = folder / source.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".download.lock"):  # two runs may want the same file at once
            if not final.exists() or fault(final, source):
                part = final.with_name(f"{source.name}.part")
                replace(arrived(source, part, progress), final)
    except OSError as why:
        raise DataError(
            f"{source.name}: cannot write to {folder} ({why.strerror}); "
            "set GLASSLAB_CACHE to a folder that can be written"
        ) from why
    return final


def arrived(source: Source, part: Path, progress: Progress) -> Path:
    """Returns `part`, complete and verified, from the first address that gives it."""
    reasons = []
    for address in source.addresses:
        try:
            attempt(address, part, source, progress)
        except (OSError, ValueError, http.client.HTTPException, DataError) as why:
            reasons.append(f"{address} {reason(why)}")
        else:
            return part
    raise DataError(
        f"{source.name}: could not be downloaded: {'; '.join(reasons)}. "
        f"Try again later, or put the file into {part.parent} yourself"
    )


def attempt(address: str, part: Path, source: Source, progress: Progress) -> None:
    """Completes `part` from one address; raises DataError when what comes is not the file."""
    resumed = part.exists()
    transfer(address, part, source, progress)
    wrong = fault(part, source)
    if wrong and resumed:
        # The damage may be in what was kept from before.
        part.unlink()
        transfer(address, part, source, progress)
        wrong = fault(part, source)
    if wrong:
        part.unlink()
        raise DataError(wrong)


def transfer(address: str, part: Path, source: Source, progress: Progress) -> None:
    """Appends what is missing of `part`, or begins again where the server cannot resume."""
    start = part.stat().st_size if part.exists() else 0
    if start > source.size:
        part.unlink()
        start = 0
    if start == source.size:
        return
    headers = {"User-Agent": "glasslab", **({"Range": f"bytes={start}-"} if start else {})}
    with opened(urllib.request.Request(allowed(address), headers=headers)) as reply:
        if reply.status == http.HTTPStatus.PARTIAL_CONTENT:
            given = reply.headers.get("Content-Range", "")
            if not given.startswith(f"bytes {start}-"):
                raise DataError(f"resumed at '{given}' instead of byte {start}")
        else:
            start = 0
        if reply.length is not None and start + reply.length != source.size:
            raise DataError(f"announces {start + reply.length} bytes instead of {source.size}")
        with part.open("ab" if start else "wb") as file:
            copy(reply, file, start, source, progress)


def copy(
    reply: http.client.HTTPResponse, file: IO[bytes], start: int, source: Source, progress: Progress
) -> None:
    """Copies a reply's body to a file that already has `start` bytes, up to the file's known size."""
    done = start
    progress(source.name, done, source.size)
    while chunk := reply.read(CHUNK_BYTES):
        done += len(chunk)
        if done > source.size:
            raise DataError(f"sends more than the {source.size} bytes expected")
        file.write(chunk)
        progress(source.name, done, source.size)
    if done < source.size:
        raise DataError(f"stopped after {done} of {source.size} bytes")


def fault(path: Path, source: Source) -> str | None:
    """Returns how a file differs from the published one, or None when it is the same."""
    size = path.stat().st_size
    if size != source.size:
        return f"has {size} bytes instead of {source.size}"
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            md5.update(chunk)
            sha256.update(chunk)
    if md5.hexdigest() != source.md5:
        return f"has the MD5 {md5.hexdigest()} instead of {source.md5}"
    if source.sha256 and sha256.hexdigest() != source.sha256:
        return f"has the SHA-256 {sha256.hexdigest()} instead of {source.sha256}"
    return None


def replace(part: Path, final: Path) -> None:
    """Gives a complete file its name, so that after a power cut it is there whole or not at all."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(final)
    if os.name != "nt":  # Windows has no fsync for folders
        folder = os.open(final.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def opened(request: urllib.request.Request) -> http.client.HTTPResponse:
    """Returns the reply to a request, following redirects only to allowed addresses."""
    opener = urllib.request.build_opener(AllowedRedirects())
    reply: http.client.HTTPResponse = opener.open(request, timeout=TIMEOUT_SECONDS)
    return reply


class AllowedRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses to be sent to an address without encryption."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Returns the request that follows a redirect."""
        return super().redirect_request(req, fp, code, msg, headers, allowed(newurl))  # type: ignore[arg-type]


def allowed(address: str) -> str:
    """Returns an address that is https, or http on this machine itself; raises DataError otherwise."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return address
    raise DataError(f"leads to {address}, which is not https")


def reason(why: Exception) -> str:
    """Returns in words why an address did not give its file."""
    if isinstance(why, urllib.error.HTTPError):
        return f"refused ({why.code} {why.reason})"
    if isinstance(why, DataError):
        return str(why)
    inner = why.reason if isinstance(why, urllib.error.URLError) else why
    return f"failed ({str(inner) or type(inner).__name__})"
