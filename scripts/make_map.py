"""Draws Europe once: from Natural Earth's countries (TopoJSON, 1:50m) to the small paths that the pages put on a map.

    python scripts/make_map.py countries-50m.json goe/pages/europe.json

Lambert's azimuthal equal-area projection on the sphere, centre 52° N 10° E. Simplification works on whole arcs, which
neighbours share, so that a border stays one line. Source: Natural Earth (public domain), as packed by world-atlas.
"""

from __future__ import annotations

import heapq
import json
import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Line = list[Point]

CENTRE_LATITUDE, CENTRE_LONGITUDE = math.radians(52), math.radians(10)
UNITS_PER_RADIAN, SHIFT = 1390.0, (432.0, 500.0)
WIDTH, HEIGHT = 960, 920

COARSE, FINE, OUTSIDE = 2.0, 0.3, 80.0  # least triangle kept: on the map, in an arc of an islet, beyond the frame
ISLET = 30.0  # an arc smaller than this in both directions is drawn finely
LEAST_RING = 9.0  # islands below this area are left out, unless a nation has no larger one

# ISO 3166-1 numeric, as in the source.
NUMERIC = {
    "040": "AT", "056": "BE", "100": "BG", "191": "HR", "196": "CY", "203": "CZ", "208": "DK", "233": "EE",
    "246": "FI", "250": "FR", "276": "DE", "300": "GR", "348": "HU", "352": "IS", "372": "IE", "380": "IT",
    "428": "LV", "438": "LI", "440": "LT", "442": "LU", "470": "MT", "528": "NL", "578": "NO", "616": "PL",
    "620": "PT", "642": "RO", "703": "SK", "705": "SI", "724": "ES", "752": "SE", "756": "CH", "826": "GB",
}  # fmt: skip

# Where a name and a number stand best, by eye; elsewhere the centroid of the largest part. The flag: in the sea.
PLACES = {
    "FI": (615, 210, False), "SE": (503, 258, False), "NO": (362, 262, True), "DE": (440, 516, False),
    "PL": (590, 484, False), "FR": (300, 636, False), "ES": (186, 754, False), "GB": (350, 394, True),
    "IT": (466, 774, True), "RO": (700, 626, False), "IE": (92, 440, True), "IS": (146, 122, False),
    "GR": (628, 822, True),
}  # fmt: skip


def projected(longitude: float, latitude: float) -> Point | None:
    """Map units of a place in degrees; None for the far side of the Earth, which the projection tears apart."""
    east, north = math.radians(longitude) - CENTRE_LONGITUDE, math.radians(latitude)
    sine, cosine = math.sin(CENTRE_LATITUDE), math.cos(CENTRE_LATITUDE)
    closeness = sine * math.sin(north) + cosine * math.cos(north) * math.cos(east)
    if closeness < -0.2:
        return None
    k = UNITS_PER_RADIAN * math.sqrt(2 / (1 + closeness))
    x = k * math.cos(north) * math.sin(east)
    y = k * (cosine * math.sin(north) - sine * math.cos(north) * math.cos(east))
    return SHIFT[0] + x, SHIFT[1] - y


def triangle(a: Point, b: Point, c: Point) -> float:
    """Area of a triangle."""
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def simplified(line: Line, least: float) -> Line:
    """The line without the points whose triangle with their neighbours is below `least` (Visvalingam and Whyatt 1993)."""
    last = len(line) - 1
    before, after = list(range(-1, last)), list(range(1, last + 2))
    weight = {i: triangle(line[i - 1], line[i], line[i + 1]) for i in range(1, last)}
    queue = [(area, i) for i, area in weight.items()]
    heapq.heapify(queue)
    while queue:
        area, i = heapq.heappop(queue)
        if weight.get(i) != area:
            continue  # an older entry: the point is gone or its neighbours have changed
        if area >= least:
            break
        del weight[i]
        after[before[i]], before[after[i]] = after[i], before[i]
        for j in (before[i], after[i]):
            if j in weight:  # never below what was just removed, so that the order of removal stays monotone
                weight[j] = max(area, triangle(line[before[j]], line[j], line[after[j]]))
                heapq.heappush(queue, (weight[j], j))
    return [point for i, point in enumerate(line) if i in (0, last) or i in weight]


def tolerance(line: Line) -> float:
    """How coarsely an arc may be drawn."""
    across, down = [p[0] for p in line], [p[1] for p in line]
    if all(not (-300 < x < WIDTH + 300 and -300 < y < HEIGHT + 300) for x, y in line):
        return OUTSIDE
    return FINE if max(across) - min(across) < ISLET and max(down) - min(down) < ISLET else COARSE


