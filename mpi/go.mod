module example.com/optim/mpi

go 1.24.0

require example.com/optim v0.0.0

require (
	golang.org/x/tools v0.30.0 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
)

replace example.com/optim => ..
