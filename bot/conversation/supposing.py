"""Values to try for "what if my MMA is high?": clearly beyond the limit, in the canonical unit."""

from __future__ import annotations

from decimal import Decimal

from bot.clinical.thresholds import Limits

_ABOVE, _BELOW = Decimal("1.2"), Decimal("0.8")

#: Test -> names of the limits above and below which it counts.
_HIGH = {
    "b12": "b12_high_above",
    "mma": "mma_strong_above",
    "homocysteine": "homocysteine_raised_above",
    "mcv": "mcv_large_above",
}
_LOW = {
    "b12": "b12_deficient_below",
    "active_b12": "active_b12_deficient_below",
    "haemoglobin": "anaemia_below_women",
    "mcv": "mcv_small_below",
    "folate": "folate_low_below",
    "ferritin": "ferritin_low_below",
}
_ANTIBODIES = ("intrinsic_factor_antibody", "parietal_cell_antibody")


def clear_value(analyte: str, *, high: bool, limits: Limits) -> Decimal | str | None:
    """A value that is high (or low) beyond doubt; None where that would change nothing here."""
    if analyte in _ANTIBODIES:
        return "positive" if high else "negative"
    name = (_HIGH if high else _LOW).get(analyte)
    if name is None:
        return None
    limit: Decimal = getattr(limits, name)
    return (limit * (_ABOVE if high else _BELOW)).quantize(Decimal("0.1"))
