"""Times the paths of Path, scikit-learn and glmnet on the same data, in turn.

    go -C benchmarks build -o linear.exe ./linear && python3 benchmarks/linear_speed.py benchmarks/linear.exe [runs]

It prints the medians of the processor time and of the time that passed, in seconds, and the largest excess of the loss with
penalties over the least one of the three, relative to the loss without coefficients. Reading the data is not timed. Path and
scikit-learn's lasso stop at a duality gap of 1e-10 times that loss. glmnet has another rule: its thresh is a power of ten with
an excess below 1e-10. scikit-learn is left out where it runs for minutes.
"""
import os, subprocess, sys, tempfile, time, warnings
import numpy as np
import scipy.sparse as sparse
from linear_data import write
from sklearn.linear_model import LogisticRegression, enet_path

warnings.simplefilter("ignore")
TOL = 5e-11  # of the gap, relative to twice the loss without coefficients
program, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
only = sys.argv[3] if len(sys.argv) > 3 else ""
rng = np.random.default_rng(1)


def signal(a, k, noise):
    x = np.zeros(a.shape[1])
    x[:: max(1, len(x) // k)] = 1
    z = a @ x
    return z + noise * z.std() * rng.standard_normal(a.shape[0])


def correlated(n, p, rho):
    a = rng.standard_normal((n, p))
    for j in range(1, p):
        a[:, j] = rho * a[:, j - 1] + np.sqrt(1 - rho**2) * a[:, j]
    return a


def cases():
    """Name, loss, rows, stride of the coefficients, noise, number of alphas, last alpha, thresh of glmnet, with scikit-learn."""
    yield "logistic 569 x 30", "logistic", lambda: correlated(569, 30, 0.5), 10, 0.5, 1, 1e-2, 1e-10, True
    yield "logistic 20000 x 50", "logistic", lambda: correlated(20000, 50, 0.5), 10, 0.5, 1, 1e-2, 1e-10, True
    yield "lasso 2000 x 500", "squared", lambda: correlated(2000, 500, 0.5), 50, 1.0, 100, 1e-3, 1e-12, True
    yield "lasso 100 x 10000, rho 0.9", "squared", lambda: correlated(100, 10000, 0.9), 20, 1.0, 100, 1e-2, 1e-14, False
    yield "lasso sparse 20000 x 50000", "squared", scattered, 100, 1.0, 100, 1e-2, 1e-13, False


def scattered():
    n, p, each = 20000, 50000, 50
    indices = np.concatenate([np.sort(rng.choice(p, each, replace=False, shuffle=False)) for _ in range(n)])
    return sparse.csr_matrix((rng.standard_normal(n * each), indices, np.arange(0, n * each + 1, each)), (n, p))


GLMNET = """
suppressMessages({library(glmnet); library(Matrix)})
f <- file("%(file)s", "rb")
size <- readBin(f, "integer", 6, size = 4)[c(1, 3, 5)]
y <- readBin(f, "double", size[1])
if (size[3] == 0) {
    a <- matrix(readBin(f, "double", size[1] * size[2]), size[1], byrow = TRUE)
} else {
    wide <- readBin(f, "integer", 2 * (size[1] + 1 + size[3]), size = 4)[c(TRUE, FALSE)]
    a <- as(sparseMatrix(j = wide[-(1:(size[1] + 1))] + 1, p = wide[1:(size[1] + 1)], x = readBin(f, "double", size[3]), dims = size[1:2]), "CsparseMatrix")
}
glmnet.control(mnlam = 1, fdev = 0, devmax = 1)
lambda <- c(%(lambda)s)
seconds <- system.time(fit <- glmnet(a, y, family = "%(family)s", alpha = %(ratio)r, lambda = lambda, standardize = FALSE, thresh = %(thresh)r, maxit = 1e9))[c("user.self", "sys.self", "elapsed")]
cat(sum(seconds[1:2]), seconds[3], "\\n")
cat(sprintf("%%.17g", c(rbind(fit$a0, as.matrix(fit$beta)))))
"""


def glmnet(file, family, alphas, ratio, thresh):
    code = GLMNET % dict(file=file, family=family, ratio=ratio, thresh=thresh, **{"lambda": ",".join(map(repr, map(float, alphas)))})
    with open(file + ".R", "w") as f:
        f.write(code)
    out = subprocess.run(["Rscript", file + ".R"], check=True, capture_output=True, text=True).stdout.split()
    x = np.array(out[2:], float).reshape(len(alphas), -1)
    return (float(out[0]), float(out[1])), np.hstack([x[:, 1:], x[:, :1]])


def sklearn(a, y, loss, alphas, ratio):
    start = time.process_time(), time.perf_counter()
    taken = lambda: (time.process_time() - start[0], time.perf_counter() - start[1])
    if loss == "squared":
        mean_y = y.mean()
        if sparse.issparse(a):
            from sklearn.linear_model import Lasso

            fit = Lasso(alpha=alphas[0], tol=TOL, max_iter=100000, warm_start=True)
            xs = []
            columns = a.tocsc()
            for alpha in alphas:
                fit.set_params(alpha=alpha)
                fit.fit(columns, y)
                xs.append([*fit.coef_, fit.intercept_])
            return taken(), np.array(xs)
        means = a.mean(axis=0)
        _, x, _ = enet_path(np.asfortranarray(a - means), y - mean_y, l1_ratio=ratio, alphas=alphas, tol=TOL, max_iter=100000)
        seconds = taken()
        return seconds, np.hstack([x.T, (mean_y - means @ x)[:, None]])
    xs = []
    for alpha in alphas:
        fit = LogisticRegression(C=1 / (alpha * len(y)), penalty="elasticnet", l1_ratio=ratio, solver="saga", tol=1e-6, max_iter=100000, random_state=0).fit(a, y)
        xs.append([*fit.coef_[0], fit.intercept_[0]])
    return taken(), np.array(xs)


def losses(a, y, loss, alphas, ratio, xs):
    for alpha, x in zip(alphas, xs):
        z = a @ x[:-1] + x[-1]
        f = ((z - y) ** 2 / 2 if loss == "squared" else np.logaddexp(0, z) - y * z).mean()
        yield f + alpha * ratio * np.abs(x[:-1]).sum() + alpha * (1 - ratio) / 2 * (x[:-1] ** 2).sum()


for name, loss, make, k, noise, count, last, thresh, peer in cases():
    if only not in name:
        continue
    a = make()
    y = signal(a, k, noise)
    ratio = 1.0
    if loss == "logistic":
        y, ratio = (y > 0).astype(float), 0.5
    g = np.abs(a.T @ (y - y.mean()) / len(y)).max() / ratio
    alphas = g * np.geomspace(1, last, count) if count > 1 else np.array([g * last])
    times, values = {}, {}

    def note(method, seconds, f):
        times.setdefault(method, []).append(seconds)
        values[method] = np.array(f, float)

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "data")
        write(file, a, y)
        for _ in range(runs):
            out = subprocess.run([program, file, loss, repr(ratio), *map(repr, map(float, alphas))], check=True, capture_output=True, text=True).stdout.split()
            note("Path", (float(out[0]), float(out[1])), out[2:])
            if peer:
                seconds, xs = sklearn(a, y, loss, alphas, ratio)
                note("scikit-learn", seconds, list(losses(a, y, loss, alphas, ratio, xs)))
            seconds, xs = glmnet(file, "gaussian" if loss == "squared" else "binomial", alphas, ratio, thresh)
            note("glmnet", seconds, list(losses(a, y, loss, alphas, ratio, xs)))
    null = y.var() / 2 if loss == "squared" else np.log(2)
    least = np.minimum.reduce(list(values.values()))
    for method, seconds in times.items():
        processor, passed = np.median(seconds, axis=0)
        print(f"{name:30} {method:14} processor {processor:8.4f} s   passed {passed:8.4f} s   excess {((values[method] - least) / null).max():.1e}", flush=True)
