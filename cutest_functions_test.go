package optim

import "math"

// The functions of cutestForms return the value at x and add the gradient to g.

func arwhead(g, x []float64) (f float64) {
	n := len(x) - 1
	for i := range n {
		u := x[i]*x[i] + x[n]*x[n]
		f += u*u - 4*x[i] + 3
		g[i] += 4*u*x[i] - 4
		g[n] += 4 * u * x[n]
	}
	return f
}

func engval1(g, x []float64) (f float64) {
	for i := range len(x) - 1 {
		u := x[i]*x[i] + x[i+1]*x[i+1]
		f += u*u - 4*x[i] + 3
		g[i] += 4*u*x[i] - 4
		g[i+1] += 4 * u * x[i+1]
	}
	return f
}

func liarwhd(g, x []float64) (f float64) {
	for i := range x {
		u, v := x[i]*x[i]-x[0], x[i]-1
		f += 4*u*u + v*v
		g[i] += 16*u*x[i] + 2*v
		g[0] -= 8 * u
	}
	return f
}

func nondquar(g, x []float64) (f float64) {
	n := len(x) - 1
	u, v := x[0]-x[1], x[n-1]+x[n]
	f = u*u + v*v
	g[0] += 2 * u
	g[1] -= 2 * u
	g[n-1] += 2 * v
	g[n] += 2 * v
	for i := range n - 1 {
		u := x[i] + x[i+1] + x[n]
		f += u * u * u * u
		d := 4 * u * u * u
		g[i] += d
		g[i+1] += d
		g[n] += d
	}
	return f
}

func srosenbr(g, x []float64) (f float64) {
	for i := 0; i < len(x); i += 2 {
		u, v := x[i+1]-x[i]*x[i], 1-x[i]
		f += 100*u*u + v*v
		g[i] -= 400*u*x[i] + 2*v
		g[i+1] += 200 * u
	}
	return f
}

func genrose(g, x []float64) (f float64) {
	f = 1
	for i := 1; i < len(x); i++ {
		u, v := x[i]-x[i-1]*x[i-1], x[i]-1
		f += 100*u*u + v*v
		g[i] += 200*u + 2*v
		g[i-1] -= 400 * u * x[i-1]
	}
	return f
}

func edensch(g, x []float64) (f float64) {
	f = 16
	for i := range len(x) - 1 {
		u, v := x[i]-2, x[i+1]+1
		w := u * x[i+1]
		f += u*u*u*u + w*w + v*v
		g[i] += 4*u*u*u + 2*w*x[i+1]
		g[i+1] += 2*w*u + 2*v
	}
	return f
}

func tquartic(g, x []float64) (f float64) {
	f = (x[0] - 1) * (x[0] - 1)
	g[0] += 2 * (x[0] - 1)
	for i := 1; i < len(x); i++ {
		u := x[0]*x[0] - x[i]*x[i]
		f += u * u
		g[0] += 4 * u * x[0]
		g[i] -= 4 * u * x[i]
	}
	return f
}

func woods(g, x []float64) (f float64) {
	for i := 0; i < len(x); i += 4 {
		a, b, c, d := x[i+1]-x[i]*x[i], 1-x[i], x[i+3]-x[i+2]*x[i+2], 1-x[i+2]
		p, q := x[i+1]+x[i+3]-2, x[i+1]-x[i+3]
		f += 100*a*a + b*b + 90*c*c + d*d + 10*p*p + 0.1*q*q
		g[i] -= 400*a*x[i] + 2*b
		g[i+1] += 200*a + 20*p + 0.2*q
		g[i+2] -= 360*c*x[i+2] + 2*d
		g[i+3] += 180*c + 20*p - 0.2*q
	}
	return f
}

func cragglvy(g, x []float64) (f float64) {
	for i := 0; i+3 < len(x); i += 2 {
		e := math.Exp(x[i])
		a, b, d, v := e-x[i+1], x[i+1]-x[i+2], x[i+2]-x[i+3], x[i+3]-1
		tan := math.Tan(d)
		c := tan + d
		f += math.Pow(a, 4) + 100*math.Pow(b, 6) + math.Pow(c, 4) + math.Pow(x[i], 8) + v*v
		da, db, dc := 4*a*a*a, 600*math.Pow(b, 5), 4*c*c*c*(tan*tan+2)
		g[i] += da*e + 8*math.Pow(x[i], 7)
		g[i+1] += db - da
		g[i+2] += dc - db
		g[i+3] += 2*v - dc
	}
	return f
}

