"""Abbreviated names of columns, as exports of business software have them in several languages."""

_IDS = "cod code cve clave id nr num nro no kod kodu ref ma kd"
_CUSTOMERS = "kh cli clte clt kli cari mus kd"
_PRODUCTS = "sp mon hang prod art tow urn malz mat itm"
_ORDERS = "don dh hd nf nota fac fact fatt ft ped cde zam fv sip ftr evrak auf rech docto"
_DESCRIPTIONS = "desc des descr desig lib libelle bez nom nome nombre naz nazwa adi ten nama"
_SALES = (
    f"{_ORDERS} fis fatura siparis islem vta vtas vend venda vente emi emis emissao emision mov doc bel beleg buch "
    "rg re best sprz wyst"
)

COMPOSED = (
    ("user_id", 2, _CUSTOMERS, f"{_IDS} rut nif cif cnpj"),
    ("product_id", 1, _PRODUCTS, _IDS),
    ("order_id", 1, _ORDERS, "cod cve clave nr num nro no folio ma so id"),
    ("title", 2, f"{_PRODUCTS} item", _DESCRIPTIONS),
    ("user_id", 5, _CUSTOMERS, "nom nome nombre naz nazwa razao razon adi unvan ten nama"),
    ("purchased_at", 1, _SALES, "dt fec fch fecha date data dat datum trh tar tarih tarihi ngay tgl"),
    (
        "quantity",
        1,
        "qtd qtde qte qta cant ctd mge mik ilosc",
        "vend venda ped prod art item fat vta vtas cde",
    ),
    ("price", 2, "vl vlr vr val prec prc precio preco prix", "unit uni un vta vend"),
    (
        "line_total",
        2,
        "vl vlr vr val imp importe mt mnt",
        "total tot totale item liq ht ttc vta vtas vend venda partida",
    ),
)
"""Field, tier (1 is the best), and the words of names composed of two, in either order."""

BARE = {
    "user_id": "ncli | clte | | | razaosocial razonsocial kontrah",
    "order_id": """
        ncde nped nfact numdoc nrodoc ndoc cvedoc rgnr renr bestnr belnr nrodocumento numdocumento | nota folio nf
        """,
    "product_id": "nart",
    "title": "| | artbez | bez descr desig",
    "purchased_at": "| trh emissao emision emissione",
    "quantity": "mge mik",
    "line_total": "totpartida | | venta ventas vta vtas venda vendas ventes vendite",
}
"""Names of one word by field. A bar separates better names from others."""
