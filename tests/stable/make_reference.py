"""Write `tests/reference/stable_distribution.json`: density, distribution and survival function in high precision.

Run by hand: `python tests/stable/make_reference.py` (mpmath, one core, some ten minutes); pytest does not collect it.

Route 1 is Zolotarev's integral over an angle, whose integrand is positive, with 28 Gauss-Legendre nodes between
levels of its exponent and 34 digits. Route 2, for a subset, is Fourier inversion along the real axis. They share
nothing but the characteristic function, and `test_distribution.py` checks that they agree.
"""

import contextlib
import itertools
import json
import random
from pathlib import Path

import mpmath as mp

DIGITS = 34
NODES = 28
LOW_LEVELS = [-130, -100, -75, -55, -40, -28, -20, -14, -10, -7, -5, -3.5, -2.2, -1.2, -0.4]
LEVELS = [*LOW_LEVELS, 0.2, 0.7, 1.2, 1.7, 2.1, 2.5, 2.9, 3.2, 3.5, 3.8, 4.1, 4.4, 4.7, 5]
DEPTHS = [0, 1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.15, 0.4, 1, 2, 3.5, 5.5, 8, 12, 17, 23, 30, 38, 48, 60, 75, 95, 120]
FAR = 140  # log of the smallest angle that counts, 1e-61

TOO_LIGHT = 20  # log of the -log f beyond which the closed forms of the tests must do

mp.mp.dps = DIGITS


def _gauss():
    # the polynomial's roots by Newton's method
    rule = []
    for i in range(NODES):
        x = mp.cos(mp.pi * (i + mp.mpf(3) / 4) / (NODES + mp.mpf(1) / 2))
        for _ in range(8):
            p, q = mp.mpf(1), mp.mpf(0)
            for n in range(1, NODES + 1):
                p, q = ((2 * n - 1) * x * p - (n - 1) * q) / n, p
            slope = NODES * (x * p - q) / (x * x - 1)
            x -= p / slope
        rule.append((x, 2 / ((1 - x * x) * slope**2)))
    return rule


RULE = _gauss()


def zolotarev(x, alpha, beta):
    """Return (f, P(X > x), P(X < x)) of the standard S0 law; all arguments are taken as the exact doubles."""
    x, alpha, beta = mp.mpf(x), mp.mpf(alpha), mp.mpf(beta)
    if alpha == 1:
        if beta == 0:
            return 1 / (mp.pi * (1 + x * x)), mp.atan2(1, x) / mp.pi, mp.atan2(1, -x) / mp.pi
        if beta < 0:
            density, survival, mass = zolotarev(-x, alpha, -beta)
            return density, mass, survival
        return _assemble(_integrate(*_cauchy_like(x, beta)), True)
    x_1 = x + beta * mp.tan(mp.pi * alpha / 2)
    if x_1 == 0:
        theta = mp.atan(beta * mp.tan(mp.pi * alpha / 2)) / alpha
        density = mp.gamma(1 + 1 / alpha) * mp.cos(theta) * mp.cos(alpha * theta) ** (1 / alpha) / mp.pi
        return density, mp.mpf(1) / 2 + theta / mp.pi, mp.mpf(1) / 2 - theta / mp.pi
    if x_1 < 0:
        density, survival, mass = _positive(-x_1, alpha, -beta)
        return density, mass, survival
    return _positive(x_1, alpha, beta)


