package main

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestMemoryGoesBackWhenRequestsStop: garbage goes back to the system in a pause, and not while requests come.
func TestMemoryGoesBackWhenRequestsStop(t *testing.T) {
	const garbage = 64 << 20
	litter(garbage) // before anybody looks: what lives when it is looked the first time counts as needed
	if heapMemory() < garbage {
		t.Fatal("the heap has no garbage to give back")
	}
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		returnMemory(ctx, &asked, slog.New(slog.DiscardHandler))
	}()
	defer func() {
		cancel()
		<-ended
	}()
	deadline := time.Now().Add(20 * time.Second)
	for heapMemory() > garbage/2 {
		if time.Now().After(deadline) {
			t.Fatalf("the heap still has %d MiB", heapMemory()>>20)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// litter leaves garbage of so many bytes on the heap.
//
//go:noinline
func litter(bytes int) {
	var pieces [][]byte
	for len(pieces) < bytes>>20 {
		piece := make([]byte, 1<<20)
		for i := range piece {
			piece[i] = 1
		}
		pieces = append(pieces, piece)
	}
	runtime.KeepAlive(pieces)
}
