//go:build !race

package blackbox_test

// raceFlag is no flag: without -race, the race detector may not be there for the program either.
const raceFlag = ""