def _positive(x_1, alpha, beta):
    theta = mp.atan(beta * mp.tan(mp.pi * alpha / 2)) / alpha
    one_sided = abs(beta) == 1
    width = mp.mpf(1) / 2 * mp.pi + theta
    if one_sided and alpha < 1 and beta < 0:
        return mp.mpf(0), mp.mpf(0), mp.mpf(1)
    if one_sided and (beta > 0) == (alpha < 1):
        width = mp.pi / max(alpha, 1)
        slack = mp.mpf(0)  # the distance of the far end from the next zero of the sine
    else:
        slack = mp.pi - width * max(alpha, 1)
    power = alpha / (alpha - 1)
    constant = power * mp.log(x_1) + mp.log(mp.cos(alpha * theta)) / (alpha - 1)

    def exponent(near, far):  # near = distance from -theta, far = from pi/2
        if alpha < 1:
            cosine = mp.sin(far) if far < near else mp.sin(slack + near)
            sine, third = mp.sin(alpha * near), mp.sin(slack + (1 - alpha) * near)
        else:
            cosine, third = mp.sin(far), mp.sin(slack + (alpha - 1) * far)
            sine = mp.sin(slack + alpha * far) if far < near else mp.sin(alpha * near)
        return constant + power * mp.log(cosine / sine) + mp.log(third / cosine)

    return _assemble(_integrate(exponent, width, alpha / (abs(alpha - 1) * x_1), alpha < 1), alpha < 1)


def _cauchy_like(x, beta):
    def exponent(near, far):
        lean = mp.pi / 2 * (1 - beta) + beta * near
        if beta == 1 and near < mp.mpf(10) ** -15:
            return -mp.pi * x / 2 + mp.log(2 / mp.pi) - 1 + near**2 / 2
        sine, cotangent = (mp.sin(near), mp.cot(near)) if near < far else (mp.sin(far), -mp.cot(far))
        return -mp.pi * x / (2 * beta) + mp.log(2 / mp.pi * lean / sine) - lean / beta * cotangent

    return exponent, mp.pi, mp.pi / (2 * beta), True


def _integrate(exponent, width, slope, rises):
    """Integrate exp(-g), g exp(-g) and 1 - exp(-g) over the angle, in t with angle = width / (1 + exp(-t))."""

    def level(t):
        small, large = width * mp.exp(-abs(t)) / (1 + mp.exp(-abs(t))), width / (1 + mp.exp(-abs(t)))
        return exponent(small, large) if t < 0 else exponent(large, small)

    def place(wanted):
        low, high = mp.mpf(-FAR), mp.mpf(FAR)
        if (level(low) > wanted) == rises:
            return low
        if (level(high) < wanted) == rises:
            return high
        for _ in range(100):  # an approximate place will do
            middle = (low + high) / 2
            value = level(middle)
            if abs(value - wanted) < 0.02 and (not base or abs(mp.exp(value) - base) < 1.05 * (mp.exp(wanted) - base)):
                return middle
            if (value < wanted) == rises:
                low = middle
            else:
                high = middle
        return low

    least = min(level(mp.mpf(-FAR)), level(mp.mpf(FAR)))
    if least > TOO_LIGHT:
        raise OverflowError("a light tail too far out")
    base = mp.exp(least) if least > 0 else mp.mpf(0)
    wanted = [mp.log(base + depth) for depth in DEPTHS] if least > 0 else LEVELS
    fixed = [v for n in (1, 2, 4, 6, 9, 13, 18, 25, 33, 43, 55, 70, 90, 110) for v in (-n, n)]
    edges = sorted({-FAR, FAR, 0, *fixed, *(place(value) for value in wanted)})
    edges = [edges[0]] + [b for a, b in itertools.pairwise(edges) if b - a > 1e-22]
    density = mass = rest = mp.mpf(0)
    for a, b in itertools.pairwise(edges):
        middle, half = (mp.mpf(a) + b) / 2, (mp.mpf(b) - a) / 2
        ends = min(level(mp.mpf(a)), level(mp.mpf(b)))
        if (mp.exp(ends) - base if ends < 12 or base else mp.inf) > 160:  # nothing left here but 1 - exp(-g) = 1
            rest += abs(width / (1 + mp.exp(-mp.mpf(b))) - width / (1 + mp.exp(-mp.mpf(a))))
            continue
        for node, weight in RULE:
            t = middle + half * node
            fall = mp.exp(-abs(t))
            jacobian = half * weight * width * fall / (1 + fall) ** 2
            u = level(t)
            if u > max(least, 0) + 12:
                rest += jacobian  # exp(-g) is nothing
                continue
            g = mp.exp(u)
            decayed = mp.exp(base - g)
            density += jacobian * g * decayed
            mass += jacobian * decayed
            rest -= jacobian * mp.expm1(-g)
    scale = mp.exp(-base) / mp.pi
    density, mass = density * slope * scale, mass * scale
    return density, mass, rest / mp.pi, width / mp.pi


