module example.com/optim/integrations/spago

go 1.25.0

require (
	example.com/optim v0.0.0
	github.com/nlpodyssey/spago v1.1.0
	gonum.org/v1/gonum v0.17.0
)

require (
	github.com/google/flatbuffers v23.5.26+incompatible // indirect
	golang.org/x/tools v0.30.0 // indirect
)

replace example.com/optim => ../..