def arcs_of(topology: dict[str, Any]) -> list[Line]:
    """Every arc of the source, decoded, projected and simplified."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        line: Line = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            point = projected(x * sx + tx, y * sy + ty)
            if point is not None:
                line.append(point)
        arcs.append(simplified(line, tolerance(line)) if len(line) > 2 else line)
    return arcs


def stitched(numbers: list[int], arcs: list[Line]) -> Line:
    """One ring from its arcs; a negative number means the arc backwards."""
    ring: Line = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += arc[1:] if ring and arc and ring[-1] == arc[0] else arc
    return ring


def clipped(ring: Line) -> Line:
    """The part of a ring inside the frame (Sutherland and Hodgman 1974)."""
    for axis, limit, side in ((0, 0, 1), (0, WIDTH, -1), (1, 0, 1), (1, HEIGHT, -1)):
        kept: Line = []
        for a, b in zip(ring[-1:] + ring[:-1], ring, strict=True):
            a_in, b_in = (a[axis] - limit) * side >= 0, (b[axis] - limit) * side >= 0
            if a_in != b_in:
                s = (limit - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])))
            if b_in:
                kept.append(b)
        ring = kept
    return ring


def moments(ring: Line) -> tuple[float, float, float]:
    """Signed area of a ring, and its centroid."""
    area = cx = cy = 0.0
    for (ax, ay), (bx, by) in pairwise([ring[-1], *ring]):
        cross = ax * by - bx * ay
        area, cx, cy = area + cross / 2, cx + (ax + bx) * cross, cy + (ay + by) * cross
    return area, cx / (6 * area or 1), cy / (6 * area or 1)


def path(ring: Line) -> str:
    """The ring as an SVG path of whole, relative steps; empty where rounding leaves less than a triangle."""
    rounded = [(round(x), round(y)) for x, y in ring]
    points = [p for i, p in enumerate(rounded) if i == 0 or p != rounded[i - 1]]
    if len(points) < 3:
        return ""
    numbers = [n for a, b in pairwise(points) for n in (b[0] - a[0], b[1] - a[1])]
    steps = "".join(f" {n}" if i and n >= 0 else str(n) for i, n in enumerate(numbers))
    return f"M{points[0][0]} {points[0][1]}l{steps}z"


def drawn(topology: dict[str, Any]) -> dict[str, Any]:
    """What the pages need: the frame, each nation's path and label place, everything else as one path."""
    arcs, nations, outside = arcs_of(topology), {}, []
    for country in topology["objects"]["countries"]["geometries"]:
        parts = {"MultiPolygon": country.get("arcs", []), "Polygon": [country.get("arcs", [])]}.get(country["type"], [])
        rings = [clipped(ring) for part in parts for ring in (stitched(n, arcs) for n in part) if len(ring) > 2]
        rings = sorted((r for r in rings if len(r) > 2), key=lambda r: -abs(moments(r)[0]))
        if not rings:
            continue
        code = NUMERIC.get(str(country.get("id", "")).zfill(3))
        kept = [r for i, r in enumerate(rings) if abs(moments(r)[0]) >= LEAST_RING or (code and i == 0)]
        if not code:
            outside += [path(r) for r in kept]
            continue
        _, cx, cy = moments(rings[0])
        x, y, sea = PLACES.get(code, (round(cx), round(cy) - 4, False))
        nations[code] = {
            "path": "".join(path(r) for r in kept),
            "centre": [round(cx), round(cy)],
            "area": round(sum(abs(moments(r)[0]) for r in kept)),
            "label": {"x": x, "y": y, "sea": sea},
        }
    return {"frame": [WIDTH, HEIGHT], "outside": "".join(outside), "nations": dict(sorted(nations.items()))}


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    europe = drawn(json.loads(source.read_text()))
    missing = sorted(set(NUMERIC.values()) - set(europe["nations"]))
    if missing:
        sys.exit(f"{source} lacks {', '.join(missing)}; the 1:110m source has no Malta, take the 1:50m one")
    lines = [f'"{code}": {json.dumps(nation)}' for code, nation in europe["nations"].items()]
    target.write_text(
        f'{{"source": "Natural Earth 1:50m, public domain",\n"frame": {json.dumps(europe["frame"])},\n'
        f'"outside": {json.dumps(europe["outside"])},\n"nations": {{\n' + ",\n".join(lines) + "\n}}\n"
    )
    print(f"{target}: {len(lines)} nations, {target.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
