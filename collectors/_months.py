"""Short names of months, as dmesg and journalctl write them in the user's language.

English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Polish, Russian,
Bulgarian, Arabic, Persian and Thai; Japanese, Chinese, Korean and Vietnamese number them.
"""

from __future__ import annotations

import re

# For a pattern: a word without digits, or a number with a mark for "month".
MONTH = r"(?:Thg )?\d{1,2}[月월]|Thg \d{1,2}|[^\W\d_][^\s\d\[\]:]{1,9}"
_NAMES = (
    "jan janv ene gen sty янв яну ينا ژانویه ม.ค",
    "feb fev fév févr lut фев فبر فوریه ก.พ",
    "mar mär mrz mars mrt мар مار مارس มี.ค",
    "apr abr avr avril kwi апр أبر آوریل เม.ย",
    "may mai mag mei maj май мая ماي مه พ.ค",
    "jun juin giu cze июн юни يون ژوئن มิ.ย",
    "jul juil lug lip июл юли يول ژوئیه ก.ค",
    "aug ago août aoû sie авг أغس اوت ส.ค",
    "sep sept set wrz сен сеп سبت سپتامبر ก.ย",
    "oct okt ott out paź окт أكت اكتبر ต.ค",
    "nov lis ноя ное نوف نوامبر พ.ย",
    "dec dez déc dic gru дек ديس دسامبر ธ.ค",
)
_NUMBERS = {name: n for n, names in enumerate(_NAMES, start=1) for name in names.split()}


def month(name: str) -> int:
    """1 to 12; 0 for a name of no month.

    >>> month("Nov"), month("févr."), month("11月"), month("Thg 3"), month("lb")
    (11, 2, 11, 3, 0)
    """
    if digits := re.search(r"\d+", name):
        return int(digits[0])
    return _NUMBERS.get(name.lower().rstrip("."), 0)
