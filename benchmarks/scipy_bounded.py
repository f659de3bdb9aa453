"""The bounded problems of bounded_functions_test.go, solved by scipy.

    python3 benchmarks/scipy_bounded.py bounded.txt

writes the figures that testdata/peers.json has as boundedMinimize and boundedLeastSquares. The
problems are written here a second time. Derivatives of small problems are taken by complex steps
of 1e-200, which are exact up to rounding.

minimize is L-BFGS-B with m = 10 and f = the sum of squares, with value and gradient evaluated
together. It starts at P(x₀), where P is the projection on the bounds. The figures are

  projected  evaluations until the projected gradient max|P(x−g)−x| ≤ 1e-5·max(1, its value at the
             start), with ftol = gtol = 0
  value      evaluations until f is a minimum: |f − f*| ≤ 1e-8·max(|f*|, 1e-8·|f₀|), in the same run
  default    evaluations until the end with the default tolerances
  f          the value at the end with the default tolerances

null is never, within 20,000 evaluations.

leastSquares is least_squares(method="trf") with default tolerances and the Jacobian: evaluations
of the residuals and of the Jacobian, and the sum of squares at the end (twice scipy's cost).
"""

import json
import sys

import numpy as np
import scipy
from scipy.optimize import Bounds, least_squares, minimize

inf = np.inf
STEP = 1e-200


class Squares:
    """A problem f = Σr² with residuals r."""

    def __init__(self, residuals):
        self.residuals = residuals

    def jacobian(self, x):
        columns = []
        for j in range(len(x)):
            z = x.astype(complex)
            z[j] += 1j * STEP
            columns.append(self.residuals(z).imag / STEP)
        return np.array(columns).T

    def both(self, x):
        r = self.residuals(x)
        return r @ r, 2 * (self.jacobian(x).T @ r)


class Function:
    """A problem with a value that takes complex numbers."""

    def __init__(self, value):
        self.value = value

    def both(self, x):
        g = np.empty(len(x))
        for j in range(len(x)):
            z = x.astype(complex)
            z[j] += 1j * STEP
            g[j] = self.value(z).imag / STEP
        return self.value(x), g


class Both:
    """A problem with its own gradient."""

    def __init__(self, both):
        self.both = both


# Moré, Garbow and Hillstrom.


