package data

import (
	"strings"
	"testing"
)

// Each table has the size that DATA.md gives.
func TestTable(t *testing.T) {
	for _, c := range []struct {
		name          string
		skip          int
		rows, columns int
		first         float64
	}{
		{"breast_cancer.csv", 1, 569, 31, 17.99},
		{"diabetes_data_raw.csv.gz", 0, 442, 10, 59},
		{"diabetes_target.csv.gz", 0, 442, 1, 151},
	} {
		rows, err := Table(c.name, c.skip)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if len(row) != c.columns {
				t.Fatalf("%s: a row of %d numbers, want %d", c.name, len(row), c.columns)
			}
		}
		if len(rows) != c.rows || rows[0][0] != c.first {
			t.Errorf("%s: %d rows from %v on, want %d from %v on", c.name, len(rows), rows[0][0], c.rows, c.first)
		}
	}
	if _, err := Table("breast_cancer.csv", 0); err == nil || !strings.Contains(err.Error(), "breast_cancer.csv:1: ") {
		t.Errorf("error %v, want one that names the file and the line", err)
	}
	if _, err := Table("moon.csv", 0); err == nil {
		t.Error("no error for a file that does not exist")
	}
}

// The numbers are those at the top and at the bottom of the file.
func TestReadNIST(t *testing.T) {
	p, err := ReadNIST("Misra1a")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Y) != 14 || p.Y[13] != 81.78 || p.X[13][0] != 760 || p.Starts[1][1] != 0.0005 ||
		p.Want[0] != 238.94212918 || p.Deviations[1] != 7.2668688436e-6 || p.SumSquares != 0.12455138894 {
		t.Errorf("%+v", p)
	}
	if _, err := ReadNIST("Moon"); err == nil {
		t.Error("no error for a file that does not exist")
	}
}
