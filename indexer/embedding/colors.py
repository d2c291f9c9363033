"""Words that tell the colors of one model apart, in nine languages."""

# Words that mostly name a taste or a plant, such as mint, rose and lila, are left out. Orange is a color more often.
_WORDS = """
black white gray grey silver gold golden red blue green yellow orange pink purple violet brown beige navy turquoise
teal magenta khaki burgundy multicolor multicolour multicolored dark light off
schwarz schwarze schwarzer schwarzes weiß weiss weiße weißer weißes rot rote roter rotes blau blaue blauer blaues
grün grüne grüner grünes gelb gelbe gelber gelbes grau graue grauer graues braun braune brauner braunes silber
türkis dunkelblau hellblau dunkelgrün hellgrün dunkelgrau hellgrau
noir noire blanc blanche rouge bleu bleue vert verte jaune gris grise marron violette argenté doré
negro negra blanco blanca rojo roja azul verde amarillo amarilla morado morada
nero nera bianco bianca rosso rossa blu giallo gialla grigio grigia marrone
preto preta branco branca vermelho vermelha amarelo amarela cinza roxo roxa marrom
zwart zwarte wit witte rood rode blauw blauwe groen groene geel gele grijs grijze bruin bruine paars paarse
czarny czarna czarne biały biała białe czerwony czerwona czerwone niebieski niebieska niebieskie zielony zielona
zielone żółty żółta żółte szary szara szare
siyah beyaz kırmızı mavi yeşil sarı gri
"""
COLORS = frozenset(_WORDS.split())
