"""Reads records, and skips invalid ones.

A response that fulfills the contract is decoded as a whole. Otherwise each record is read on its own. What is harmless
is read: null stands for an absent field, an integer for an id as text, a leap second for the second that follows. Any
other fault rejects the record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from adapters.catalog.contract import Cursor, Page, Preferences, Product, Purchase, UserRecord
from adapters.catalog.ids import MAX_ID_CHARACTERS, id_fault
from adapters.catalog.page_splitting import split_page
from adapters.catalog.rejections import RecordKind, Rejection
from adapters.catalog.times import LATEST, clamp, is_valid_time, without_overflow
from recommender.normalization import normalize

T = TypeVar("T", Product, Purchase)

DECODING_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Everything that msgspec raises on bad input, including invalid UTF-8 and deep nesting."""

MAX_NAME_CHARACTERS = 1_000
"""Longest category path or brand."""
MAX_TITLE_CHARACTERS = 2_000
MAX_PRODUCT_BYTES = 256 * 1024
"""Longest product as JSON. An answer of 100 expanded items holds 100 of them."""
MAX_DEPTH = 32
"""Deepest nesting of attributes. A JSON decoder that runs deep in a request has few levels left."""
MAX_NAMES = 100
"""Most categories or brands in one list of a user's preferences."""

_IDS = ("id", "user_id", "product_id", "order_id")
_TIMES = ("updated_at", "created_at", "deleted_at", "purchased_at", "recorded_at")
_OBJECTS = ("attributes", "preferences")
_NO_TIME = "0-:.TZ+ "
"""Characters of a time that is no time, such as MySQL's `0000-00-00 00:00:00`."""
_SHOWN_CHARACTERS = 80

_ENCODER = msgspec.json.Encoder()
_CURSOR = msgspec.json.Decoder(Cursor | None)


class _RawPage(msgspec.Struct):
    items: list[msgspec.Raw]
    next_cursor: Cursor | None = None


class InvalidRecord(Exception):
    """A record breaks the contract. The message says how."""


@dataclass(frozen=True, slots=True)
class RecordReader(Generic[T]):
    """Reads pages of one kind of records.

    Attributes:
        kind: kind of the records.
        page: decoder of a page that fulfills the contract.
        record: type of the records.
        check: returns a record in its normal form, or raises InvalidRecord.
        salvage: reads what matters of a rejected record, or returns None.
    """

    kind: RecordKind
    page: msgspec.json.Decoder[Page[T]]
    record: type[T]
    check: Callable[[T], T]
    salvage: Callable[[dict[str, Any]], T | None]

    def read(self, body: bytes) -> tuple[Page[T], list[Rejection]]:
        """Returns the valid records of a page and the rejected ones.

        Raises:
            msgspec.MsgspecError, UnicodeDecodeError, RecursionError: the page itself is not readable.
        """
        try:
            page = self.page.decode(body)
        except DECODING_ERRORS as error:
            raws, cursor = _raw_records(body, error)
            reads = [partial(self._read_raw, raw) for raw in raws]
        else:
            reads, cursor = [partial(self.check, item) for item in page.items], page.next_cursor
        items: list[T] = []
        rejected: list[Rejection] = []
        for position, read in enumerate(reads):
            try:
                items.append(read())
            except InvalidRecord as fault:
                rejected.append(self.rejection(read.args[0], str(fault), position))
        return Page(items=items, next_cursor=cursor), rejected

    def _read_raw(self, raw: bytes) -> T:
        fields = _fields(raw)
        try:
            return self.check(msgspec.convert(_repaired(fields), self.record))
        except (msgspec.ValidationError, InvalidRecord) as error:
            salvaged = self.salvage(fields)
            if salvaged is None:
                raise InvalidRecord(str(error)) from error
            return salvaged

    def rejection(self, record: T | bytes, fault: str, position: int = 0) -> Rejection:
        """Names a record by its own id and its product.

        The id of a user is never shown.
        """
        try:
            fields = msgspec.structs.asdict(record) if isinstance(record, msgspec.Struct) else _fields(record)
        except InvalidRecord:
            fields = {}
        names = [fields[name] for name in ("id", "product_id") if fields.get(name) is not None]
        shown = " of product ".join(f"{name!r:.{_SHOWN_CHARACTERS}}" for name in names)
        return Rejection(f"{self.kind} {shown or f'number {position + 1} of its page'}", fault)


def read_user(body: bytes) -> tuple[UserRecord, list[Rejection]]:
    """Returns a user and the invalid parts of the preferences.

    Raises:
        msgspec.MsgspecError, UnicodeDecodeError, RecursionError: not a user.
    """
    fields = _repaired(msgspec.json.decode(body, type=dict[str, Any]))
    given = fields.get("preferences", {})
    preferences, faults = _preferences(given)
    user = msgspec.convert({"id": fields.get("id")}, UserRecord)
    user = msgspec.structs.replace(user, id=normalize(user.id), preferences=preferences)
    return user, [Rejection("user", fault) for fault in faults]


def _preferences(given: object) -> tuple[Preferences, list[str]]:
    found: dict[str, Any] = {}
    faults: list[str] = []
    if not isinstance(given, dict):
        return Preferences(), ["preferences are not an object"]
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, list):
            kept = [
                one for one in value[:MAX_NAMES] if isinstance(one, str) and len(one) <= MAX_NAME_CHARACTERS
            ]
            if len(kept) < len(value):
                faults.append(
                    f"{len(value) - len(kept):,} of {name} are no names, too long, or beyond {MAX_NAMES}"
                )
            value = kept
        try:
            msgspec.convert({name: value}, Preferences)
        except msgspec.ValidationError as error:
            faults.append(str(error))
        else:
            found[name] = value
    return msgspec.convert(found, Preferences), faults


