"""Text files of any encoding as UTF-8."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import charset_normalizer

from purchase_files.formats.copies import new_copy
from purchase_files.formats.text.joined_encodings import decoded_parts, joined_parts
from purchase_files.vocabulary.names import plain, ranks_of_name

_BLOCK = 1 << 20
_PLACES, _BYTES_AT_PLACE = 64, 4_096
_EVIDENCE_BYTES = 200_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
    "koi8_r",
]
_AND_LEGACY = " and cp1252"
_LEGACY_BYTES = "purchase_files.legacy_bytes"
_HUNGARIAN = re.compile(
    rb"(?i)vev\xf5|rendel\xe9s|mennyis\xe9g|cikksz\xe1m|megnevez\xe9s|term\xe9k|egys\xe9g|v\xe1s\xe1rl"
)
"""Words of files in cp1250. Their letters are those of cp1252, but for two."""
_MAX_BARE_RETURNS = 0.05
_WESTERN_SIGNS = set("£€°§«»–—‘’“”ª®©™…·¿¡²³½¼\xa0")
_WESTERN_SHARE = 0.9


@dataclass(frozen=True)
class TextFile:
    """A text file in UTF-8.

    Attributes:
        path: path of the file, or of its copy in UTF-8.
        encoding: encoding of the original.
        lines: number of lines.
        has_nul: True if it contains a NUL character.
        longest: length of its longest line in bytes. Those of a few MiB may count as shorter.
    """

    path: Path
    encoding: str
    lines: int
    has_nul: bool
    longest: int

    def numbered_lines(self, skip: int = 0) -> Iterator[tuple[int, str]]:
        """Yields each line after the first `skip` with its number, without its line end."""
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if number > skip:
                    yield number, line.rstrip("\r\n")

    def spread_lines(self) -> Iterator[str]:
        """Yields whole lines at places all over the file, after its start."""
        with self.path.open("rb") as stream:
            size = stream.seek(0, 2)
            for place in range(1, _PLACES):
                stream.seek(size * place // _PLACES)
                for line in stream.read(_BYTES_AT_PLACE).split(b"\n")[1:-1]:
                    yield line.decode("utf-8", errors="replace").rstrip("\r")


@dataclass
class _Scan:
    """Line ends and faults in a file's bytes."""

    feeds: int = 0
    returns: int = 0
    pairs: int = 0
    nuls: int = 0
    last: bytes = b"\n"
    invalid: bool = False
    longest: int = 0
    _unended: int = 0

    @classmethod
    def of(cls, path: Path) -> "_Scan":
        scan, decoder = cls(), codecs.getincrementaldecoder("utf-8")()
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                scan.pairs += scan.last == b"\r" and block[:1] == b"\n"
                scan.feeds += block.count(b"\n")
                # Looking for a byte is much faster than counting it.
                if b"\r" in block:
                    scan.pairs += block.count(b"\r\n")
                    scan.returns += block.count(b"\r")
                scan.nuls += block.count(b"\0") if b"\0" in block else 0
                scan._measure(block)
                scan.last = block[-1:]
                if not scan.invalid and not (block.isascii() and not decoder.getstate()[0]):
                    try:
                        decoder.decode(block)
                    except UnicodeDecodeError:
                        scan.invalid = True
        scan.invalid = scan.invalid or bool(decoder.getstate()[0])
        return scan

    def _measure(self, block: bytes) -> None:
        first, last = block.find(b"\n"), block.rfind(b"\n")
        self._unended += len(block) if first < 0 else first
        self.longest = max(self.longest, self._unended)
        if first >= 0:
            self._unended = len(block) - last

    @property
    def lines(self) -> int:
        return self.feeds + (self.last != b"\n")


