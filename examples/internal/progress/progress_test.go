package progress

import (
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	if got, want := times(4100*time.Millisecond, 25, 100), "elapsed 4s, left 12s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := times(90*time.Second, 100, 100), "elapsed 1m30s, left 0s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
