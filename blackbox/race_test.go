//go:build race

package blackbox_test

// raceFlag has the program of tests that need it built with the race detector, where the tests are: it is what `make test` does.
const raceFlag = "-race"
