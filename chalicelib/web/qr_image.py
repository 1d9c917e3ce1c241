"""QR codes as SVG, the same drawing for the same payload."""

from chalicelib.web.pages.html import Html, element

# Readers take any mask (ISO/IEC 18004, 7.8); a fixed one spares scoring all eight.
_MASK = 3
_QUIET_ZONE = 4


def draw_qr(payload: str, title: str, color: str = "#000") -> Html:
    """Error correction M, a quiet zone of four modules, one path; scales to any size. `color`: a
    dark one."""
    rows = qr_modules(payload)
    size = len(rows) + 2 * _QUIET_ZONE
    path = "".join(
        f"M{column + _QUIET_ZONE} {row + _QUIET_ZONE}h{length}v1h-{length}z"
        for row, modules in enumerate(rows)
        for column, length in dark_runs(modules)
    )
    return element(
        "svg",
        element("title", title),
        element("rect", width=size, height=size, fill="#fff"),
        element("path", d=path, fill=color),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size} {size}",
        shape_rendering="crispEdges",
        role="img",
    )


def qr_modules(payload: str) -> list[list[bool]]:
    """Row by row, True is dark; without the quiet zone."""
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=_MASK, border=0)
    code.add_data(payload)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def dark_runs(modules: list[bool]) -> list[tuple[int, int]]:
    """(start, length) of each stretch of dark modules."""
    runs: list[tuple[int, int]] = []
    for column, is_dark in enumerate(modules):
        if not is_dark:
            continue
        if runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((column, 1))
    return runs
