#include <math.h>
#include <omp.h>

#include "reference.h"

// cgo does not allow the flag -fno-math-errno, so the pragma sets it. Then sqrt sets no errno and is
// compiled to an instruction. -std=c11 includes -ffp-contract=off.
#pragma GCC optimize("no-math-errno")
double sqrt(double) __attribute__((const));
float sqrtf(float) __attribute__((const));

#define LOOP(name)                                                                       \
	static void name(const struct optimizer *o, long n, double *restrict x,          \
		const double *restrict g, double *restrict s, double *restrict u, double *restrict w)

static inline double larger(double a, double b) { return a > b ? a : b; }
static inline double smaller(double a, double b) { return a < b ? a : b; }
static inline double sign(double a) { return a > 0 ? 1 : a < 0 ? -1 : a; }

LOOP(sgd) {
	const double eta = o->eta;
	for (long i = 0; i < n; i++)
		x[i] -= eta * g[i];
}

LOOP(momentum) {
	const double mu = o->mu, a = o->a, b = o->b;
	for (long i = 0; i < n; i++) {
		double v = mu * s[i] + a * g[i];
		s[i] = v;
		x[i] -= b * v;
	}
}

LOOP(nesterov) {
	const double mu = o->mu, eta = o->eta;
	for (long i = 0; i < n; i++) {
		double v = mu * s[i] + g[i];
		s[i] = v;
		x[i] -= eta * (g[i] + mu * v);
	}
}

LOOP(adagrad) {
	const double eta = o->eta, root = o->root, eps = o->eps;
	for (long i = 0; i < n; i++) {
		double sum = s[i] + g[i] * g[i];
		s[i] = sum;
		x[i] -= eta * (g[i] / (sqrt(sum + root) + eps));
	}
}

LOOP(adadelta) {
	const double rho = o->beta2, rest = 1 - rho, eps = o->eps, eta = o->eta;
	for (long i = 0; i < n; i++) {
		double si = rho * s[i] + rest * (g[i] * g[i]);
		double delta = sqrt((u[i] + eps) / (si + eps)) * g[i];
		s[i] = si;
		u[i] = rho * u[i] + rest * (delta * delta);
		x[i] -= eta * delta;
	}
}

LOOP(rmsprop) {
	const double beta = o->beta2, rest = 1 - beta, eta = o->eta, root = o->root, eps = o->eps;
	for (long i = 0; i < n; i++) {
		double si = beta * s[i] + rest * (g[i] * g[i]);
		s[i] = si;
		x[i] -= eta * (g[i] / (sqrt(si + root) + eps));
	}
}

LOOP(adam) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double eta = o->eta, c = o->c, root = o->root, eps = o->eps, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		double v = beta2 * u[i] + rest2 * (g[i] * g[i]);
		s[i] = m;
		u[i] = v;
		x[i] = keep * x[i] - eta * (m / (sqrt(c * v + root) + eps));
	}
}

LOOP(amsgrad) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double eta = o->eta, c = o->c, root = o->root, eps = o->eps, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		double v = beta2 * u[i] + rest2 * (g[i] * g[i]);
		double top = larger(w[i], v);
		s[i] = m;
		u[i] = v;
		w[i] = top;
		x[i] = keep * x[i] - eta * (m / (sqrt(c * top + root) + eps));
	}
}

LOOP(adamax) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, eta = o->eta, eps = o->eps;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		double top = larger(beta2 * u[i], fabs(g[i]) + eps);
		s[i] = m;
		u[i] = top;
		x[i] -= eta * (m / top);
	}
}

LOOP(nadam) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double a = o->a, b = o->b, c = o->c, eps = o->eps;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		double v = beta2 * u[i] + rest2 * (g[i] * g[i]);
		s[i] = m;
		u[i] = v;
		x[i] -= (a * g[i] + b * m) / (sqrt(c * v) + eps);
	}
}

LOOP(radam) {
	if (!o->warm) {
		adam(o, n, x, g, s, u, w);
		return;
	}
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double eta = o->eta, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		s[i] = m;
		u[i] = beta2 * u[i] + rest2 * (g[i] * g[i]);
		x[i] = keep * x[i] - eta * m;
	}
}

LOOP(adabelief) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double eta = o->eta, c = o->c, root = o->root, eps = o->eps, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i], d = g[i] - m;
		double v = beta2 * u[i] + rest2 * (d * d) + root;
		s[i] = m;
		u[i] = v;
		x[i] = keep * x[i] - eta * (m / (sqrt(c * v) + eps));
	}
}

LOOP(lion) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double eta = o->eta, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double c = beta1 * s[i] + rest1 * g[i];
		s[i] = beta2 * s[i] + rest2 * g[i];
		x[i] = keep * x[i] - eta * sign(c);
	}
}

LOOP(rprop) {
	const double eta = o->eta, shrink = o->shrink, grow = o->grow, min = o->min, max = o->max;
	for (long i = 0; i < n; i++) {
		double agree = sign(g[i]) * s[i], longer = u[i] * grow, shorter = u[i] * shrink;
		double d = agree > 0 ? longer : agree < 0 ? shorter : u[i];
		double gi = agree < 0 ? 0 : g[i];
		d = smaller(larger(d, min), max);
		s[i] = gi;
		u[i] = d;
		x[i] -= eta * (d * sign(gi));
	}
}

