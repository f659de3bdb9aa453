package benchmarks

import (
	"math"
	"slices"
)

// Each rule as its paper states it, in one loop over the parameters, as a program without a library
// would write it. Each function returns the step. x holds the parameters and g the gradient.

func sgd(x, g []float64) func() {
	return func() {
		for i := range x {
			x[i] -= rate * g[i]
		}
	}
}

func momentum(x, g []float64) func() {
	v := make([]float64, len(x))
	return func() {
		for i := range x {
			v[i] = mu*v[i] + g[i]
			x[i] -= rate * v[i]
		}
	}
}

func nesterov(x, g []float64) func() {
	v := make([]float64, len(x))
	return func() {
		for i := range x {
			v[i] = mu*v[i] + g[i]
			x[i] -= rate * (g[i] + mu*v[i])
		}
	}
}

func adaGrad(x, g []float64) func() {
	s := make([]float64, len(x))
	return func() {
		for i := range x {
			s[i] += g[i] * g[i]
			x[i] -= rate * g[i] / (math.Sqrt(s[i]) + adaGradEps)
		}
	}
}

func adaDelta(x, g []float64) func() {
	s, u := make([]float64, len(x)), make([]float64, len(x))
	return func() {
		for i := range x {
			s[i] = adaDeltaRho*s[i] + (1-adaDeltaRho)*g[i]*g[i]
			d := math.Sqrt(u[i]+adaDeltaEps) / math.Sqrt(s[i]+adaDeltaEps) * g[i]
			u[i] = adaDeltaRho*u[i] + (1-adaDeltaRho)*d*d
			x[i] -= d
		}
	}
}

func rmsProp(x, g []float64) func() {
	s := make([]float64, len(x))
	return func() {
		for i := range x {
			s[i] = rmsPropBeta*s[i] + (1-rmsPropBeta)*g[i]*g[i]
			x[i] -= rate * g[i] / (math.Sqrt(s[i]) + eps)
		}
	}
}

func adam(x, g []float64) func() {
	m, v := make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			x[i] -= rate * (m[i] / c1) / (math.Sqrt(v[i]/c2) + eps)
		}
	}
}

func adamW(x, g []float64) func() {
	m, v := make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			x[i] -= rate * ((m[i]/c1)/(math.Sqrt(v[i]/c2)+eps) + decay*x[i])
		}
	}
}

func amsGrad(x, g []float64) func() {
	m, v, w := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			w[i] = math.Max(w[i], v[i])
			x[i] -= rate * (m[i] / c1) / (math.Sqrt(w[i]/c2) + eps)
		}
	}
}

func adaMax(x, g []float64) func() {
	m, u := make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1 := 1 - math.Pow(beta1, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			u[i] = math.Max(beta2*u[i], math.Abs(g[i])+eps)
			x[i] -= rate / c1 * m[i] / u[i]
		}
	}
}

func nadam(x, g []float64) func() {
	m, v := make([]float64, len(x)), make([]float64, len(x))
	t, product := 0.0, 1.0
	return func() {
		t++
		now := beta1 * (1 - 0.5*math.Pow(0.96, t*nadamPsi))
		next := beta1 * (1 - 0.5*math.Pow(0.96, (t+1)*nadamPsi))
		product *= now
		c2 := 1 - math.Pow(beta2, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			ahead := next*m[i]/(1-product*next) + (1-now)*g[i]/(1-product)
			x[i] -= rate * ahead / (math.Sqrt(v[i]/c2) + eps)
		}
	}
}

func rAdam(x, g []float64) func() {
	m, v := make([]float64, len(x)), make([]float64, len(x))
	const limit = 2/(1-beta2) - 1
	t := 0.0
	return func() {
		t++
		power := math.Pow(beta2, t)
		c1, c2 := 1-math.Pow(beta1, t), 1-power
		rho := limit - 2*t*power/c2
		r := math.Sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) // NaN if rho < 2
		scale := r * math.Sqrt(c2)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			if rho > 5 {
				x[i] -= rate * (m[i] / c1) * scale / (math.Sqrt(v[i]) + eps)
			} else {
				x[i] -= rate * (m[i] / c1)
			}
		}
	}
}

func adaBelief(x, g []float64) func() {
	m, s := make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			s[i] = beta2*s[i] + (1-beta2)*(g[i]-m[i])*(g[i]-m[i]) + adaBeliefEps
			x[i] -= rate * m[i] / c1 / (math.Sqrt(s[i]/c2) + adaBeliefEps)
		}
	}
}

func lion(x, g []float64) func() {
	m := make([]float64, len(x))
	return func() {
		for i := range x {
			x[i] -= rate * sign(beta1*m[i]+(1-beta1)*g[i])
			m[i] = lionBeta2*m[i] + (1-lionBeta2)*g[i]
		}
	}
}

func rprop(x, g []float64) func() {
	p, d := make([]float64, len(x)), make([]float64, len(x))
	for i := range d {
		d[i] = rate
	}
	return func() {
		for i := range x {
			gi := g[i]
			switch {
			case gi*p[i] > 0:
				d[i] = math.Min(d[i]*rpropGrow, rpropMax)
			case gi*p[i] < 0:
				d[i] = math.Max(d[i]*rpropShrink, rpropMin)
				gi = 0
			}
			x[i] -= d[i] * sign(gi)
			p[i] = gi
		}
	}
}

