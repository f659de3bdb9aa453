"""Times a pass of SAG and SAGA, and of the solvers of that name in scikit-learn, on the same data, in turn.

    go -C benchmarks build -o linear.exe ./linear
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 benchmarks/linear_passes.py benchmarks/linear.exe [runs]

The model is a logistic regression with L2 and an intercept. All solvers have the learning rate of scikit-learn. The time of a
pass of scikit-learn is the difference of two fits with different max_iter, divided by the difference of max_iter, so that the
preparation is not counted. The script prints the medians of the processor time of a pass, the median of the ratios of the
rounds with the smallest and the largest, and the losses of the last round, which are equal but for the random order of the rows.
"""
import os, subprocess, sys, tempfile, time, warnings
import numpy as np
import scipy.sparse as sparse
from linear_data import write
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("ignore")  # max_iter is reached on purpose
program, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
FEW, MANY = 10, 110  # passes
rng = np.random.default_rng(1)


def dense():
    return rng.standard_normal((20000, 50))


def scattered():
    n, p, each = 20000, 5000, 10
    indices = np.concatenate([np.sort(rng.choice(p, each, replace=False, shuffle=False)) for _ in range(n)])
    return sparse.csr_matrix((rng.standard_normal(n * each), indices, np.arange(0, n * each + 1, each)), (n, p))


def rate(solver, a, alpha):
    """The learning rate of scikit-learn, with an intercept."""
    squares = a.multiply(a).sum(axis=1).max() if sparse.issparse(a) else (a * a).sum(axis=1).max()
    bound = 0.25 * (squares + 1) + alpha
    return 1 / bound if solver == "sag" else 1 / (2 * bound + min(2 * len(y) * alpha, bound))


def fit(solver, a, y, alpha, passes):
    model = LogisticRegression(C=1 / (alpha * len(y)), penalty="l2", solver=solver, tol=0, max_iter=passes, random_state=0)
    start = time.process_time()
    model.fit(a, y)
    seconds = time.process_time() - start
    x = model.coef_[0]
    z = a @ x + model.intercept_[0]
    return seconds, (np.logaddexp(0, z) - y * z).mean() + alpha / 2 * (x @ x)


for name, make in ("dense 20000 x 50", dense), ("sparse 20000 x 5000, 10 a row", scattered):
    a = make()
    z = a @ rng.standard_normal(a.shape[1])
    y = (z + 0.5 * z.std() * rng.standard_normal(len(z)) > 0).astype(float)
    alpha = 1 / len(y)  # C = 1
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "data")
        write(file, a, y)
        for solver in "sag", "saga":
            pairs = []
            for _ in range(runs):
                command = [program, file, solver, repr(alpha), repr(rate(solver, a, alpha)), str(MANY)]
                ours, value = map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
                seconds, theirs = zip(fit(solver, a, y, alpha, FEW), fit(solver, a, y, alpha, MANY))
                pairs.append((ours, (seconds[1] - seconds[0]) / (MANY - FEW)))
            pairs = np.array(pairs)
            medians, ratios = 1000 * np.median(pairs, axis=0), pairs[:, 0] / pairs[:, 1]
            print(f"{name:30} {solver:5} optim {medians[0]:6.3f} ms   scikit-learn {medians[1]:6.3f} ms   ratio {np.median(ratios):5.2f} ({ratios.min():.2f} to {ratios.max():.2f})   losses {value:.9f} {theirs[1]:.9f}", flush=True)