LOOP(schedule_free_sgd) {
	const double share = o->c, a = o->a, eta = o->eta, decay = o->decay;
	for (long i = 0; i < n; i++) {
		double d = g[i] + decay * x[i];
		x[i] = x[i] + share * (s[i] - x[i]) + a * d;
		s[i] -= eta * d;
	}
}

LOOP(schedule_free_adam) {
	const double beta2 = o->beta2, rest2 = 1 - beta2, b = o->b, eps = o->eps;
	const double share = o->c, a = o->a, eta = o->eta, decay = o->decay;
	for (long i = 0; i < n; i++) {
		double v = beta2 * u[i] + rest2 * (g[i] * g[i]);
		double d = g[i] / (sqrt(b * v) + eps) + decay * x[i];
		u[i] = v;
		x[i] = x[i] + share * (s[i] - x[i]) + a * d;
		s[i] -= eta * d;
	}
}

static void (*const loops[])(const struct optimizer *, long, double *restrict,
	const double *restrict, double *restrict, double *restrict, double *restrict) = {
	sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam, amsgrad, adamax, nadam, adabelief, lion, rprop,
	radam, schedule_free_sgd, schedule_free_adam,
};

// momentum_of returns μ_t of NAdam.
static double momentum_of(const struct optimizer *o, double t) {
	return o->beta1 * (1 - 0.5 * pow(0.96, t * o->psi));
}

static double weight(double sum, double beta) { return beta * sum + (1 - beta); }

// begin counts a step and computes its factors.
static void begin(struct optimizer *o) {
	o->t++;
	o->eta = o->rate;
	switch (o->rule) {
	case MOMENTUM:
		o->a = 1;
		o->b = o->eta;
		break;
	case ADAM:
	case AMSGRAD:
	case ADABELIEF:
		o->weight1 = weight(o->weight1, o->beta1);
		o->weight2 = weight(o->weight2, o->beta2);
		o->keep = 1 - o->eta * o->decay;
		o->eta /= o->weight1;
		o->c = 1 / o->weight2;
		break;
	case ADAMAX:
		o->weight1 = weight(o->weight1, o->beta1);
		o->eta /= o->weight1;
		break;
	case NADAM: {
		double mu = momentum_of(o, o->t), next = momentum_of(o, o->t + 1);
		o->weight1 = weight(o->weight1, mu);
		o->weight2 = weight(o->weight2, o->beta2);
		o->a = o->eta * (1 - mu) / o->weight1;
		o->b = o->eta * next / weight(o->weight1, next);
		o->c = 1 / o->weight2;
		break;
	}
	case RADAM: {
		double limit = 2 / (1 - o->beta2) - 1;
		o->weight1 = weight(o->weight1, o->beta1);
		o->weight2 = weight(o->weight2, o->beta2);
		o->keep = 1 - o->eta * o->decay;
		o->eta /= o->weight1;
		o->c = 1;
		double rho = limit - 2 * o->t * (1 - o->weight2) / o->weight2;
		o->warm = !(rho > 5);
		if (!o->warm) {
			double r = sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
			o->eta *= r * sqrt(o->weight2);
		}
		break;
	}
	case SCHEDULE_FREE_SGD:
	case SCHEDULE_FREE_ADAM:
		o->total += o->eta * o->eta;
		o->c = o->eta * o->eta / o->total;
		o->a = o->eta * (o->beta1 * (1 - o->c) - 1);
		o->weight2 = weight(o->weight2, o->beta2);
		o->b = 1 / o->weight2;
		break;
	case LION:
		o->keep = 1 - o->eta * o->decay;
		break;
	default:
		break;
	}
}

// part returns &p[lo], or NULL if p is NULL.
static double *part(double *p, long lo) { return p ? p + lo : p; }

void run(struct optimizer *o, long steps, int threads, long n, double *x, const double *g,
	double *s, double *u, double *w) {
	for (; steps > 0; steps--) {
		begin(o);
		if (threads == 1) {
			loops[o->rule](o, n, x, g, s, u, w);
			continue;
		}
		#pragma omp parallel num_threads(threads)
		{
			// Thread i takes the part i of n, as OpenMP's schedule(static) does.
			long i = omp_get_thread_num(), all = omp_get_num_threads();
			long lo = n * i / all, hi = n * (i + 1) / all;
			loops[o->rule](o, hi - lo, x + lo, g + lo, part(s, lo), part(u, lo), part(w, lo));
		}
	}
}

// Adam on one tensor of float32, with float32 state, as a framework does it.
void adam_float(long n, float *restrict x, const float *restrict g, float *restrict m, float *restrict v,
	float beta1, float beta2, float eta, float c, float eps) {
	for (long i = 0; i < n; i++) {
		m[i] = beta1 * m[i] + (1 - beta1) * g[i];
		v[i] = beta2 * v[i] + (1 - beta2) * (g[i] * g[i]);
		x[i] -= eta * (m[i] / (sqrtf(c * v[i]) + eps));
	}
}

const char *compiler(void) { return "gcc " __VERSION__; }
