"""A matplotlib figure as SVG that can stand inside a page.

Colours become CSS variables, so that one drawing serves light and dark pages; text stays text;
ids carry a prefix, so that drawings on one page never collide; nothing refers to the outside.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

FONT_SIZE = 12

# Stand-ins that no chart uses otherwise: drawn with these, then replaced by CSS variables.
INK = "#010101"
MUTED = "#020202"
RULE = "#030303"
PAPER = "#040404"
SERIES = tuple(f"#0505{n:02x}" for n in range(1, 9))
_VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "paper"} | {
    color: f"series-{n}" for n, color in enumerate(SERIES, start=1)
}

_SETTINGS: Any = {  # typed by matplotlib as one long literal
    "svg.fonttype": "none",
    "svg.hashsalt": "tutelage",
    "font.size": FONT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
}


@dataclass(frozen=True)
class Drawing:
    """One drawing, ready for the page.

    Attributes
    ----------
    svg
        The markup; harmless whatever the names in it.
    title
        What it shows, for screen readers and captions.
    note
        What the drawing leaves out, or ``""``.
    """

    svg: str
    title: str
    note: str = ""


@contextmanager
def figure(width: float, height: float) -> Iterator[Any]:
    """Yield a figure of ``width`` x ``height`` CSS pixels, drawn without global state.

    Settings of the user's own matplotlib play no part.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(), warnings.catch_warnings():
        # A font without emoji is no concern of ours: the browser brings its own.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield Figure(figsize=(width / 72, height / 72))


def place(drawn: Any, left: float, bottom: float, right: float, top: float) -> Any:
    """Add axes with margins in pixels and return them."""
    width, height = drawn.get_figwidth() * 72, drawn.get_figheight() * 72
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    axes = drawn.add_axes(box)
    axes.tick_params(length=3, pad=4)
    return axes


def finish(drawn: Any, prefix: str, title: str, description: str, note: str = "") -> Drawing:
    """Return the figure as a drawing whose ids start with ``prefix``.

    ``description`` tells a reader who cannot see the drawing what it says.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    stream = io.StringIO()
    canvas: Any = FigureCanvasSVG(drawn)
    canvas.print_svg(stream, metadata={"Date": None})
    text = stream.getvalue()
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL)
    # Only tags are rewritten: names in the text between them stay as they are.
    body = re.sub(r"<[^>]+>", lambda tag: _inline_tag(tag.group(), prefix), body)
    width, height = (round(72 * inches) for inches in drawn.get_size_inches())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc">'
        f'<title id="{prefix}-title">{html.escape(title)}</title>'
        f'<desc id="{prefix}-desc">{html.escape(description)}</desc>'
    )
    return Drawing(f"{head}{_compact(body)}</svg>", title, note)


def _inline_tag(tag: str, prefix: str) -> str:
    tag = re.sub(r'^<g id="[^"]*"', "<g", tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    tag = re.sub(r'\bid="', f'id="{prefix}-', tag).replace("xlink:href", "href")
    tag = tag.replace('href="#', f'href="#{prefix}-').replace("url(#", f"url(#{prefix}-")
    for color, name in _VARIABLES.items():
        tag = tag.replace(color, f"var(--{name})")
    return tag.replace("\n", " ")


def _compact(body: str) -> str:
    return re.sub(r">\s*\n\s*<", "><", re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)).strip()