def _raw_records(body: bytes, error: Exception) -> tuple[Iterable[bytes], str | None]:
    """Splits a page, or raises the decoder's `error` if it has no items."""
    try:
        page = msgspec.json.decode(body, type=_RawPage)
    except DECODING_ERRORS:
        parts = split_page(body)
        if parts is None:
            raise error from None
        return parts[0], _CURSOR.decode(parts[1])
    return [bytes(item) for item in page.items], page.next_cursor


def _fields(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except DECODING_ERRORS as error:
        raise InvalidRecord(f"it is not a JSON object: {error}") from error


def _repaired(fields: dict[str, Any]) -> dict[str, Any]:
    """Drops null fields, and rewrites ids and times in the form of the contract.

    PHP writes an empty object as an empty list.
    """
    found = {
        name: value
        for name, value in fields.items()
        if value is not None and not (value == [] and name in _OBJECTS)
    }
    for name in _IDS:
        if type(found.get(name)) is int:
            found[name] = str(found[name])
    for name in _TIMES:
        if isinstance(found.get(name), str):
            found[name] = without_overflow(found[name])
    return found


def _check_id(value: str, kind: str) -> str:
    normal = normalize(value)
    fault = id_fault(normal)
    if fault is not None:
        raise InvalidRecord(f"the {kind} id {fault}")
    return normal


def _check_product(product: Product) -> Product:
    changes: dict[str, Any] = {}
    normal = _check_id(product.id, "product")
    if normal != product.id:
        changes["id"] = normal
    if not is_valid_time(product.updated_at):
        changes["updated_at"] = clamp(product.updated_at)
    if product.created_at is not None and not is_valid_time(product.created_at):
        changes["created_at"] = None
    if product.deleted_at is not None and not is_valid_time(product.deleted_at):
        changes["deleted_at"] = clamp(product.deleted_at)
    if product.deleted_at is None:
        _check_texts(product)
    return msgspec.structs.replace(product, **changes) if changes else product


def _check_texts(product: Product) -> None:
    """Raises InvalidRecord for texts that make answers or comparisons unbounded."""
    for name, text in (("category", product.category), ("brand", product.brand)):
        if text is not None and len(text) > MAX_NAME_CHARACTERS:
            raise InvalidRecord(f"the {name} is longer than {MAX_NAME_CHARACTERS:,} characters")
    if len(product.title) > MAX_TITLE_CHARACTERS:
        raise InvalidRecord(f"the title is longer than {MAX_TITLE_CHARACTERS:,} characters")
    if _is_deeper(product.attributes, MAX_DEPTH):
        raise InvalidRecord(f"attributes are nested more than {MAX_DEPTH} levels deep")
    others = sum(len(text or "") for text in (product.description, product.image_url, product.currency))
    if (product.attributes or others > MAX_PRODUCT_BYTES / 4) and len(
        _ENCODER.encode(product)
    ) > MAX_PRODUCT_BYTES:
        raise InvalidRecord(f"it has more than {MAX_PRODUCT_BYTES:,} bytes")


def _is_deeper(value: object, levels: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(parts) and (levels == 0 or any(_is_deeper(part, levels - 1) for part in parts))


def _deleted_product(fields: dict[str, Any]) -> Product | None:
    """Reads the deletion of a product with a valid id.

    Anything else may be wrong with the record.
    """
    if not str(fields.get("deleted_at") or "").strip(_NO_TIME):
        return None
    kept = _repaired({name: fields.get(name) for name in ("id", "updated_at", "deleted_at")})
    for name in ("updated_at", "deleted_at"):
        try:
            msgspec.convert({"id": "", "updated_at": kept.get(name)}, Product)
        except msgspec.ValidationError:
            kept[name] = LATEST
    try:
        return _check_product(msgspec.convert(kept, Product))
    except (msgspec.ValidationError, InvalidRecord):
        return None


def _check_purchase(purchase: Purchase) -> Purchase:
    changes: dict[str, Any] = {}
    for name, kind in (("user_id", "user"), ("product_id", "product")):
        value = getattr(purchase, name)
        normal = value if value is None else _check_id(value, kind)
        if normal != value:
            changes[name] = normal
    for name in ("id", "order_id"):
        value = getattr(purchase, name)
        normal = normalize(value or "")
        kept = normal if 0 < len(normal) <= MAX_ID_CHARACTERS else None
        if kept != value:
            changes[name] = kept
    if purchase.user_id is None and changes.get("order_id", purchase.order_id) is None:
        raise InvalidRecord("it has neither user_id nor order_id")
    if not is_valid_time(purchase.purchased_at):
        raise InvalidRecord("purchased_at is outside the years 1900 to 9998")
    return msgspec.structs.replace(purchase, **changes) if changes else purchase


PRODUCTS = RecordReader(
    "product", msgspec.json.Decoder(Page[Product]), Product, _check_product, _deleted_product
)
PURCHASES = RecordReader(
    "purchase", msgspec.json.Decoder(Page[Purchase]), Purchase, _check_purchase, lambda _: None
)
