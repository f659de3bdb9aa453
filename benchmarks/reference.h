// The rules in C, for comparison. The loops do the arithmetic of internal/kernel.

enum rule {
	SGD, MOMENTUM, NESTEROV, ADAGRAD, ADADELTA, RMSPROP, ADAM, AMSGRAD, ADAMAX, NADAM, ADABELIEF, LION,
	RPROP, RADAM, SCHEDULE_FREE_SGD, SCHEDULE_FREE_ADAM, ADEMAMIX, ADAN, GPA_ADAM, LAMB, LARS, PRODIGY,
	CAUTIOUS_ADAM,
};

struct optimizer {
	enum rule rule;
	double rate, mu, beta1, beta2, beta3, alpha, eps, decay, psi, shrink, grow, min, max; // hyper-parameters
	double t, weight1, weight2, weight3; // steps taken, 1 − β₁ᵗ (1 − M_t of NAdam), 1 − β₂ᵗ, 1 − β₃ᵗ
	double total; // Σηₜ² of the schedule-free rules, a of Prodigy
	double d, top; // d and e of Prodigy
	double eta, a, b, c, root, keep; // the factors of one step
	int warm; // RAdam does not divide by √v in this step
};

// run takes steps on the parameters x with the gradient g and up to four vectors of state. All have
// the length n. With more than one thread it uses OpenMP.
void run(struct optimizer *o, long steps, int threads, long n, double *x, const double *g,
	double *s, double *u, double *w, double *q);

// adam_float takes a step of Adam on a tensor of float32 with state of float32. eta and c contain
// the corrections of the bias.
void adam_float(long n, float *x, const float *g, float *m, float *v,
	float beta1, float beta2, float eta, float c, float eps);

// compiler returns the name and version of the compiler.
const char *compiler(void);
