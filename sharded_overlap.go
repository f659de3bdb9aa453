package optim

import "example.com/optim/internal/parallel"

// overlap is the workspace of a step in buckets.
type overlap struct {
	vectors  vectors // the piece of this process
	bucket   int     // to step
	from, to []int   // of the bucket to communicate, in the pieces of all processes
	pool     parallel.Pool
	beside   parallel.Beside
	step     func()           // made once, and so is update, since a new closure would allocate
	update   func(lo, hi int) // of coordinates of the bucket
}

// bucketBounds returns the bounds of bucket k in the piece of process r. A bucket has as many
// parameters as a vector that is worth several goroutines. The collective of a bucket then takes much
// longer than its latency.
func (o *Sharded) bucketBounds(r, k int) (from, to int) {
	end := o.layout.cuts[r+1]
	from = min(o.layout.cuts[r]+k*parallel.MinLen, end)
	return from, min(from+parallel.MinLen, end)
}

// stepInBuckets steps the piece of this process. It communicates each bucket while another goroutine
// steps the next one. The goroutine of the caller communicates, since a Comm may be bound to it.
func (o *Sharded) stepInBuckets(params []float64) {
	l := &o.overlap
	if l.step == nil {
		l.step = o.stepBucket
		l.update = func(lo, hi int) {
			start := l.bucket * parallel.MinLen
			l.vectors.update(o.rule, start+lo, start+hi)
		}
	}
	lo, hi := o.Piece()
	l.vectors, l.bucket = pair(params[lo:hi:hi], o.mean), 0
	begin(o.rule, o.rule.rate(), l.vectors)
	l.step()
	for o.nextBucket() {
		l.beside.Run(l.step, func() { o.comm.AllGather(params, l.from, l.to) })
	}
	l.vectors = vectors{}
}

// stepBucket updates the parameters of the bucket, if this process has any.
func (o *Sharded) stepBucket() {
	from, to := o.bucketBounds(o.comm.Rank(), o.overlap.bucket)
	if from < to {
		o.overlap.pool.For(to-from, o.overlap.update)
	}
}

// nextBucket makes the bucket that was stepped the one to communicate, and the next one that to step.
// It returns false if no process has parameters in the bucket that was stepped.
func (o *Sharded) nextBucket() bool {
	l, more := &o.overlap, false
	l.from, l.to = l.from[:0], l.to[:0]
	for r := range o.comm.Size() {
		from, to := o.bucketBounds(r, l.bucket)
		l.from, l.to = append(l.from, from), append(l.to, to)
		more = more || from < to
	}
	l.bucket++
	return more
}
