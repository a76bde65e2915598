"""Number formats of Office: dates, percentages and amounts of money as they are shown."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

_CURRENCY = re.compile(r"\[\$([^\]-]{1,5})[^\]]*\]|\"?([$€£¥])\"?")
_NO_CODE = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.|\*.")
_DECIMALS = re.compile(r"\.(0{1,15})")
AS_IT_IS = "{:.15g}"
_FIRST_DAY = datetime(1899, 12, 30)
_MAX_DAYS = 2_900_000
"""Up to the year 9840."""


def shown(value: str, template: str) -> str:
    """Return a number or a date as it is shown; other text as it is. template: see `template`."""
    try:
        amount = float(value)
    except ValueError:
        return value
    if template.startswith("%") and 0 <= amount <= _MAX_DAYS:
        time = _FIRST_DAY + timedelta(seconds=round(amount * 86_400))
        return time.strftime(template)
    template = AS_IT_IS if template.startswith("%") else template
    return template.format(amount) if math.isfinite(amount) else value


def template(code: str) -> str:
    """Return a format such as `#,##0.00 "€"` as one of Python: for `strftime` if it begins with %.

    Of several, the one for positive numbers.
    """
    code = code.partition(";")[0]
    plain = _NO_CODE.sub("", code).lower()
    date = "%Y-%m-%d" if re.search("[dy]|mmm", plain) else ""
    if date or "h" in plain:
        return " ".join(filter(None, (date, "%H:%M" if "h" in plain else "")))
    if "0" not in plain:
        return AS_IT_IS
    digits, currency = _DECIMALS.search(plain), _CURRENCY.search(code)
    comma, decimals = "," if "#,#" in plain else "", len(digits[1]) if digits else 0
    shown = f"{{:{comma}.{decimals}{'%' if '%' in plain else 'f'}}}"
    sign = (currency[1] or currency[2]).replace("{", "").replace("}", "") if currency else ""
    is_before = currency is not None and currency.start() < code.find("0")
    return f"{sign}{shown}" if is_before else f"{shown} {sign}".rstrip()