func bdqrtic(g, x []float64) (f float64) {
	n := len(x) - 1
	for i := range n - 3 {
		u, v := 3-4*x[i], 5*x[n]*x[n]
		for k := range 4 {
			v += float64(k+1) * x[i+k] * x[i+k]
		}
		f += u*u + v*v
		g[i] -= 8 * u
		g[n] += 20 * v * x[n]
		for k := range 4 {
			g[i+k] += 4 * v * float64(k+1) * x[i+k]
		}
	}
	return f
}

func tridia(g, x []float64) (f float64) {
	f = (x[0] - 1) * (x[0] - 1)
	g[0] += 2 * (x[0] - 1)
	for i := 1; i < len(x); i++ {
		u, c := 2*x[i]-x[i-1], float64(i+1)
		f += c * u * u
		g[i] += 4 * c * u
		g[i-1] -= 2 * c * u
	}
	return f
}

func dqdrtic(g, x []float64) (f float64) {
	for i := range len(x) - 2 {
		f += x[i]*x[i] + 100*(x[i+1]*x[i+1]+x[i+2]*x[i+2])
		g[i] += 2 * x[i]
		g[i+1] += 200 * x[i+1]
		g[i+2] += 200 * x[i+2]
	}
	return f
}

func power(g, x []float64) (f float64) {
	for i, v := range x {
		c := float64((i + 1) * (i + 1))
		f += c * v * v
		g[i] += 2 * c * v
	}
	return f
}

// oren is the problem of S. S. Oren, Self-scaling variable metric algorithms, part II, 1974.
func oren(g, x []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(i+1) * v * v
	}
	for i, v := range x {
		g[i] += 4 * sum * float64(i+1) * v
	}
	return sum * sum
}

func dixmaani(g, x []float64) (f float64) {
	n, m := len(x), len(x)/3
	f = 1
	for i, v := range x {
		c := float64(i+1) / float64(n)
		f += c * c * v * v
		g[i] += 2 * c * c * v
		if i < 2*m {
			w := x[i+m]
			f += 0.125 * v * v * math.Pow(w, 4)
			g[i] += 0.25 * v * math.Pow(w, 4)
			g[i+m] += 0.5 * v * v * w * w * w
		}
		if i < m {
			w := x[i+2*m]
			f += 0.125 * c * c * v * w
			g[i] += 0.125 * c * c * w
			g[i+2*m] += 0.125 * c * c * v
		}
	}
	return f
}

func schmvett(g, x []float64) (f float64) {
	for i := range len(x) - 2 {
		a, b, c := x[i], x[i+1], x[i+2]
		u, v, w := 1/(1+(a-b)*(a-b)), (math.Pi*b+c)/2, (a+c)/b-2
		sin, cos := math.Sincos(v)
		e := math.Exp(-w * w)
		f -= u + sin + e
		du, dw := 2*(a-b)*u*u, 2*w*e
		g[i] += du + dw/b
		g[i+1] -= du + math.Pi/2*cos + dw*(a+c)/(b*b)
		g[i+2] += dw/b - cos/2
	}
	return f
}

func dixon3dq(g, x []float64) (f float64) {
	n := len(x) - 1
	f = (x[0]-1)*(x[0]-1) + (x[n]-1)*(x[n]-1)
	g[0] += 2 * (x[0] - 1)
	g[n] += 2 * (x[n] - 1)
	for i := 1; i < n; i++ {
		u := x[i] - x[i+1]
		f += u * u
		g[i] += 2 * u
		g[i+1] -= 2 * u
	}
	return f
}

func sinquad(g, x []float64) (f float64) {
	n := len(x) - 1
	u, v := x[0]-1, x[n]*x[n]-x[0]*x[0]
	f = u*u*u*u + v*v
	g[0] += 4*u*u*u - 4*v*x[0]
	g[n] += 4 * v * x[n]
	for i := 1; i < n; i++ {
		sin, cos := math.Sincos(x[i] - x[n])
		w := sin - x[0]*x[0] + x[i]*x[i]
		f += w * w
		g[0] -= 4 * w * x[0]
		g[i] += 2 * w * (cos + 2*x[i])
		g[n] -= 2 * w * cos
	}
	return f
}
