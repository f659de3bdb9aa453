// The optimizers in C, for comparison: the loops of internal/kernel.

enum rule {
	SGD, MOMENTUM, NESTEROV, ADAGRAD, ADADELTA, RMSPROP, ADAM, AMSGRAD, ADAMAX, NADAM, ADABELIEF, LION,
	RPROP,
};

struct optimizer {
	enum rule rule;
	double rate, mu, beta1, beta2, eps, decay, psi, shrink, grow, min, max; // as set
	double t, weight1, weight2; // steps taken, 1 − β₁ᵗ (1 − M_t of NAdam), 1 − β₂ᵗ
	double eta, a, b, c, root, keep; // the factors of one step
};

// run takes steps on x against g, with up to three vectors of state, all of
// length n: on one thread, or on several with OpenMP.
void run(struct optimizer *o, long steps, int threads, long n, double *x, const double *g,
	double *s, double *u, double *w);

// compiler is what compiled the loops.
const char *compiler(void);
