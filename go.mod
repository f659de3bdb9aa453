module example.com/optim

go 1.24
