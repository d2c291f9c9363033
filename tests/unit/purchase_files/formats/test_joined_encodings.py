"""Files that were joined from parts in several encodings."""

import codecs
from pathlib import Path

import pytest

from tests.support.purchases_read import Read

HEAD = "user_id,product_id,purchased_at,title\n"
ROWS = [f"u{n},P{n % 7},2024-01-{n % 28 + 1:02},Café {n % 7}\n" for n in range(90)]
TEXTS = [HEAD + "".join(ROWS[start : start + 30]) for start in (0, 30, 60)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_missing_byte_costs_one_row(tmp_path: Path, encoding: str) -> None:
    content = (HEAD + "".join(ROWS)).encode(encoding)
    (tmp_path / "p.csv").write_bytes(content[:1501] + content[1502:])
    found = Read(tmp_path / "p.csv", bad_rows=0.05)
    assert found.preview.rows == len(ROWS)
    assert found.preview.purchases >= len(ROWS) - 1


def with_mark(text: str, encoding: str) -> bytes:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-8": codecs.BOM_UTF8}
    return mark[encoding] + text.encode(encoding)


def without_mark(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


@pytest.mark.parametrize("write", [with_mark, without_mark])
@pytest.mark.parametrize(
    "encodings",
    [
        ("utf-16-le", "utf-8", "utf-8"),
        ("utf-16-be", "utf-8", "utf-16-be"),
        ("utf-8", "utf-16-le", "utf-8"),
        ("utf-8", "utf-16-be", "utf-16-be"),
    ],
    ids="-".join,
)
def test_every_part_is_read(tmp_path: Path, encodings: tuple[str, ...], write: object) -> None:
    assert callable(write)
    content = b"".join(write(text, encoding) for text, encoding in zip(TEXTS, encodings, strict=True))
    (tmp_path / "p.csv").write_bytes(content)
    found = Read(tmp_path / "p.csv")
    assert found.preview.purchases == len(ROWS)
    assert found.left_out == {"header among the rows": 2}
    assert found.titles() == {f"P{n}": f"Café {n}" for n in range(7)}


def test_chinese_with_bytes_of_utf_8_is_read(tmp_path: Path) -> None:
    lines = ["订单编号,买家会员名,订单创建时间,宝贝标题,商家编码"]
    lines += [f"{n},买家{n % 9},2024-01-{n % 28 + 1:02} 10:05:11,Red mug,M{n % 7}" for n in range(60)]
    (tmp_path / "p.csv").write_bytes("\n".join(lines).encode("gb18030"))
    found = Read(tmp_path / "p.csv")
    assert found.preview.files[0].encoding == "gb18030"
    assert found.purchases[0]["user_id"] == "买家0"
