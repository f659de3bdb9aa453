package parallel

// Beside calls two functions at the same time. The zero value is ready.
type Beside struct {
	run  func() // made once, since a new method value would allocate
	work func()
	done chan any // how work has ended: what it panicked with, or nil
}

// Run calls work in a goroutine of its own and here in the goroutine of the caller, and waits for both.
// To allocate nothing, make work once and keep it. A panic in one of them reaches the caller.
func (b *Beside) Run(work, here func()) {
	if b.run == nil {
		b.run, b.done = b.call, make(chan any, 1)
	}
	b.work = work
	go b.run()
	defer b.wait()
	here()
}

// wait waits for the end of work.
func (b *Beside) wait() {
	if failure := <-b.done; failure != nil {
		panic(failure)
	}
}

// call calls work and sends how it has ended.
func (b *Beside) call() {
	failure := any("the goroutine of a step has ended")
	defer func() {
		if v := recover(); v != nil {
			failure = v
		}
		b.done <- failure
	}()
	b.work()
	failure = nil
}
