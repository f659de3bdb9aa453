package play

import "slices"

// The numbers of cells of the mesh, and of contour lines.
const (
	columns, rows = 160, 120
	lines         = 15
)

// Contours returns the contour lines of the function of s in its view, as segments x₁, y₁, x₂, y₂.
// The levels are quantiles of the values in the view, so the distances between the lines are even.
// For a function of one variable, Contours returns the segments of its graph.
func Contours(s Settings) []float64 {
	f := surface{&Functions[slices.IndexFunc(Functions, func(f Function) bool { return f.Key == s.Function })], s.Condition}
	if f.Variables == 1 {
		return f.graph()
	}
	var z [rows + 1][columns + 1]float64
	var all []float64
	for i := range z {
		for j := range z[i] {
			x, y := f.mesh(j, i)
			z[i][j] = f.f([]float64{x, y})
			all = append(all, z[i][j])
		}
	}
	slices.Sort(all)
	var segments []float64
	for l := range lines {
		level := all[(2*l+1)*len(all)/(2*lines)]
		for i := range rows {
			for j := range columns {
				segments = append(segments, f.cell(i, j, level, z[i][j], z[i][j+1], z[i+1][j+1], z[i+1][j])...)
			}
		}
	}
	return segments
}

// mesh returns the point in column j and row i.
func (s surface) mesh(j, i int) (x, y float64) {
	v := s.View
	return v[0] + (v[1]-v[0])*float64(j)/columns, v[2] + (v[3]-v[2])*float64(i)/rows
}

// graph returns the graph of a function of one variable.
func (s surface) graph() []float64 {
	var segments []float64
	for j := range columns {
		x0, _ := s.mesh(j, 0)
		x1, _ := s.mesh(j+1, 0)
		segments = append(segments, x0, s.f([]float64{x0}), x1, s.f([]float64{x1}))
	}
	return segments
}

// cell returns the segments of a contour line in the cell of column j and row i. The values at its
// corners are given anticlockwise. Each side with the level between its ends has a point of the line.
// If all four sides have one, the value in the middle selects which points are joined.
func (s surface) cell(i, j int, level float64, corners ...float64) []float64 {
	x, y := [4]int{j, j + 1, j + 1, j}, [4]int{i, i, i + 1, i + 1}
	var points []float64
	for k, a := range corners {
		n := (k + 1) % 4
		b := corners[n]
		if (a < level) == (b < level) {
			continue
		}
		r := (level - a) / (b - a)
		x0, y0 := s.mesh(x[k], y[k])
		x1, y1 := s.mesh(x[n], y[n])
		points = append(points, x0+r*(x1-x0), y0+r*(y1-y0))
	}
	middle := (corners[0] + corners[1] + corners[2] + corners[3]) / 4
	if len(points) == 8 && (middle < level) != (corners[0] < level) {
		points = append(points[2:], points[:2]...)
	}
	return points
}
