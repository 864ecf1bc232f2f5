"""The words that lead to each built-in autouser and dimension, in four languages.

English first; then German, French and Spanish, without accents. Words are written as
`words.plain` makes them. Pages of the documentation are made of these tables.
"""

from collections.abc import Mapping

PERSONA_WORDS: Mapping[str, tuple[str, ...]] = {
    "novice": (
        "novice", "beginner", "not tech", "inexperienced", "unfamiliar", "new to computers",
        "anfanger", "einsteiger", "unerfahren", "laie", "neuling",
        "debutant", "inexperimente", "principiante", "novato", "novata", "inexpert",
    ),
    "power-user": (
        "power user", "expert", "developer", "advanced user", "shortcuts", "programmer",
        "profi", "entwickler", "programmierer", "developpeu", "desarrollador",
    ),
    "mobile-user": (
        "mobile", "phone", "smartphone", "touch screen", "touchscreen", "one hand",
        "one handed", "iphone", "android", "thumb", "commut", "on the go",
        "handy", "mobiltelefon", "unterwegs", "einhandig", "daumen", "pendler",
        "telephone", "portable", "d une main", "movil", "telefono", "celular", "una mano",
    ),
    "design-critic": (
        "designer", "design critic", "art director", "typograph", "visual hierarchy",
        "gestalter", "grafiker", "graphiste", "disenador",
    ),
    "keyboard-navigator": (
        "keyboard", "without a mouse", "no mouse", "tab key",
        "tastatur", "ohne maus", "clavier", "sans souris", "teclado", "sin raton",
    ),
    "senior-user": (
        "senior", "elderly", "older", "retired", "pensioner", "grandmother", "grandfather",
        "low vision", "eyesight", "presbyopia", "reading glasses",
        "rentner", "pensionar", "altere", "grossmutter", "grossvater", "lesebrille", "sehschwach",
        "sehbehindert", "retraite", "personne agee", "malvoyant",
        "jubilad", "anciano", "anciana", "persona mayor", "baja vision",
    ),
    "slow-network": (
        "slow network", "slow connection", "slow internet", "bad connection", "3g", "2g", "rural",
        "low bandwidth", "patchy", "countryside",
        "langsames internet", "langsame verbindung", "schlechtes netz", "auf dem land", "funkloch",
        "connexion lente", "reseau lent", "conexion lenta", "red lenta",
    ),
    "screen-reader": (
        "screen reader", "screenreader", "blind", "voiceover", "nvda", "jaws", "talkback",
        "bildschirmleser", "vorleseprogramm", "lecteur d ecran", "aveugle",
        "lector de pantalla", "ciego", "ciega",
    ),
    "first-time-buyer": (
        "buyer", "shopper", "purchase", "checkout", "customer", "subscribe", "buying", "shopping",
        "kaufer", "kaufen", "kunde", "kundin", "einkauf", "bestellen",
        "acheteu", "acheter", "achat", "client", "comprador", "comprar", "compra",
    ),
    "sceptical-evaluator": (
        "sceptic", "suspicious", "cautious", "wary", "distrust", "privacy", "tracker", "tracking",
        "surveillance", "data protection",
        "skeptisch", "misstrauisch", "vorsichtig", "datenschutz",
        "sceptique", "mefian", "vie privee", "esceptic", "desconfia", "privacidad",
    ),
    "accessibility-first-user": (
        "accessib", "wcag", "high contrast", "magnif", "vestibular", "motion sick", "dizz",
        "reduced motion", "migraine", "deaf", "hard of hearing", "captions", "subtitles",
        "barrierefrei", "schwerhorig", "gehorlos", "untertitel", "schwindel",
        "sourd", "malentendant", "sous titre", "vertige", "accesib", "sordo", "sorda", "subtitulo",
    ),
    "support-call-prone-novice": (
        "support call", "hotline", "calls support", "needs help", "asks for help", "help line",
        "braucht hilfe", "demande de l aide", "besoin d aide", "pide ayuda", "necesita ayuda",
    ),
    "casual-browser": (
        "skim", "casual", "browsing", "impatient", "hurry", "distracted", "busy", "sofa",
        "eilig", "ungeduldig", "abgelenkt", "beschaftigt", "nebenbei",
        "distrait", "occupe", "prisa", "impaciente", "distraid", "ocupad",
    ),
    "first-time-visitor": (
        "first time", "first visit", "first impression", "newcomer", "tourist", "stranger",
        "zum ersten mal", "erster besuch", "premiere fois", "premiere visite",
        "primera vez", "primera visita", "turista",
    ),
    "conversion-skeptic": (
        "skeptic", "scam", "dark pattern", "countdown", "pushy", "manipulat",
        "abzocke", "betrug", "arnaque", "estafa",
    ),
}  # fmt: skip
"""By built-in autouser."""

DIMENSION_WORDS_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "overall": (
        "overall", "all in all", "as a whole", "insgesamt", "gesamteindruck", "dans l ensemble",
        "en general", "en conjunto",
    ),
    "usability": ("bedien", "benutz", "einfach", "aufgabe", "facile", "facil", "tarea"),
    "visual-design": ("gestaltung", "aussehen", "asthet", "esthet", "estetic", "aspecto"),
    "accessibility": ("barrierefrei", "accesib"),
    "content": ("inhalt", "formulier", "contenu", "contenido", "redaccion"),
    "helpfulness": ("hilfreich", "nutzlich", "utile", "util", "ayuda"),
    "accuracy": ("genau", "richtig", "korrekt", "exact"),
    "safety": ("sicher", "datenschutz", "risik", "segur", "privacidad", "vie privee"),
    "design-system": ("einheitlich", "konsisten", "marke", "coheren", "marque", "marca"),
    "trust": ("vertrau", "glaubwurdig", "serios", "confian", "fiable"),
    "clarity": ("klar", "verstandlich", "eindeutig", "clair", "claro", "clarid", "comprensib"),
}  # fmt: skip
"""By built-in dimension, beside the words by which autousers understand it."""
