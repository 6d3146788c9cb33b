// Package asynclog is a log writer that never makes its callers wait: a reader of our output that stops reading must not stop us.
package asynclog

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Capacity is how much unwritten log is kept, in bytes; what comes on top is dropped and counted.
const Capacity = 8 << 20

// flushAt wakes the writer early, so that a busy log is written in large pieces but never piles up.
const flushAt = 64 << 10

// Interval is the longest time a line waits to be written while the log is quiet.
const Interval = 50 * time.Millisecond

// Writer collects lines and writes them on its own goroutine. It is safe for concurrent use.
type Writer struct {
	out     io.Writer
	mu      sync.Mutex
	buf     []byte
	spare   []byte
	dropped atomic.Int64
	wake    chan struct{}
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once
}

// New returns a writer to out. Close ends its goroutine.
func New(out io.Writer) *Writer {
	w := &Writer{out: out, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

// Write takes one or more whole lines. It never blocks and never fails; lines that find no room are dropped.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	if len(w.buf)+len(p) > Capacity {
		w.mu.Unlock()
		w.dropped.Add(1)
		return len(p), nil
	}
	before := len(w.buf)
	w.buf = append(w.buf, p...)
	after := len(w.buf)
	w.mu.Unlock()
	if before == 0 || before < flushAt && after >= flushAt {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	return len(p), nil
}

// Dropped is the number of writes that found no room.
func (w *Writer) Dropped() int64 { return w.dropped.Load() }

// Close writes what is left, waiting at most limit for a slow reader, and ends the goroutine unless that reader blocks it.
func (w *Writer) Close(limit time.Duration) {
	w.once.Do(func() { close(w.stop) })
	select {
	case <-w.done:
	case <-time.After(limit):
	}
}

func (w *Writer) run() {
	defer close(w.done)
	timer := time.NewTimer(Interval)
	defer timer.Stop()
	for {
		select {
		case <-w.wake:
		case <-w.stop:
			w.flush()
			return
		}
		// Let more lines come before writing, unless there are many already.
		timer.Reset(Interval)
		for waiting := true; waiting; {
			select {
			case <-timer.C:
				waiting = false
			case <-w.wake:
				waiting = w.pending() < flushAt
			case <-w.stop:
				w.flush()
				return
			}
		}
		w.flush()
	}
}

func (w *Writer) pending() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.buf)
}

func (w *Writer) flush() {
	w.mu.Lock()
	out := w.buf
	w.buf = w.spare[:0]
	w.mu.Unlock()
	if len(out) > 0 {
		_, _ = w.out.Write(out) // there is nowhere to tell that the log cannot be written
	}
	if cap(out) > 4*flushAt {
		out = nil // do not keep the memory of a rare flood
	}
	w.mu.Lock()
	w.spare = out
	w.mu.Unlock()
}