def _assemble(found, below):
    density, mass, rest, width = found
    if below:  # mass is P(0 < X_1 < x_1)
        return density, rest, 1 - width + mass
    return density, mass, 1 - mass


def fourier(x, alpha, beta):
    """Return (f, P(X > x)) by inversion of the characteristic function along the real axis."""
    x, alpha, beta = mp.mpf(x), mp.mpf(alpha), mp.mpf(beta)

    def phase(k):
        if alpha == 1:
            return -k * x - 2 * beta / mp.pi * k * mp.log(k)
        tangent = mp.tan(mp.pi * alpha / 2)
        return -k * x - beta * tangent * (k - k**alpha)

    end = mp.mpf(60) ** (1 / alpha)
    panels = [mp.mpf(2) ** -n for n in range(120, 3, -1)]
    pieces = int(end * (abs(x) + 2)) + 20
    edges = [mp.mpf(0), *panels, *(mp.mpf("0.1") + (end - mp.mpf("0.1")) * n / pieces for n in range(1, pieces + 1))]
    density = survival = mp.mpf(0)
    for a, b in itertools.pairwise(edges):
        middle, half = (a + b) / 2, (b - a) / 2
        for node, weight in RULE:
            k = middle + half * node
            size = half * weight * mp.exp(-(k**alpha))
            density += size * mp.cos(phase(k))
            survival += size * mp.sin(phase(k)) / k
    return density / mp.pi, mp.mpf(1) / 2 + survival / mp.pi


def points():
    corners_alpha = [0.1, 0.2, 0.5, 0.75, 0.9, 0.999, 0.99999, 1.0, 1.00001, 1.001, 1.2, 1.5, 1.8, 1.99, 1.999, 2.0]
    corners_x = [-1e12, -1e6, -100.0, -12.0, -3.0, -0.5, 0.0, 0.7, 2.0, 7.0, 40.0, 1e6, 1e12]
    rows = [(x, a, b) for a in corners_alpha for b in (0.0, 0.3, 0.95, 1.0) for x in corners_x]
    draw = random.Random(20240521)
    for _ in range(2000):
        alpha, beta = round(draw.uniform(0.1, 2), 4), round(draw.uniform(-1, 1), 3)
        size = 10 ** draw.choice([draw.uniform(-3, 0), draw.uniform(-1, 1.3), draw.uniform(1, 5)])
        rows.append((float(f"{draw.choice([-1, 1]) * size:.5g}"), alpha, beta))
    return rows


def both_routes():
    return [(x, a, b) for a in (0.8, 0.95, 1.0, 1.02, 1.5, 1.9) for b in (-1.0, 0.4) for x in (-2.0, 0.3, 3.0)]


def _text(value):
    return "0" if value == 0 else mp.nstr(value, 17, min_fixed=0, max_fixed=0)


def main():
    rows = []
    for x, a, b in points():
        with contextlib.suppress(OverflowError):
            rows.append([x, a, b, *map(_text, zolotarev(x, a, b))])
    checks = [
        [x, a, b, *map(_text, zolotarev(x, a, b)[:2]), *map(_text, fourier(x, a, b))] for x, a, b in both_routes()
    ]
    how = (
        "tests/stable/make_reference.py: Zolotarev's integral, 34 digits; standard S0 law. values: x, alpha, beta, "
        "pdf, sf, cdf. routes: x, alpha, beta, pdf, sf, and both again by Fourier inversion."
    )
    body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    more = ",\n".join(json.dumps(row, separators=(",", ":")) for row in checks)
    path = Path(__file__).parents[1] / "reference" / "stable_distribution.json"
    path.write_text(f'{{"how": {json.dumps(how)},\n"values": [\n{body}\n],\n"routes": [\n{more}\n]}}\n')


if __name__ == "__main__":
    main()
