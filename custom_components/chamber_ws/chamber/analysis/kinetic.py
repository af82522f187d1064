"""Mean kinetic temperature: the constant temperature that would have aged a product as much as the real ones did.

Haynes' formula, weighted by time: T = (ΔH/R) / -ln(∑ dt·exp(-ΔH/(R·T)) / ∑ dt), all T in kelvin (USP <1079.2>, with its
conventional activation energy). It weighs warmth and never sees freezing: no cold excursion may be excused by it.
"""

from __future__ import annotations

import math
import sys

from ..model import ABSOLUTE_ZERO

DELTA_H = 83.144  # kJ/mol
GAS_CONSTANT = 8.314462618e-3  # kJ/(mol·K), CODATA 2018
ACTIVATION = DELTA_H / GAS_CONSTANT  # K


def exposure(celsius: float) -> float:
    """How fast a product ages at a temperature: exp(-ΔH/(R·T)), without a unit. 0 below some 13 K."""
    kelvin = celsius - ABSOLUTE_ZERO
    return math.exp(-ACTIVATION / kelvin) if kelvin > 0.0 else 0.0


def mean_kinetic_temperature(exposure_integral: float, seconds: float) -> float | None:
    """The mean in °C of ∑ dt·exposure over `seconds`; None of no time, and below some 14 K, where exposures vanish."""
    mean = exposure_integral / seconds if seconds > 0.0 else 0.0
    return ABSOLUTE_ZERO - ACTIVATION / math.log(mean) if mean >= sys.float_info.min else None
