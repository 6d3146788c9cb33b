package hand_test

import (
	"fmt"

	"github.com/chatpass/chatpass/bench/hand"
)

// The published vector: the token by hand is the token that ImbaChat's own sample makes.
func ExampleAppendToken() {
	key := []byte("lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8")
	fmt.Println(string(hand.AppendToken(nil, key, 1, 1893456000)))
	// Output: eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTYwMDAsInVzZXJfaWQiOjF9.kLXAeWF_XbUlzPgErPfQdvupWgRLufw699IS8fNzmOw
}
