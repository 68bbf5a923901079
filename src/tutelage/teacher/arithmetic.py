"""Sums in a teacher's words, worked out without ever running them."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

NUMBER = re.compile(r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+(?:\.\d+)?)?")
LONGEST_SUM = 200  # characters
OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def arithmetic_value(text: str) -> float | None:
    """Return the value of a sum of numbers with + - * / and brackets; ``None`` for all else.

    >>> arithmetic_value("( 10.0 * 45.0 )"), arithmetic_value("3 / 0"), arithmetic_value("9**9")
    (450.0, None, None)
    """
    plain = text.replace(",", "").replace("×", "*").replace("÷", "/").replace("−", "-").strip()
    if not plain or len(plain) > LONGEST_SUM:
        return None
    try:
        value = _value(ast.parse(plain, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError):
        return None
    return value if value is not None and math.isfinite(value) else None


def last_number(text: str) -> float | None:
    """Return the last number of a text: where an answer ends with its result.

    Thousands separators are read, and a fraction such as 3/4 is one number.

    >>> last_number("So 3 bags of 1,250 make 3,750 sweets.")
    3750.0
    >>> last_number("None at all.") is None
    True
    """
    found = [match.group() for match in NUMBER.finditer(text)]
    return arithmetic_value(found[-1].lstrip("+")) if found else None


def _value(node: ast.AST) -> float | None:
    if isinstance(node, ast.Constant):
        is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return float(node.value) if is_number else None  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _value(node.operand)
        return -inner if inner is not None and isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = _value(node.left), _value(node.right)
        if left is not None and right is not None:
            return OPERATORS[type(node.op)](left, right)
    return None
