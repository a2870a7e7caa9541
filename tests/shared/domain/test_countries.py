"""The countries of price lists: each under its own mobile country code."""

from shared.domain import countries

BY_CODE = """
    202 GR   204 NL   206 BE   208 FR   214 ES   216 HU   218 BA   219 HR   220 RS   222 IT   226 RO   228 CH   230 CZ
    231 SK   232 AT   234 GB   238 DK   240 SE   242 NO   244 FI   246 LT   247 LV   248 EE   255 UA   257 BY   259 MD
    260 PL   262 DE   268 PT   270 LU   272 IE   274 IS   276 AL   278 MT   280 CY   284 BG   286 TR   293 SI   294 MK
    295 LI   297 ME   302 CA   310 US
"""
"""As ITU-T E.212 lists them: the first of a country that has several."""


def test_each_country_has_its_mobile_country_code():
    words = BY_CODE.split()
    expected = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    assert {name: countries.told(name)[1] for name in countries.COUNTRIES} == expected


def test_each_country_has_a_name_of_its_own():
    names = [countries.told(code)[0] for code in countries.COUNTRIES]
    assert len(set(names)) == len(names)
    assert countries.told("PL")[0] == "Poland"


def test_a_country_that_is_not_in_the_table_is_told_by_its_code():
    assert countries.told("XX") == ("XX", 0)
