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
		const double *restrict g, double *restrict s, double *restrict u, double *restrict w, double *restrict q)

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
		adam(o, n, x, g, s, u, w, q);
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

LOOP(ademamix) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double beta3 = o->beta3, rest3 = 1 - beta3;
	const double a = o->eta, b = o->b, c = o->c, eps = o->eps, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		double l = beta3 * u[i] + rest3 * g[i];
		double v = beta2 * w[i] + rest2 * (g[i] * g[i]);
		s[i] = m;
		u[i] = l;
		w[i] = v;
		x[i] = keep * x[i] - (a * m + b * l) / (sqrt(c * v) + eps);
	}
}

LOOP(adan) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double beta3 = o->beta3, rest3 = 1 - beta3;
	const double a = o->eta, b = o->b, c = o->c, eps = o->eps, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double d = o->t == 1 ? 0 : g[i] - s[i], ahead = g[i] + beta2 * d;
		double m = beta1 * u[i] + rest1 * g[i];
		double k = beta2 * w[i] + rest2 * d;
		double v = beta3 * q[i] + rest3 * (ahead * ahead);
		s[i] = g[i];
		u[i] = m;
		w[i] = k;
		q[i] = v;
		x[i] = keep * x[i] - (a * m + b * k) / (sqrt(c * v) + eps);
	}
}

LOOP(gpa_adam) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double c = o->c, eps = o->eps, share = o->b, a = o->a, eta = o->eta, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double m = beta1 * u[i] + rest1 * g[i];
		double v = beta2 * w[i] + rest2 * (g[i] * g[i]);
		double d = m / (sqrt(c * v) + eps), z = keep * s[i];
		u[i] = m;
		w[i] = v;
		x[i] = x[i] + share * (z - x[i]) + a * d;
		s[i] = z - eta * d;
	}
}

LOOP(decay_descend) {
	const double a = o->a, keep = o->keep;
	for (long i = 0; i < n; i++)
		x[i] = keep * x[i] - a * w[i];
}

LOOP(lars) {
	const double mu = o->mu, a = o->a, decay = o->decay, eta = o->eta;
	for (long i = 0; i < n; i++) {
		double v = mu * s[i] + a * (g[i] + decay * x[i]);
		s[i] = v;
		x[i] -= eta * v;
	}
}

LOOP(prodigy) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double d = o->c, eta = o->eta, eps = o->root, keep = o->keep;
	for (long i = 0; i < n; i++) {
		double gi = d * g[i];
		double m = beta1 * w[i] + rest1 * gi;
		double v = beta2 * q[i] + rest2 * (gi * gi);
		w[i] = m;
		q[i] = v;
		x[i] = keep * x[i] - eta * (m / (sqrt(v) + eps));
	}
}

LOOP(mask) {
	const double a = o->a, keep = o->keep;
	for (long i = 0; i < n; i++)
		x[i] = keep * x[i] + (s[i] * g[i] < 0 ? a : 0) * s[i];
}

static void (*const loops[])(const struct optimizer *, long, double *restrict, const double *restrict,
	double *restrict, double *restrict, double *restrict, double *restrict) = {
	sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam, amsgrad, adamax, nadam, adabelief, lion, rprop,
	radam, schedule_free_sgd, schedule_free_adam, ademamix, adan, gpa_adam, decay_descend, lars, prodigy, mask,
};

// SUM adds term to 32 partial sums, as package kernel does, and then adds the sums. gcc keeps the
// order of additions, so that it cannot vectorize one sum.
#define SUM(n, term)                                           \
	double sum[32] = {0};                                  \
	long i = 0;                                            \
	for (; i + 32 <= n; i += 32)                           \
		for (long j = i; j < i + 32; j++)              \
			sum[j - i] += term;                    \
	for (long j = i; j < n; j++)                           \
		sum[j - i] += term;                            \
	for (int width = 16; width > 0; width /= 2)            \
		for (int k = 0; k < width; k++)                \
			sum[k] += sum[k + width];              \
	return sum[0];

static double squares(long n, const double *restrict x) { SUM(n, x[j] * x[j]) }
static double absolutes(long n, const double *restrict x) { SUM(n, fabs(x[j])) }
static double toward(long n, const double *restrict g, const double *restrict from, const double *restrict x) {
	SUM(n, g[j] * (from[j] - x[j]))
}

// pass is the first pass of a rule over a block: it updates the state and returns two sums.
struct sums { double first, second; };

#define PASS(name)                                                                              \
	static struct sums name(const struct optimizer *o, long n, const double *restrict x,    \
		const double *restrict g, double *restrict s, double *restrict u, double *restrict w)

PASS(lamb_pass) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2, eps = o->eps;
	for (long i = 0; i < n; i++) {
		double m = beta1 * s[i] + rest1 * g[i];
		double v = beta2 * u[i] + rest2 * (g[i] * g[i]);
		s[i] = m;
		u[i] = v;
		w[i] = m / (sqrt(v) + eps);
	}
	return (struct sums){squares(n, w), squares(n, x)};
}

