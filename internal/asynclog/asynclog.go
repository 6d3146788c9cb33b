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
	buf     []byte // not written yet
	spare   []byte // memory for the next buf
	writing int    // bytes that out has been given and not taken yet
	ended   bool   // nobody writes any more
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

// Write takes one or more whole lines. It never waits for the reader and never fails; lines that find no room, or come after
// Close, are dropped.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	if w.ended || len(w.buf)+w.writing+len(p) > Capacity {
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
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.done:
	case <-timer.C:
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
			w.end()
			return
		}
		// Let more lines come before writing, unless there are many already.
		timer.Reset(Interval)
		for waiting := w.pending() < flushAt; waiting; {
			select {
			case <-timer.C:
				waiting = false
			case <-w.wake:
				waiting = w.pending() < flushAt
			case <-w.stop:
				w.end()
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

// end writes what is left and refuses what comes later.
func (w *Writer) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.flush()
}

func (w *Writer) flush() {
	w.mu.Lock()
	out := w.buf
	w.buf, w.spare = w.spare[:0], nil
	w.writing = len(out)
	w.mu.Unlock()
	if len(out) > 0 {
		_, _ = w.out.Write(out) // there is nowhere to tell that the log cannot be written
	}
	if cap(out) > 4*flushAt {
		out = nil // do not keep the memory of a rare flood
	}
	w.mu.Lock()
	w.spare, w.writing = out, 0
	w.mu.Unlock()
}