def _as_legacy(error: UnicodeError) -> tuple[str, int]:
    """Decodes faulty bytes of UTF-8 as cp1252, in files that were joined from both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(_LEGACY_BYTES, _as_legacy)


def open_text(path: Path, folder: Path) -> TextFile:
    """Opens a text file.

    Other encodings and line ends are rewritten to a copy in a folder.
    """
    scan = _Scan.of(path)
    if scan.nuls and (parts := joined_parts(path)):
        copy = new_copy(folder, "utf8")
        with copy.open("w", encoding="utf-8", newline="\n") as target:
            target.writelines(decoded_parts(path, parts))
        encoding = " and ".join(dict.fromkeys(part.encoding for part in parts))
        return replace(open_text(copy, folder), encoding=encoding)
    encoding = _encoding(path, scan)
    # A few returns without a feed may be inside values.
    bare_returns = scan.returns - scan.pairs > _MAX_BARE_RETURNS * scan.feeds
    if encoding.startswith("utf-8") and not bare_returns and not scan.invalid:
        return TextFile(path, encoding, scan.lines, scan.nuls > 0, scan.longest)
    copy = new_copy(folder, "utf8")
    with (
        path.open(
            encoding=encoding.removesuffix(_AND_LEGACY),
            errors=_LEGACY_BYTES if encoding.endswith(_AND_LEGACY) else "replace",
            newline=None if bare_returns else "",
        ) as source,
        copy.open("w", encoding="utf-8", newline="\n") as target,
    ):
        while block := source.read(_BLOCK):
            target.write(block)
    scan = _Scan.of(copy)
    return TextFile(copy, encoding, scan.lines, scan.nuls > 0, scan.longest)


def _encoding(path: Path, scan: _Scan) -> str:
    with path.open("rb") as stream:
        start = stream.read(_BLOCK)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if scan.nuls and len(start) >= 2:
        # Latin text in UTF-16 has a NUL in every second byte.
        even, odd = start[::2].count(0), start[1::2].count(0)
        if max(even, odd) > len(start) // 5:
            return "utf-16-be" if even > odd else "utf-16-le"
    if not scan.invalid:
        return "utf-8"
    return _legacy_encoding(path)


def _legacy_encoding(path: Path) -> str:
    """Returns the encoding of text that is not UTF-8.

    It is "utf-8" if only few bytes are damaged.
    """
    evidence, size = bytearray(), path.stat().st_size
    with path.open("rb") as stream:
        # Files joined from several encodings change somewhere after their start.
        for place in range(_PLACES):
            stream.seek(size * place // _PLACES)
            if place:
                stream.readline(_BLOCK)
            end, wanted = size * (place + 1) // _PLACES, len(evidence) + _EVIDENCE_BYTES // _PLACES
            while stream.tell() < end and len(evidence) < wanted and (line := stream.readline(_BLOCK)):
                evidence += b"" if line.isascii() else line
    decoded = bytes(evidence).decode("utf-8", errors="replace")
    composed = sum(ord(character) > 127 and character != "\ufffd" for character in decoded)
    if composed > 5 * decoded.count("\ufffd"):
        return "utf-8"
    sample = bytes(evidence)
    if _HUNGARIAN.search(sample):
        return "cp1250"
    named = {encoding: _known_names(sample, encoding) for encoding in ("utf-8", *_LEGACY)}
    best = max(_LEGACY, key=lambda encoding: named[encoding])
    if named[best] > max(named["cp1252"], named["utf-8"]):
        return best
    # Some pairs of bytes of Chinese texts are characters of UTF-8, too.
    if composed > decoded.count("\ufffd") // 10:
        return f"utf-8{_AND_LEGACY}"
    if _is_western(sample):
        return "cp1252"
    found = charset_normalizer.from_bytes(sample, cp_isolation=_LEGACY).best()
    return found.encoding if found is not None else "cp1252"


def _known_names(sample: bytes, encoding: str) -> int:
    """Returns the number of known names in the first line beyond ASCII."""
    try:
        first = sample.partition(b"\n")[0].decode(encoding)
    except UnicodeDecodeError:
        return 0
    return sum(bool(ranks_of_name(plain(name))) for name in re.split(r"[,;\t|]", first))


def _is_western(sample: bytes) -> bool:
    """True if most characters beyond ASCII are letters or western signs."""
    unusual = [character for character in sample.decode("cp1252", errors="replace") if ord(character) > 127]
    usual = sum(character.isalpha() or character in _WESTERN_SIGNS for character in unusual)
    return usual >= _WESTERN_SHARE * len(unusual)
