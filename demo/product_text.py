"""Readable product texts from the upper-case abbreviations of The Complete Journey."""

import re

_DEPARTMENTS = {
    "DRUG GM": "Drugstore & General Merchandise",
    "MEAT-PCKGD": "Packaged Meat",
    "SEAFOOD-PCKGD": "Packaged Seafood",
    "PASTRY": "Bakery",
    "CHEF SHOPPE": "Prepared Foods",
    "ELECT &PLUMBING": "Electrical & Plumbing",
}
_WORDS = {
    "ACCES": "Accessories", "BEERALEMALT": "Beer, Ale & Malt", "BG": "Bags", "BKD": "Baked", "BLK": "Bulk",
    "BN": "Beans", "BRD": "Bread", "BRKFST": "Breakfast", "BTL": "Bottle", "BTR": "Butter",
    "CARB": "Carbonated", "CATFD": "Cat Food", "CHICK": "Chicken", "CHIX": "Chicken", "CHOC": "Chocolate",
    "CHOCOCLATE": "Chocolate", "CKYS": "Cookies", "CLEANG": "Cleaning", "CND": "Canned", "CNDY": "Candy",
    "CONC": "Concentrate", "COOKI": "Cookies", "CRBNTD": "Carbonated", "CRKR": "Crackers", "CRMD": "Creamed",
    "CRYSTL": "Crystal", "DISPOSIBLE": "Disposable", "DNR": "Dinner", "DNRS": "Dinners", "DRNK": "Drink",
    "DRNKING": "Drinking", "DRNKNG": "Drinking", "DRNKS": "Drinks", "DRSNG": "Dressing", "DSH": "Dishes",
    "FD": "Food", "FEM.": "Feminine", "FLVR": "Flavor", "FLVRD": "Flavored", "FRD": "Fried",
    "FRZ": "Frozen", "FRZN": "Frozen", "GDS": "Goods", "GRND": "Ground", "HYGN": "Hygiene",
    "HYGN.NAPKINS": "Hygiene Napkins", "IWS": "Individually Wrapped", "JCE": "Juice", "MISC": "Assorted",
    "MISC.": "Assorted", "MIXS": "Mixes", "MLK": "Milk", "MNERAL": "Mineral", "MNR": "Mineral", "MNRL": "Mineral",
    "MW": "Microwave", "MX": "Mix", "MXS": "Mixes", "OCCAS": "Occasion", "ORGNC": "Organic", "PCKGD": "Packaged",
    "PK": "Pack",
    "PKG": "Package", "PKGD": "Packaged", "PKLD": "Pickled", "PLSTC": "Plastic", "PNCH": "Punch",
    "PNT": "Peanut", "PREM": "Premium", "PWDR": "Powder", "PWDRS": "Powders", "REFRGRATD": "Refrigerated",
    "REFRIG": "Refrigerated", "RTS": "Ready to Serve", "RW": "Random Weight", "SALD": "Salad",
    "SAUS": "Sausage", "SFT": "Soft", "SGL": "Single", "SHERBTS": "Sherbets", "SNDWCH": "Sandwich",
    "SNGL": "Single", "SNKS": "Snacks", "SPECILATY": "Specialty", "SPLY": "Supplies", "SPRD": "Spread",
    "SRV": "Serve", "SS": "Single Serve", "SUPPPLIES": "Supplies", "SV": "Serve", "SWEETNERS": "Sweeteners",
    "SYRP": "Syrup", "TISS": "Tissues", "TORT": "Tortilla", "TRSH": "Trash", "VEG": "Vegetables",
    "WHL": "Whole", "WHLSM": "Wholesome", "WTR": "Water",
}  # fmt: skip
_KEPT_UPPER = {"BBQ", "TV", "DVD", "CD", "USB", "IQF", "OJ", "UHT", "HBC"}
_SMALL = {"and", "or", "of", "with", "in", "for", "the", "to", "by", "on", "not"}
_UNFINISHED = {"INCL", "INCLUDING", "EX", "EXC", "EXCP", "EXCEPT", "N", "AND", "&", "W", "-", "NOT"}
_COLUMN_WIDTH = 30  # longer product types are cut off in the data
_MEATS = ("MEAT", "MEAT-PCKGD")  # whose types may be as short as "LEAN"
_SHIPPING_CASE = re.compile(r"^(\d+-\d+ CT|(1[89]|[2-9]\d|\d{3}) CT|(1[1-9]|[2-9]\d)(\.\d+)? LB)$")


def readable(text: str) -> str:
    """Words written out, in title case: `FRZN VEGETABLE/VEG DSH` → `Frozen Vegetable/Vegetables Dishes`."""
    spaced = re.sub(r"\s*&\s*", " & ", re.sub(r"\s*/\s*", "/", text))
    words = re.sub(r"\s+", " ", re.sub(r"[^\s/&:,()-]+", lambda match: _word(match.group()), spaced)).strip()
    return words[:1].upper() + words[1:]


def title(product_type: str | None, category: str | None, package_size: str | None, department: str) -> str:
    """Title of a product: its type and package, such as `Shredded Cheese, 8 oz`."""
    name = readable(_without_cut_off_end(product_type or category or department))
    if product_type and category and department in _MEATS and not _shares_a_word(category, product_type):
        name = f"{readable(category)}: {name}"
    size = _size(package_size, department)
    return f"{name}, {size}" if size else name


def category_path(department: str, category: str | None) -> str:
    """`Department > Category`, or the department alone without a category."""
    top = _DEPARTMENTS.get(department) or readable(department)
    return f"{top} > {readable(category)}" if category else top


def brand_name(brand: str | None) -> str | None:
    """Name of the brand. The data has two: the store's own and all others."""
    return {"Private": "Store brand", "National": "National brand"}.get(brand or "")


def _shares_a_word(category: str, product_type: str) -> bool:
    stems = [re.sub(r"(E?S)$", "", word) for word in re.findall(r"[A-Z]{3,}", category)]
    return any(stem in product_type for stem in stems)


def _word(word: str) -> str:
    bare = word.upper()
    if bare in _WORDS:
        return _WORDS[bare]
    if bare in _KEPT_UPPER:
        return bare
    return word.lower() if word.lower() in _SMALL else word[:1].upper() + word[1:].lower()


def _without_cut_off_end(text: str) -> str:
    """The text without parentheses and without a word that the column cut off."""
    cut_off = len(text) >= _COLUMN_WIDTH
    words = re.sub(r"\([^)]*(\)|$)", " ", text).split()
    if cut_off and words:
        words[-1] = re.sub(r"/\w{0,2}$", "", words[-1])
        if len(words) > 1 and len(words[-1]) <= 2:
            words.pop()
    while len(words) > 1 and words[-1] in _UNFINISHED:
        words.pop()
    return " ".join(words).rstrip(" -/&:,") or text


def _size(package_size: str | None, department: str) -> str | None:
    if not package_size or not any(character.isdigit() for character in package_size):
        return None
    clean = " ".join(re.sub(r"^[A-Z]+\s{2,}(?=\d)", "", package_size).split())
    if department == "PRODUCE" and _SHIPPING_CASE.match(clean):
        return None  # the shipping case, not the package that a shopper buys
    return re.sub(r"\bl\b", "L", clean.lower())
