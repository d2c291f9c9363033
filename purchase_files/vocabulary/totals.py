"""Names of totals, in several languages."""

_WORDS = r"""
    totals? sum summe summa suma soma somme totaux totale[ns]? totali totais totalt totaal
    eindtotaal subtotaal gesamt(summe|ergebnis|betrag)? insgesamt zwischensumme endsumme
    total_g[eé]n[eé]ral sous_total totale_generale totale_complessivo totale_parziale
    total_geral razem og[oó][lł]em [lł][aą]cznie suma_ko[nń]cowa totalsumm?a? sammanlagt i_alt
    hovedtotal yht(\.|eens[aä]) loppusumma v[aä]lisumma ((genel|ara)_)?toplam celkem
    celkov[yý]_sou[cč]et (mezi)?sou[cč]et (v[eé]g|r[eé]sz|mind)?[oö]ssze(sen|g)
    ((γενικό|μερικό)_)?σύνολο ((общий|промежуточный)_)?итого? всего всього разом
    (загальний_)?підсумок (المجموع|الإجمالي)(_الكلي)? 合計 総合計 総計 小計 总计 合计 小计 總計 총?합계 총계 소계
    (ยอด)?รวม(ทั้งสิ้น|ทั้งหมด)? tổng(_(cộng|số))? jumlah sum_of_all
    totals?_(qty|quantity|sales|amount)
    """

_NAMES = "|".join(_WORDS.split()).replace("_", "[ _-]")
TOTAL_NAME = rf"((grand|row|column)[ _-]|sub)?[ _-]*({_NAMES})\W*"
"""Pattern of names of totals, of any case. Python and the engine of the files read it alike."""
