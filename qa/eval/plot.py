"""Draws how far answers can be trusted: reliability, and risk against coverage."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from qa.eval.measures import CALIBRATION_BINS
from qa.eval.trust import Trust

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES = (10.0, 4.5)
DOTS_PER_INCH = 144
BLUE, GRAY, ORANGE = "#0072b2", "#777777", "#d55e00"  # told apart by colour-blind people, too
GAP = 0.1
"""Share of a bar's place that is left free."""


def has_matplotlib() -> bool:
    """Return whether matplotlib is installed, without importing it."""
    return find_spec("matplotlib") is not None


def draw(trust: Trust, file: Path) -> None:
    """Write the two diagrams as a PNG image.

    Raises: OSError if the file cannot be written; ImportError without matplotlib.
    """
    from matplotlib.figure import Figure  # without pyplot: no window, no state

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_reliability(left, trust)
    _draw_risk(right, trust)
    figure.savefig(file, format="png")


def _draw_reliability(axes: Axes, trust: Trust) -> None:
    """Draw for each tenth of confidence how often the words quoted are right."""
    width = 1 / CALIBRATION_BINS
    axes.plot([0, 1], [0, 1], color=GRAY, linestyle="--", label="as stated")
    axes.bar(
        [bin.low + width / 2 for bin in trust.reliability],
        [bin.right for bin in trust.reliability],
        width=width * (1 - GAP),
        color=BLUE,
        label="right",
    )
    for bin in trust.reliability:
        middle = bin.low + width / 2
        axes.text(middle, bin.right + 0.01, f"{bin.weight:,.0f}", ha="center", fontsize=8)
    error = trust.total.calibration_error
    shown = "" if error is None else f" (calibration error {100 * error:.1f} points)"
    axes.set_title(f"Reliability{shown}")
    axes.set_xlabel("stated confidence; above each bar, the number of questions")
    axes.set_ylabel("proportion that is right")
    axes.legend(loc="upper left")
    _as_percentages(axes)


def _draw_risk(axes: Axes, trust: Trust) -> None:
    """Draw which part of the answered is wrong if the most confident part is answered."""
    first = [(0.0, point.risk) for point in trust.curve[:1]]
    steps = [*first, *((point.coverage, point.risk) for point in trust.curve)]
    axes.step([x for x, _ in steps], [y for _, y in steps], where="pre", color=BLUE)
    answered, right = trust.total.answered, trust.total.right_of_answered
    if answered and right:
        axes.plot(
            answered.value, 1 - right.value, "o", color=ORANGE, label="called answered, by default"
        )
        axes.legend(loc="upper left")
    area = trust.risk_coverage_area
    axes.set_title("Risk against coverage" + ("" if area is None else f" (area {area:.3f})"))
    axes.set_xlabel("coverage: proportion of all questions that is answered")
    axes.set_ylabel("risk: proportion of the answered that is wrong")
    _as_percentages(axes)


def _as_percentages(axes: Axes) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.grid(color=GRAY, alpha=0.2)
    axes.set_axisbelow(True)