PASS(lars_pass) { return (struct sums){squares(n, x), squares(n, g)}; }

PASS(prodigy_pass) {
	const double root = sqrt(o->beta2), a = o->a;
	for (long i = 0; i < n; i++)
		u[i] = root * u[i] + a * g[i];
	return (struct sums){toward(n, g, s, x), absolutes(n, u)};
}

PASS(cautious_pass) {
	const double beta1 = o->beta1, rest1 = 1 - beta1, beta2 = o->beta2, rest2 = 1 - beta2;
	const double eta = o->eta, c = o->c, eps = o->eps;
	long agreeing = 0;
	for (long i = 0; i < n; i++) {
		double m = beta1 * u[i] + rest1 * g[i];
		double v = beta2 * w[i] + rest2 * (g[i] * g[i]);
		u[i] = m;
		w[i] = v;
		s[i] = -eta * (m / (sqrt(c * v) + eps));
		agreeing += s[i] * g[i] < 0;
	}
	return (struct sums){agreeing, 0};
}

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
	case ADEMAMIX:
	case ADAN:
	case GPA_ADAM:
	case LAMB:
	case PRODIGY:
	case CAUTIOUS_ADAM:
		o->weight1 = weight(o->weight1, o->beta1);
		o->weight2 = weight(o->weight2, o->beta2);
		o->weight3 = weight(o->weight3, o->beta3);
		o->keep = 1 - o->eta * o->decay;
		o->c = 1 / o->weight2;
		switch (o->rule) {
		case ADEMAMIX:
			o->eta /= o->weight1;
			o->b = o->eta * o->alpha;
			break;
		case ADAN:
			o->b = o->eta * o->beta2 / o->weight2;
			o->c = 1 / o->weight3;
			o->eta /= o->weight1;
			break;
		case GPA_ADAM:
			o->eta /= o->weight1;
			o->b = 1 - o->mu;
			o->a = o->eta * (o->mu * o->alpha - 1);
			break;
		case LAMB:
			o->a = o->eta / o->weight1;
			break;
		case PRODIGY:
			o->c = o->d;
			o->eta *= o->d;
			o->a = o->d / o->min * o->eta;
			break;
		default:
			o->eta /= o->weight1;
			break;
		}
		break;
	default:
		break;
	}
}

// blocks takes the first pass of a rule, block by block, so that the sums over a block find it in the
// cache. It returns the two sums.
#define BLOCKS(pass)                                                                                \
	for (long lo = 0; lo < n; lo += 8192) {                                                     \
		long length = n - lo < 8192 ? n - lo : 8192;                                        \
		struct sums block = pass(o, length, x + lo, g + lo, part(s, lo), part(u, lo), part(w, lo)); \
		total.first += block.first;                                                         \
		total.second += block.second;                                                       \
	}

// part returns &p[lo], or NULL if p is NULL.
static double *part(double *p, long lo) { return p ? p + lo : p; }

// measure takes the first pass of a rule that has two, and computes the factors that depend on sums
// over all parameters.
static void measure(struct optimizer *o, long n, double *x, const double *g, double *s, double *u, double *w) {
	struct sums total = {0};
	switch (o->rule) {
	case LAMB: {
		BLOCKS(lamb_pass)
		double size = smaller(fabs(o->keep) * sqrt(total.second), o->max), length = sqrt(total.first);
		if (size != 0 && length != 0)
			o->a *= size / (length + o->eps);
		break;
	}
	case LARS: {
		BLOCKS(lars_pass)
		double size = sqrt(total.first), divisor = sqrt(total.second) + o->decay * size;
		o->a = size != 0 && divisor != 0 ? o->alpha * size / divisor : 1;
		break;
	}
	case PRODIGY: {
		BLOCKS(prodigy_pass)
		o->total = sqrt(o->beta2) * o->total + o->a * total.first;
		double estimate = o->total / total.second;
		if (estimate > o->top)
			o->top = estimate;
		o->d = larger(o->d, o->top);
		o->root = o->d * o->eps;
		break;
	}
	case CAUTIOUS_ADAM: {
		BLOCKS(cautious_pass)
		o->a = n / larger(total.first, 1e-3 * n);
		break;
	}
	default:
		break;
	}
}

void run(struct optimizer *o, long steps, int threads, long n, double *x, const double *g,
	double *s, double *u, double *w, double *q) {
	for (; steps > 0; steps--) {
		begin(o);
		measure(o, n, x, g, s, u, w);
		if (threads == 1) {
			loops[o->rule](o, n, x, g, s, u, w, q);
			continue;
		}
		#pragma omp parallel num_threads(threads)
		{
			// Thread i takes the part i of n, as OpenMP's schedule(static) does.
			long i = omp_get_thread_num(), all = omp_get_num_threads();
			long lo = n * i / all, hi = n * (i + 1) / all;
			loops[o->rule](o, hi - lo, x + lo, g + lo, part(s, lo), part(u, lo), part(w, lo), part(q, lo));
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
