"""Names and numbers as people should see them, whatever the names hold."""

from __future__ import annotations

import math
import re
import unicodedata

from tutelage.evaluation.yardstick import has_target_units

# Categories that a name on one line must not hold: controls, formats (among them the marks that
# turn the direction of writing), lone surrogates, line and paragraph separators.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINER = "\u200d"  # holds emoji together


def one_line(text: str, width: int | None = None) -> str:
    """Return ``text`` on one line, every hidden character visible, cut to ``width`` characters.

    >>> one_line("two\\nlines")
    'two↵lines'
    >>> one_line("a" * 300, 8)
    'aaaaaaa…'
    """
    seen = "".join(_visible(character) for character in text)
    if width is not None and len(seen) > width:
        return f"{seen[: width - 1]}…"
    return seen


def without_surrogates(text: str) -> str:
    """Return ``text`` with what UTF-8 and XML cannot hold replaced; line breaks stay."""
    return "".join(c if c in "\n\t" else _visible(c) for c in text.replace("\r\n", "\n"))


def number(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """Return a number for a table; a true minus sign, and a dash when there is none.

    >>> number(-0.5), number(float("nan")), number(0.0412, signed=True)
    ('−0.500', '–', '+0.041')
    """
    if math.isnan(value):
        return "–"
    rounded = round(value, digits) + 0.0  # turns -0.0 into 0.0
    text = f"{rounded:+.{digits}f}" if signed and rounded else f"{rounded:.{digits}f}"
    return text.replace("-", "−")


def quantity(value: float, *, signed: bool = False) -> str:
    """Return a number of any size, in units of the target, with four significant digits.

    >>> quantity(123456.7), quantity(-0.000012345), quantity(2.5, signed=True)
    ('123,500', '−1.234e-05', '+2.5')
    """
    if math.isnan(value):
        return "–"
    sign = "+" if signed and value else ""
    rounded = float(f"{value:.4g}")
    whole = 1000 <= abs(rounded) < 1e9
    text = f"{rounded:{sign},.0f}" if whole else f"{rounded:{sign}.4g}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def score(value: float, metric: str, *, signed: bool = False) -> str:
    """Return a score: three decimals, or as a quantity when it is in units of the target.

    >>> score(0.81234, "roc_auc"), score(12345.6, "mae")
    ('0.812', '12,350')
    """
    if has_target_units(metric):
        return quantity(value, signed=signed)
    return number(value, signed=signed)


def prose(text: str) -> str:
    """Return a sentence for a page: true minus signs, no break between a number and its %.

    >>> prose("-0.01 (95 % interval)")
    '−0.01 (95\xa0% interval)'
    """
    return re.sub(r"(?<![\w.])-(?=\d)", "−", one_line(text)).replace(" %", "\xa0%")


def money(usd: float) -> str:
    """Return an amount with as many digits as it needs.

    >>> money(0), money(0.00042), money(12.5)
    ('$0', '$0.0004', '$12.50')
    """
    if usd == 0:
        return "$0"
    return f"${usd:.2f}" if usd >= 0.1 else f"${usd:.4f}"


def small_money(usd: float) -> str:
    """Return an amount that may be far below a cent, then with two digits that count.

    >>> small_money(0.0000123), small_money(0.0004), small_money(0.25)
    ('$0.000012', '$0.00040', '$0.25')
    """
    if usd == 0 or usd >= 0.1:
        return money(usd)
    return f"${usd:.{1 - math.floor(math.log10(usd))}f}"


def duration(seconds: float) -> str:
    """Return a time with its unit.

    >>> duration(0.0042), duration(3.21), duration(250)
    ('4.2 ms', '3.2 s', '4 min 10 s')
    """
    if math.isnan(seconds):
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.1f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _visible(character: str) -> str:
    if character == _JOINER or unicodedata.category(character) not in _HIDDEN:
        return character
    if character in "\n\r":
        return "↵"
    return " " if character == "\t" else "\N{REPLACEMENT CHARACTER}"
