// The solvers of cminpack and liblbfgs on the problems of solvers.go.

// lm takes steps of lmder on the fit to the m × n matrix a and the vector b, from x on. It returns the
// time in ns without the evaluations of the residuals and the Jacobian. jacobians receives the number
// of Jacobians.
double lm(int m, int n, const double *a, const double *b, int steps, double *x, int *jacobians);

// lbfgs_run takes iterations of L-BFGS with memory pairs on the extended Rosenbrock function, from x
// on. It returns the time in ns. evaluations receives the number of evaluations.
double lbfgs_run(int n, int memory, int iterations, double *x, long *evaluations);

// lbfgs_evaluations returns the time in ns of count evaluations of the extended Rosenbrock function.
double lbfgs_evaluations(int n, long count, const double *x);
