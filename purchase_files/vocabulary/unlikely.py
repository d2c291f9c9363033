"""Names of columns that are not offered for a field."""

import re

NO_SHOPPER = re.compile(
    r"pri[cs]|preis|prix|precio|prez|cena|preco|qty|quant|amount|(?<!ac)count|total|sum|sales|revenue|cost|tax|fee|discount"
    r"|weight|rate|rating|score|age|zip|post|city|country|state|region|currency|status|type|gender|address|lat|lon"
    r"|venta|venda|vendite|umsatz|costo|unidad|almacen|bodega|codlocal|boleta|商品名|作品|cnt|review|feedback|size|colou?r|url|ip|date|time|note|comment|balance|segment|group|channel|device|beleg|bestell|rechnung|invoice|receipt|ticket|数量|价|価|额|額|計|计|税|店"
    r"|locati|northing|easting|coord|period|month|week|year|quarter|harga|jumlah|toko|cabang|brand|method"
)
"""Columns that do not tell shoppers apart."""

NO_PRODUCT = re.compile(
    r"cust|cusname|guestname|hotel|client|klient|kund|user|member|buyer|shopp?er|mail|phone|person|firstname|lastname|surname|gender|address|city|country|state|region"
    r"|zip|postal|ciudad|cidade|citta|ville|stadt|direcc|enderec|indirizz|adress|pais|paese|provinc|destinat|genero|sexo|geschlecht"
    r"|branch|store|merchant|codlocal|sucursal|tienda|almacen|bodega|employee|staff|cashier|seller|vendor|agent|pracown|sprzedaw|emplead|vendedor|mitarbeit|verkauf|employe"
    r"|pay|pagam|paiement|zahlung|status|channel|device|ship|curr|date|time|day|month|note|comment|guest|^table|outlet|register|terminal"
    r"|khachhang|tenkh|thoigian|pelanggan|pembeli|konsumen|cabang|alamat|店"
)
"""Columns that do not tell what was bought."""
