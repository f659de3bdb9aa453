//go:build peers

#define _POSIX_C_SOURCE 200809L
#include <cminpack-1/cminpack.h>
#include <lbfgs.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "solvers_peers.h"

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e9 * t.tv_sec + t.tv_nsec;
}

struct fit {
	int m, n;
	const double *a, *b;
	double evaluating; // the time of all evaluations
};

// evaluate is a callback of lmder: the residuals z + z³/10 with z = ax − b if flag is 1, otherwise
// their Jacobian, by columns.
static int evaluate(void *p, int m, int n, const double *x, double *r, double *jac, int ld, int flag) {
	struct fit *f = p;
	double start = now();
	for (int i = 0; i < m; i++) {
		const double *row = f->a + (long)i * n;
		double z = -f->b[i];
		for (int j = 0; j < n; j++) z += row[j] * x[j];
		if (flag == 1) {
			r[i] = z + z * z * z / 10;
		} else {
			for (int j = 0; j < n; j++) jac[i + (long)j * ld] = row[j] * (1 + 3 * z * z / 10);
		}
	}
	f->evaluating += now() - start;
	return 0;
}

double lm(int m, int n, const double *a, const double *b, int steps, double *x, int *jacobians) {
	struct fit f = {m, n, a, b, 0};
	double *work = malloc((2 * (size_t)m + (size_t)m * n + 6 * n) * sizeof *work);
	int *pivots = malloc(n * sizeof *pivots), calls;
	double *r = work, *wa4 = r + m, *jac = wa4 + m, *rest = jac + (size_t)m * n;
	memset(work, 0, (2 * (size_t)m + (size_t)m * n) * sizeof *work); // no page is touched for the first time
	double start = now();
	lmder(evaluate, &f, m, n, x, r, jac, m, 0, 0, 0, steps + 1, rest, 1, 100, 0, &calls, jacobians, pivots,
		rest + n, rest + 2 * n, rest + 3 * n, rest + 4 * n, wa4);
	double elapsed = now() - start - f.evaluating;
	free(work);
	free(pivots);
	return elapsed;
}

// rosenbrock is a callback of lbfgs.
static double rosenbrock(void *calls, const double *x, double *g, int n, double step) {
	(void)step;
	++*(long *)calls;
	double f = 0;
	for (int i = 0; i < n; i += 2) {
		double u = 1 - x[i], v = x[i + 1] - x[i] * x[i];
		f += u * u + 100 * v * v;
		g[i] = -2 * u - 400 * x[i] * v;
		g[i + 1] = 200 * v;
	}
	return f;
}

double lbfgs_run(int n, int memory, int iterations, double *x, long *evaluations) {
	lbfgs_parameter_t p;
	lbfgs_parameter_init(&p);
	p.m = memory;
	p.max_iterations = iterations;
	p.epsilon = 0;
	*evaluations = 0;
	double start = now();
	double *v = lbfgs_malloc(n);
	memcpy(v, x, n * sizeof *v);
	lbfgs(n, v, NULL, rosenbrock, NULL, evaluations, &p);
	memcpy(x, v, n * sizeof *v);
	lbfgs_free(v);
	return now() - start;
}

double lbfgs_evaluations(int n, long count, const double *x) {
	double *g = malloc(n * sizeof *g);
	memset(g, 0, n * sizeof *g);
	long calls = 0;
	double start = now();
	for (long i = 0; i < count; i++) rosenbrock(&calls, x, g, n, 1);
	double elapsed = now() - start;
	free(g);
	return elapsed;
}
