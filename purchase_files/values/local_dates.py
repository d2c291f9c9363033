"""Times in the words and digits of many languages, as texts in English."""

from collections.abc import Callable

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.distinct import distinct_values, holds

_MONTHS = {
    "Jan": "january janvier janv januar jan jän jänner jaenner enero ene gennaio gen janeiro januari "
    "stycznia sty styczeń tammikuu tammikuuta tammi ocak oca ledna leden led января январь янв január "
    "januára ianuarie ian ιανουαρίου ιανουάριος ιαν січня січень січ يناير มกราคม gener януари มค",
    "Feb": "february février fevrier févr fevr fév février februar feb febrero febbraio fevereiro fev "
    "februari lutego lut luty helmikuu helmikuuta helmi şubat şub subat února únor úno февраля "
    "февраль фев февр február februára febr februarie φεβρουαρίου φεβρουάριος φεβ лютого лютий лют "
    "فبراير شباط กุมภาพันธ์ febrer февруари pebruari กพ",
    "Mar": "march mars mar märz maerz mär mrz marzo março marco maart mrt marca marzec marts maaliskuu "
    "maaliskuuta maalis mart března březen bře марта март мар március márc martie μαρτίου μάρτιος μαρ "
    "березня березень бер مارس آذار มีนาคม març maret มีค",
    "Apr": "april avril avr abril abr aprile apr kwietnia kwi kwiecień huhtikuu huhtikuuta huhti nisan nis "
    "dubna duben dub апреля апрель апр április ápr apríla aprilie απριλίου απρίλιος απρ квітня "
    "квітень кві أبريل إبريل ابريل نيسان เมษายน април เมย",
    "May": "may mai mayo maggio mag maio mei maj maja toukokuu toukokuuta touko mayıs mayis května květen "
    "kvě мая май május máj mája μαΐου μαίου μάιος μαΐ травня травень тра مايو أيار พฤษภาคม maig พค",
    "Jun": "june juin juni jun junio giugno giu junho czerwca cze czerwiec kesäkuu kesäkuuta kesä haziran "
    "haz června červen čvn июня июнь июн június jún júna iunie iun ιουνίου ιούνιος ιουν червня "
    "червень чер يونيو حزيران มิถุนายน juny юни มิย",
    "Jul": "july juillet juil juli jul julio luglio lug julho lipca lip lipiec heinäkuu heinäkuuta heinä "
    "temmuz tem července červenec čvc июля июль июл július júl júla iulie iul ιουλίου ιούλιος ιουλ "
    "липня липень лип يوليو تموز กรกฎาคม juliol юли กค",
    "Aug": "august août aout aug agosto ago augustus augusti sierpnia sie sierpień elokuu elokuuta elo "
    "ağustos ağu agustos srpna srpen srp августа август авг augusztus augusta αυγούστου αύγουστος αυγ "
    "серпня серпень сер أغسطس اغسطس آب สิงหาคม agost agustus agu agt สค",
    "Sep": "september sept sep septembre septiembre settembre set setembro września wrz wrzesień syyskuu "
    "syyskuuta syys eylül eyl eylul září zář сентября сентябрь сен сент szeptember szept septembra "
    "septembrie σεπτεμβρίου σεπτέμβριος σεπ вересня вересень вер سبتمبر أيلول กันยายน setembre "
    "септември กย",
    "Oct": "october octobre oct oktober okt octubre ottobre ott outubro out października paź październik "
    "lokakuu lokakuuta loka ekim eki října říjen říj октября октябрь окт október októbra octombrie "
    "οκτωβρίου οκτώβριος οκτ жовтня жовтень жов أكتوبر اكتوبر ตุลาคม октомври ตค",
    "Nov": "november novembre nov noviembre novembro listopada lis listopad marraskuu marraskuuta marras "
    "kasım kas kasim listopadu ноября ноябрь ноя нояб novembra noiembrie νοεμβρίου νοέμβριος νοε "
    "листопада листопад лис نوفمبر พฤศจิกายน ноември พย",
    "Dec": "december décembre decembre déc dezember dez dec diciembre dic dicembre dezembro grudnia gru "
    "grudzień desember des joulukuu joulukuuta joulu aralık ara aralik prosince prosinec pro декабря "
    "декабрь дек decembra decembrie δεκεμβρίου δεκέμβριος δεκ грудня грудень гру ديسمبر ธันวาคม "
    "desembre декември ธค",
}
_MONTH_OF = {word: month for month, words in _MONTHS.items() for word in words.split()}
_NUMBER_OF = {month: number for number, month in enumerate(_MONTHS, start=1)}
_DROPPED = """
    hs hrs de del den der um uhr kl klo ore alle às as г год года в lundi mardi mercredi jeudi vendredi samedi dimanche
    montag dienstag mittwoch donnerstag freitag samstag sonntag lunes martes miércoles jueves viernes sábado domingo
    lunedì martedì mercoledì giovedì venerdì sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag
    ngày zondag segunda terça quarta quinta sexta року måndag tisdag onsdag torsdag fredag lördag söndag mandag
    tirsdag lørdag søndag poniedziałek wtorek środa czwartek piątek niedziela pondělí úterý středa čtvrtek
    pátek neděle pazartesi salı çarşamba perşembe cuma cumartesi pazar hétfő kedd szerda csütörtök péntek
    szombat vasárnap luni marți miercuri joi vineri sâmbătă duminică δευτέρα τρίτη τετάρτη πέμπτη παρασκευή
    σάββατο κυριακή понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок середа
    четвер пʼятниця субота неділя
    """
