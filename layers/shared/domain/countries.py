"""Countries that messages can go to, with the names and codes that price lists use."""

COUNTRIES = {
    "AL": ("Albania", 276),
    "AT": ("Austria", 232),
    "BA": ("Bosnia and Herzegovina", 218),
    "BE": ("Belgium", 206),
    "BG": ("Bulgaria", 284),
    "BY": ("Belarus", 257),
    "CA": ("Canada", 302),
    "CH": ("Switzerland", 228),
    "CY": ("Cyprus", 280),
    "CZ": ("Czechia", 230),
    "DE": ("Germany", 262),
    "DK": ("Denmark", 238),
    "EE": ("Estonia", 248),
    "ES": ("Spain", 214),
    "FI": ("Finland", 244),
    "FR": ("France", 208),
    "GB": ("United Kingdom", 234),
    "GR": ("Greece", 202),
    "HR": ("Croatia", 219),
    "HU": ("Hungary", 216),
    "IE": ("Ireland", 272),
    "IS": ("Iceland", 274),
    "IT": ("Italy", 222),
    "LI": ("Liechtenstein", 295),
    "LT": ("Lithuania", 246),
    "LU": ("Luxembourg", 270),
    "LV": ("Latvia", 247),
    "MD": ("Moldova", 259),
    "ME": ("Montenegro", 297),
    "MK": ("North Macedonia", 294),
    "MT": ("Malta", 278),
    "NL": ("Netherlands", 204),
    "NO": ("Norway", 242),
    "PL": ("Poland", 260),
    "PT": ("Portugal", 268),
    "RO": ("Romania", 226),
    "RS": ("Serbia", 220),
    "SE": ("Sweden", 240),
    "SI": ("Slovenia", 293),
    "SK": ("Slovakia", 231),
    "TR": ("Türkiye", 286),
    "UA": ("Ukraine", 255),
    "US": ("United States", 310),
}
"""Name and mobile country code (ITU-T E.212), by ISO 3166 code."""


def told(code: str) -> tuple[str, int]:
    """Return name and mobile country code of a country; if it is not in the table, the *code* itself and 0."""
    return COUNTRIES.get(code, (code, 0))