def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def powell_badly_scaled(x):
    return np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x):
    return np.array([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def beale(x):
    return np.array([y - x[0] * (1 - x[1] ** k) for k, y in enumerate((1.5, 2.25, 2.625), 1)])


def helical_valley(x):
    turn = np.arctan(x[1] / x[0]) / (2 * np.pi) + (0 if x[0].real > 0 else 0.5)
    return np.array([10 * (x[2] - 10 * turn), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


def gaussian(x):
    half = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521]
    y = np.array(half + [0.3989] + half[::-1])
    t = (7 - np.arange(15)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - y


def gulf(m):
    t = np.arange(1, m + 1) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)

    def residuals(x):  # y − x₁ is positive within the bounds
        return np.exp(-((y - x[1]) ** x[2]) / x[0]) - t

    return residuals


def box(x):
    t = np.arange(1, 4) / 10
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def powell_singular(x):
    return np.array([x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, 10**0.5 * (x[0] - x[3]) ** 2])


def wood(x):
    return np.array([
        10 * (x[1] - x[0] ** 2), 1 - x[0], 90**0.5 * (x[3] - x[2] ** 2), 1 - x[2],
        10**0.5 * (x[1] + x[3] - 2), (x[1] - x[3]) / 10**0.5,
    ])


def brown_dennis(x):
    t = np.arange(1, 21) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


def biggs(x):
    t = np.arange(1, 14) / 10
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


def watson(x):
    t = np.arange(1, 30)[:, None] / 29
    j = np.arange(len(x))
    slope = (j[1:] * x[1:] * t ** (j[1:] - 1)).sum(1)
    r = slope - (x * t**j).sum(1) ** 2 - 1
    return np.concatenate([r, [x[0], x[1] - x[0] ** 2 - 1]])


def penalty_1(x):
    return np.concatenate([1e-5**0.5 * (x - 1), [x @ x - 0.25]])


def penalty_2(x):
    n, a = len(x), 1e-5**0.5
    i = np.arange(2, n + 1)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    return np.concatenate([
        [x[0] - 0.2], a * (np.exp(x[1:] / 10) + np.exp(x[:-1] / 10) - y), a * (np.exp(x[1:] / 10) - np.exp(-0.1)),
        [np.arange(n, 0, -1) @ x**2 - 1],
    ])


def variably_dimensioned(x):
    s = np.arange(1, len(x) + 1) @ (x - 1)
    return np.concatenate([x - 1, [s, s**2]])


def chebyquad(x):
    n, t = len(x), 2 * x - 1
    before, last, r = np.ones(n), t, []
    for i in range(1, n + 1):
        r.append(last.mean() + (1 / (i * i - 1) if i % 2 == 0 else 0))
        before, last = last, 2 * t * last - before
    return np.array(r)


# Large problems.


def chained_rosenbrock(x):
    a, b = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    g = np.zeros(len(x))
    g[1:] += 200 * a
    g[:-1] -= 400 * a * x[:-1] + 2 * b
    return 100 * (a @ a) + b @ b, g


def sample_rosenbrock(x):
    a = x[1:] - x[:-1] ** 2
    g = np.zeros(len(x))
    g[0] = 2 * (x[0] - 1)
    g[1:] += 8 * a
    g[:-1] -= 16 * a * x[:-1]
    return (x[0] - 1) ** 2 + 4 * (a @ a), g


def obstacle(side):
    """½Σ(difference of neighbours)² − h²Σv on side × side points inside the unit square."""
    h = 1 / (side + 1)

    def both(x):
        v = np.zeros((side + 2, side + 2))
        v[1:-1, 1:-1] = x.reshape(side, side)
        down, right = v[1:] - v[:-1], v[:, 1:] - v[:, :-1]
        f = ((down**2).sum() + (right**2).sum()) / 2 - h * h * x.sum()
        g = 4 * v[1:-1, 1:-1] - v[:-2, 1:-1] - v[2:, 1:-1] - v[1:-1, :-2] - v[1:-1, 2:] - h * h
        return f, g.ravel()

    i = np.arange(1, side + 1) * h
    wave = np.sin(9.2 * i)[:, None] * np.sin(9.3 * i)
    return both, (wave**3).ravel(), (wave**2 + 0.02).ravel()


def integers(seed, count, most):
    """Returns count integers in [0, most) of a linear congruential generator."""
    values, state = [], seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 33) % most)
    return np.array(values)


def nonnegative(n):
    """½‖Ax − b‖² with A = (B, I) and integers only: Aᵀ(Ax* − b) = w* ≥ 0 holds exactly."""
    rows = np.repeat(np.arange(n), 4)
    columns = integers(1, 4 * n, n)
    signs = integers(2, 4 * n, 2) * 2 - 1
    values = signs * 2.0 ** (columns % 4)
    b = scipy.sparse.csr_matrix((values, (rows, columns)), shape=(n, n))
    kind = integers(3, n, 2)
    best = kind * (1.0 + integers(4, n, 9))
    dual = (1 - kind) * (1.0 + integers(5, n, 9))
    upper = integers(6, n, 7) - 3.0
    lower = dual - b.T @ upper
    right_b, right_i = b @ best - upper, best - lower

    def both(x):
        r, s = b @ x - right_b, x - right_i
        return (r @ r + s @ s) / 2, b.T @ r + s

    return both, best, (upper @ upper + lower @ lower) / 2


MINIMA = {  # the others are zero
    "MGH 3 Powell badly scaled": [1.5125936724397e-10],
    "MGH 4 Brown badly scaled": [783.999999295184],
    "MGH 7 Helical valley": [0.9904221209614],
    "MGH 9 Gaussian": [1.12793276961909e-8],
    "MGH 11 Gulf": [5.8281431167891e-5],
    "MGH 12 Box": [3.09981534322894e-6],
    "MGH 14 Wood": [1.556700800438565, 7.093836425129051],
    "MGH 16 Brown and Dennis": [88860.479767500467],
    "MGH 18 Biggs EXP6": [5.3209865907823e-4, 0.2428078039714272, 0.2428754178832197],
    "MGH 20 Watson": [0.03740139779318442],
    "MGH 21 Rosenbrock": [0.25],
    "MGH 22 Powell singular": [1.878196300583034e-4],
    "MGH 23 Penalty I": [7.562569999872728],
    "MGH 24 Penalty II": [2.943444541251972e-4],
    "MGH 25 Variably dimensioned": [0.3374126807138318],
    "MGH 35 Chebyquad": [0.003592242385974161],
    "HS 2": [0.0504261878936070849, 4.94122931798918551],
    "HS 4": [8 / 3],
    "HS 5": [-(3**0.5) / 2 - np.pi / 3],
    "HS 45": [1],
    "HS 110": [-45.7784697074462687],
    "Chained Rosenbrock": [13449.47816873037],
    "Obstacle": [5.0963153906441878],
    "Obstacles on both sides": [7.3613870824950753],
    "Non-negative least squares": [1791268],
}


def problems():
    """Yields name, problem, start, lower, upper."""
    yield "MGH 3 Powell badly scaled", Squares(powell_badly_scaled), [0, 1], [0, 1], [1, 9]
    yield "MGH 4 Brown badly scaled", Squares(brown_badly_scaled), [1, 1], [0, 3e-5], [1e6, 100]
    yield "MGH 5 Beale", Squares(beale), [1, 1], [0.6, 0.5], [10, 100]
    yield "MGH 7 Helical valley", Squares(helical_valley), [-1, 0, 0], [-100, -1, -1], [0.8, 1, 1]
    yield "MGH 9 Gaussian", Squares(gaussian), [0.4, 1, 0], [0.398, 1, -0.5], [4.2, 2, 0.1]
    yield "MGH 11 Gulf", Squares(gulf(3)), [5, 2.5, 0.15], [1e-16, 0, 0], [10, 10, 10]
    yield "MGH 12 Box", Squares(box), [0, 10, 20], [0, 5, 0], [2, 9.5, 20]
    yield "MGH 14 Wood", Squares(wood), [-3, -1, -3, -1], [-100] * 4, [0, 10, 100, 100]
    yield "MGH 16 Brown and Dennis", Squares(brown_dennis), [25, 5, -5, -1], [-10, 0, -100, -20], [100, 15, 0, 0.2]
    yield "MGH 18 Biggs EXP6", Squares(biggs), [1, 2, 1, 1, 1, 1], [0, 0, 0, 1, 0, 0], [2, 8, 1, 7, 5, 5]
    yield ("MGH 20 Watson", Squares(watson), [0] * 9, [-1e-5, 0, 0, 0, 0, -3, 0, -3, 0],
           [1e-5, 0.9, 0.1, 1, 1, 0, 4, 0, 2])
    yield "MGH 21 Rosenbrock", Squares(rosenbrock), [-1.2, 1], [-50, 0], [0.5, 100]
    yield "MGH 22 Powell singular", Squares(powell_singular), [3, -1, 0, 1], [0.1, -20, -1, -1], [100, 20, 1, 50]
    yield "MGH 23 Penalty I", Squares(penalty_1), np.arange(1, 11), [0, 1, 0, 0, 0, 1, 0, 0, 0, 1], [100] * 10
    yield ("MGH 24 Penalty II", Squares(penalty_2), [0.5] * 10, [-10, 0.1, 0, 0.05, 0, -10, 0, 0.2, 0, 0],
           [50] * 9 + [0.5])
    yield ("MGH 25 Variably dimensioned", Squares(variably_dimensioned), 1 - np.arange(1, 11) / 10, [0] * 10,
           [10, 20, 30, 40, 50, 60, 70, 80, 90, 0.5])
    yield ("MGH 35 Chebyquad", Squares(chebyquad), np.arange(1, 9) / 9, [0, 0, 0.1, 0, 0, 0, 0, 0],
           [0.04, 0.2, 0.3, 1, 1, 1, 1, 1])
    yield "HS 1", Squares(rosenbrock), [-2, 1], [-inf, -1.5], [inf, inf]
    yield "HS 2", Squares(rosenbrock), [-2, 1], [-inf, 1.5], [inf, inf]
    yield "HS 3", Function(lambda x: x[1] + 1e-5 * (x[1] - x[0]) ** 2), [10, 1], [-inf, 0], [inf, inf]
    yield "HS 4", Function(lambda x: (x[0] + 1) ** 3 / 3 + x[1]), [1.125, 0.125], [1, 0], [inf, inf]
    yield ("HS 5", Function(lambda x: np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1),
           [0, 0], [-1.5, -3], [4, 3])
    yield "HS 25", Squares(gulf(99)), [100, 12.5, 3], [0.1, 0, 0], [100, 25.6, 5]
    yield "HS 38", Squares(wood), [-3, -1, -3, -1], [-10] * 4, [10] * 4
    yield "HS 45", Function(lambda x: 2 - np.prod(x) / 120), [2] * 5, [0] * 5, [1, 2, 3, 4, 5]
    yield ("HS 110", Function(lambda x: (np.log(x - 2) ** 2 + np.log(10 - x) ** 2).sum() - np.prod(x) ** 0.2),
           [9] * 10, [2.001] * 10, [9.999] * 10)
    n = 10000
    yield ("Chained Rosenbrock", Both(chained_rosenbrock), [0.1] * n, [0.2, *[-10] * 9] * (n // 10),
           [*[10] * 5, 0.5, *[10] * 4] * (n // 10))
    yield "Rosenbrock of L-BFGS-B", Both(sample_rosenbrock), [3] * n, [1, -100] * (n // 2), [100] * n
    both, lower, upper = obstacle(100)
    yield "Obstacle", Both(both), np.clip(np.zeros(n), lower, upper), lower, [inf] * n
    yield "Obstacles on both sides", Both(both), np.clip(np.zeros(n), lower, upper), lower, upper
    yield "Non-negative least squares", Both(nonnegative(n)[0]), [0] * n, [0] * n, [inf] * n


def projected(x, g, lower, upper):
    """max|P(x − g) − x|"""
    return np.abs(np.clip(x - g, lower, upper) - x).max()


def excess(f, first, minima):
    """(f − f*)/max(|f*|, 1e-8·|f₀|) for the nearest minimum f*"""
    return min(((f - m) / max(abs(m), 1e-8 * abs(first)) for m in minima), key=abs)


def search(problem, name, start, lower, upper):
    def run(**options):
        trace = []

        def watched(x):
            f, g = problem.both(x)
            trace.append((f, projected(x, g, lower, upper)))
            return f, g

        r = minimize(watched, start, jac=True, method="L-BFGS-B", bounds=Bounds(lower, upper),
                     options=dict(maxcor=10, maxfun=20000, maxiter=20000, **options))
        return trace, r

    def first(holds):
        return next((k for k, t in enumerate(trace, 1) if holds(*t)), None)

    ended, r = run()
    trace, _ = run(ftol=0, gtol=0)
    least, threshold = MINIMA.get(name, [0]), 1e-5 * max(1, trace[0][1])
    return {
        "projected": first(lambda f, p: p <= threshold),
        "value": first(lambda f, p: abs(excess(f, trace[0][0], least)) <= 1e-8),
        "default": len(ended), "f": r.fun,
    }


def main():
    fits, searches = {}, {}
    for name, problem, *vectors in problems():
        start, lower, upper = (np.array(v, float) for v in vectors)
        start = np.clip(start, lower, upper)
        searches[name] = search(problem, name, start, lower, upper)
        if isinstance(problem, Squares):  # trf moves a start on a bound into the interior
            r = least_squares(problem.residuals, start, problem.jacobian, (lower, upper), "trf")
            fits[name] = {"evaluations": r.nfev, "jacobians": r.njev, "sumSquares": 2 * r.cost}
    with open(sys.argv[1], "w") as file:  # L-BFGS-B prints on the standard output
        for name, rows in ("boundedMinimize", searches), ("boundedLeastSquares", fits):
            lines = [f"\t\t{json.dumps(row)}: {json.dumps(figures)}" for row, figures in rows.items()]
            print(f'\t"{name}": {{\n' + ",\n".join(lines) + "\n\t},", file=file)
    print(f"scipy {scipy.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