func scheduleFreeSGD(y, g []float64) func() {
	x, z := slices.Clone(y), slices.Clone(y)
	t := 0.0
	return func() {
		t++
		for i := range y {
			z[i] -= rate * (g[i] + decay*y[i])
			x[i] = (1-1/t)*x[i] + z[i]/t
			y[i] = (1-averageBeta)*z[i] + averageBeta*x[i]
		}
	}
}

func scheduleFreeAdamW(y, g []float64) func() {
	x, z, v := slices.Clone(y), slices.Clone(y), make([]float64, len(y))
	t := 0.0
	return func() {
		t++
		c2 := 1 - math.Pow(beta2, t)
		for i := range y {
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			z[i] -= rate * (g[i]/(math.Sqrt(v[i]/c2)+eps) + decay*y[i])
			x[i] = (1-1/t)*x[i] + z[i]/t
			y[i] = (1-averageBeta)*z[i] + averageBeta*x[i]
		}
	}
}

func gpaAdamW(y, g []float64) func() {
	z, m, v := slices.Clone(y), make([]float64, len(y)), make([]float64, len(y))
	t := 0.0
	return func() {
		t++
		c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
		for i := range y {
			z[i] *= 1 - rate*decay
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			u := m[i] / c1 / (math.Sqrt(v[i]/c2) + eps)
			y[i] += (1-muX)*(z[i]-y[i]) - rate*(1-muX*muY)*u
			z[i] -= rate * u
		}
	}
}

func adEMAMix(x, g []float64) func() {
	m, l, v := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			l[i] = slowBeta*l[i] + (1-slowBeta)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			x[i] -= rate * (m[i] + slowAlpha*l[i]) / c1 / (math.Sqrt(v[i]/c2) + eps)
		}
	}
}

func adan(x, g []float64) func() {
	p, m, u, v := slices.Clone(g), make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2, c3 := 1-math.Pow(adanBeta1, t), 1-math.Pow(adanBeta2, t), 1-math.Pow(adanBeta3, t)
		for i := range x {
			d := g[i] - p[i]
			ahead := g[i] + adanBeta2*d
			m[i] = adanBeta1*m[i] + (1-adanBeta1)*g[i]
			u[i] = adanBeta2*u[i] + (1-adanBeta2)*d
			v[i] = adanBeta3*v[i] + (1-adanBeta3)*ahead*ahead
			x[i] -= rate * (m[i]/c1 + adanBeta2*u[i]/c2) / (math.Sqrt(v[i]/c3) + eps)
			p[i] = g[i]
		}
	}
}

func lamb(x, g []float64) func() {
	m, v, r := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		size, length := 0.0, 0.0
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			r[i] = m[i] / (math.Sqrt(v[i]) + lambEps)
			size += x[i] * x[i]
			length += r[i] * r[i]
		}
		a := rate / (1 - math.Pow(beta1, t)) * min(math.Sqrt(size), lambNorm) / (math.Sqrt(length) + lambEps)
		for i := range x {
			x[i] -= a * r[i]
		}
	}
}

func lars(x, g []float64) func() {
	v := make([]float64, len(x))
	return func() {
		size, length := 0.0, 0.0
		for i := range x {
			size += x[i] * x[i]
			length += g[i] * g[i]
		}
		q := trust * math.Sqrt(size/length)
		for i := range x {
			v[i] = mu*v[i] + q*g[i]
			x[i] -= rate * v[i]
		}
	}
}

func prodigy(x, g []float64) func() {
	start, s, m, v := slices.Clone(x), make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	d, top, total, root := distance, distance, 0.0, math.Sqrt(beta2)
	return func() {
		gamma := d * prodigyRate
		toward, size := 0.0, 0.0
		for i := range x {
			toward += g[i] * (start[i] - x[i])
			s[i] = root*s[i] + gamma*d/distance*g[i]
			size += math.Abs(s[i])
		}
		total = root*total + gamma*d/distance*toward
		top = max(top, total/size)
		next := max(d, top)
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*d*g[i]
			v[i] = beta2*v[i] + (1-beta2)*d*g[i]*d*g[i]
			x[i] -= gamma * m[i] / (math.Sqrt(v[i]) + next*eps)
		}
		d = next
	}
}

func cautiousAdam(x, g []float64) func() {
	m, v, u := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	t := 0.0
	return func() {
		t++
		c1, c2, agreeing := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t), 0
		for i := range x {
			m[i] = beta1*m[i] + (1-beta1)*g[i]
			v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
			u[i] = -rate * (m[i] / c1) / (math.Sqrt(v[i]/c2) + eps)
			if u[i]*g[i] < 0 {
				agreeing++
			}
		}
		w := float64(len(x)) / max(float64(agreeing), 1e-3*float64(len(x)))
		for i := range x {
			if u[i]*g[i] < 0 {
				x[i] += w * u[i]
			}
		}
	}
}

func sign(a float64) float64 {
	switch {
	case a > 0:
		return 1
	case a < 0:
		return -1
	}
	return 0
}
