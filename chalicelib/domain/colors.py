"""Whether a printed color is dark enough.

Source: WCAG 2.2, "relative luminance" and "contrast ratio"."""

MIN_CONTRAST_ON_WHITE = 4.5


def is_dark(color: str) -> bool:
    """`color`: `#rrggbb`."""
    return 1.05 / (_luminance(color) + 0.05) >= MIN_CONTRAST_ON_WHITE


def _luminance(color: str) -> float:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