_DIGITS = (
    "０１２３４５６７８９／：．－，　٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹",
    "0123456789/:.-, 01234567890123456789",
)
_ZONES = {
    "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00",
    "PST": "-08:00", "PDT": "-07:00", "CET": "+01:00", "CEST": "+02:00", "EET": "+02:00", "EEST": "+03:00",
    "BST": "+01:00", "MSK": "+03:00", "IST": "+05:30", "JST": "+09:00", "AEST": "+10:00", "AEDT": "+11:00",
}  # fmt: skip
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""Years before the first one of an era."""
_BUDDHIST_YEARS = 543
_BUDDHIST = r"(^|[-/. ])(25[0-9]{2})([-/. ]|$)"
"""A year of the Buddhist calendar, from 1957 to 2056."""
_DOTTED = r"([ก-๎])\.([ก-๎])\.?"
"""An abbreviated month in Thai."""
_SHORT_BUDDHIST = r"([A-Z][a-z]{2}[-/. ]+)([4-9][0-9])($|[^0-9])"
"""The last digits of a year of the Buddhist calendar, from 1997 to 2056, beside a month in Thai."""
_CLOCK = "[0-9:]+(?:[時时点點시분分秒초][0-9:]*)*"
_REPLACED = (
    (
        r"\s*[(（](?:[月火水木金土日一二三四五六월화수목금토일]|星期.|周.)[)）]|\s*(?:星期|周|週)[一二三四五六日天]",
        " ",
    ),
    (r"\s*(?:\([^)]*\)|\[[^\]]*\])$", ""),
    (r"^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2}):?([0-9]{2}):?([0-9]{2})?", r"\1-\2-\3 \4:\5:\6"),
    (r"^([0-9]{4}[-/.][0-9]{1,2})$", r"\1-01"),
    (r"^/Date\(([0-9]+)(?:[+-][0-9]{4})?\)/$", r"\1"),
    (r"^([0-9]{4})_([0-9]{2})_([0-9]{2})", r"\1-\2-\3"),
    (r"^([0-9]{1,2})/([A-Za-z]{3})/([0-9]{4}):", r"\1 \2 \3 "),
    (
        r"^(?:[A-Za-z]{3} )?([A-Za-z]{3})\s+([0-9]{1,2})\s+([0-9:]{7,8})((?: [A-Z]{3,4}| [+-][0-9]{4})?) ([0-9]{4})$",
        r"\1 \2 \5 \3\4",
    ),
    (r" ([0-9]{1,2})\.([0-9]{2})\.([0-9]{2})(?:\.[0-9]+)? ([AP]M)$", r" \1:\2:\3 \4"),
    (r" ([0-9]{1,2})u([0-9]{2})$", r" \1:\2"),
    (r"^([0-9]{4})\. ?([0-9]{1,2})\. ?([0-9]{1,2})\.", r"\1.\2.\3"),
    (rf"(?:上午|午前|오전)\s*({_CLOCK})", r"\1 AM"),
    (rf"(?:下午|午後|오후)\s*({_CLOCK})", r"\1 PM"),
    (r"(:[0-9]{2})\s*(?:π\.?\s?μ|ص|صباحا|ق\.?\s?ظ|ÖÖ|SA)\.?$", r"\1 AM"),
    (r"(:[0-9]{2})\s*(?:μ\.?\s?μ|م|مساء|ب\.?\s?ظ|ÖS|CH)\.?$", r"\1 PM"),
    (r"([0-9])\s*[年년月월]\s*", r"\1-"),
    (r"([0-9])\s*[日号號일]\s*", r"\1 "),
    (r"([0-9])\s*[時时点點시]\s*", r"\1:"),
    (r"([0-9])\s*[分분]\s*", r"\1:"),
    (r"([0-9])\s*[秒초]", r"\1"),
    (r"([0-9]{1,2}),? tháng ([0-9]{1,2}),? (?:năm )?([0-9]{4})", r"\3-\2-\1"),
    (r"^([0-9]{4})[-. ]+([A-Z][a-z]{2,8})[-. ]+([0-9]{1,2})\.?", r"\3 \2 \1"),
    (r"-$", "-01"),
    (r"(\s[0-9]{1,2}):(\s*[AP]M)?$", r"\1:00\2"),
    (r":(\s*[AP]M)?$", r"\1"),
    (r"([0-9])\s?h\s?([0-9]{2})", r"\1:\2"),
    (r"\b([AaPp])\s?\.?\s?[Mm]\b\.?", r"\1M"),
    (r"([0-9])(?:er|º|°|ª|st|nd|rd|th)([^0-9A-Za-z]|$)", r"\1\2"),
    (r"^\s*([0-9]{1,2})[.,]\s*([A-Za-z])", r"\1 \2"),
    (r"\b([A-Z][a-z]{2})\.(\s)", r"\1\2"),
    (r"\s(?:à|в|a|o|ó|[гр]\.?)(?:\s|$)", " "),
    (r"([0-9]{4})\s*[,.]\s+([0-9])", r"\1 \2"),
    (r"([0-9]{4})\s+([0-9]{1,2})\.([0-9]{2})(?:\.([0-9]{2}))?$", r"\1 \2:\3:\4"),
    (r":$", ""),
    (r"(:[0-9]{2}:)60", r"\1" + "59"),
    (r"(?:GMT|UTC)\s?([+-][0-9])", r"\1"),
    *((f" {name}$", offset) for name, offset in _ZONES.items()),
    (r"\s+", " "),
    (r"^[\s,.]+|[\s,.]+$", ""),
)
_UNUSUAL = (
    r"[^\x00-\x7F]|[0-9]h[0-9]|[AaPp]\. ?[Mm]|[0-9](?:er|st|nd|rd|th)\b|[)\]]$|^[0-9]{8}T|^[0-9]{4}[-/.][0-9]{1,2}$"
    r"|^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}\.|^[0-9]{4}\. |(?:^|[-/. ])25[0-9]{2}(?:[-/. ]|$)|:60|(?:GMT|UTC)[+-]| (?:"
    + "|".join(_ZONES)
    + ")$"
    r"|^/Date|^[0-9]{4}[-. ]+[A-Za-z]{3}|^[0-9]{4}_"
    r"|:[0-9]{2} ?(?:SA|CH)$|/[A-Za-z]{3}/[0-9]{4}:|:[0-9]{2}(?: [A-Z]{3,4}| [+-][0-9]{4})? [0-9]{4}$"
    r"| [0-9]{1,2}\.[0-9]{2}\.[0-9]{2}[. ]| [0-9]{1,2}u[0-9]{2}$"
)


def month_of(word: str) -> int | None:
    """Returns the number of the month that a word names."""
    word = word.lower()
    return _NUMBER_OF.get(_MONTH_OF.get(word, word.capitalize()))


def in_english(connection: Connection, table: str, column: str) -> str:
    """Returns a table of the distinct times of a column.

    It has each `text`, and `v`, which is the same time in English.
    """
    values = distinct_values(connection, table, column)
    english = _english(connection, values)
    if not english:
        return f"(SELECT v AS text, v FROM {values})"
    name = engine.name(f"english {table} {column}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT v AS text, {english('v')} AS v FROM {values}"
    )
    return name


def _english(connection: Connection, values: str) -> Callable[[str], str] | None:
    """Returns a function that makes SQL for times in English.

    It is None if the distinct values need no change.
    """
    worded, unusual = holds(
        connection, values, "regexp_matches(v, '\\pL{2,}')", f"regexp_matches(v, {engine.text(_UNUSUAL)})"
    )
    if not (worded or unusual):
        return None
    joined = _replaced("v", _DOTTED, r"\1\2")
    found = connection.execute(
        f"SELECT DISTINCT lower(unnest(regexp_extract_all({joined}, '[\\pL\\pM]{{2,}}'))) AS word "
        f"FROM {values} ORDER BY 1 LIMIT 500"
    ).fetchall()
    words = [word for (word,) in found]
    months = {word: _MONTH_OF[word] for word in words if word in _MONTH_OF}
    dropped = [word for word in words if word in _DROPPED.split()]
    eras = [era for era in _ERAS if any(era in word for word in words)]
    [buddhist] = (
        holds(connection, values, f"regexp_matches(v, {engine.text(_BUDDHIST)})") if unusual else [False]
    )
    thai = any("ก" <= word[0] <= "๎" for word in months)
    foreign = any(word != month.lower() for word, month in months.items())
    if not (foreign or dropped or unusual):
        return None

    def english(value: str) -> str:
        value = f"translate({value}, {engine.text(_DIGITS[0])}, {engine.text(_DIGITS[1])})"
        value = _replaced(value, _DOTTED, r"\1\2") if thai else value
        for era in eras:
            value = _in_years(value, rf"{era}\s*([0-9]+|元)\s*年", _ERAS[era], r"{}年")
        if buddhist:
            value = _in_years(value, _BUDDHIST, -_BUDDHIST_YEARS, r"\1{}\3", group=2)
        # A word of another language has no boundary that the engine's expressions know.
        for word in dropped:
            value = _replaced(value, rf"(?i)(^|[^\pL]){word}[.,]?($|[^\pL])", r"\1 \2")
        for word, month in sorted(months.items(), key=lambda pair: -len(pair[0])):
            value = _replaced(value, rf"(?i)(^|[^\pL]){word}($|[^\pL])", rf"\1{month}\2")
        if thai:
            value = _in_years(value, _SHORT_BUDDHIST, 2500 - _BUDDHIST_YEARS, r"\1{}\3", group=2)
        for pattern, replacement in _REPLACED:
            value = _replaced(value, pattern, replacement)
        return value

    return english


def _in_years(value: str, pattern: str, before: int, replacement: str, group: int = 1) -> str:
    """Returns SQL that writes years of another calendar as Gregorian ones."""
    found = f"replace(regexp_extract({value}, {engine.text(pattern)}, {group}), '元', '1')"
    year = f"coalesce(try_cast({found} AS INTEGER) + {before}, 0)::VARCHAR"
    start, end = map(engine.text, replacement.split("{}"))
    return f"regexp_replace({value}, {engine.text(pattern)}, {start} || {year} || {end})"


def _replaced(value: str, pattern: str, replacement: str) -> str:
    return f"regexp_replace({value}, {engine.text(pattern)}, {engine.text(replacement)}, 'g')"
