package asynclog_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/internal/asynclog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is far more than anything here takes; only a test that fails waits so long.
const patience = 10 * time.Second

// sink is a reader that can stop reading. It tells of each piece it gets.
type sink struct {
	mu    sync.Mutex
	got   bytes.Buffer
	piece chan int      // told of each piece, if there is room
	open  chan struct{} // pieces are taken only while it is closed; nil = always
	err   error
}

func newSink() *sink { return &sink{piece: make(chan int, 1024)} }

func (s *sink) Write(p []byte) (int, error) {
	select {
	case s.piece <- len(p):
	default:
	}
	if s.open != nil {
		<-s.open
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.Write(p)
	return len(p), s.err
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.String()
}

func wait[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("waited %s for %s", patience, what)
	}
	return v
}

func TestLinesArriveInOrder(t *testing.T) {
	out := newSink()
	w := asynclog.New(out)
	var want strings.Builder
	for i := range 20000 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		if n, err := w.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatalf("Write returned %d, %v", n, err)
		}
	}
	w.Close(patience)
	if out.text() != want.String() {
		t.Errorf("%d bytes arrived, want %d in the order written", len(out.text()), want.Len())
	}
	if w.Dropped() != 0 {
		t.Errorf("%d lines were dropped", w.Dropped())
	}
}

func TestALoneLineArrivesWithoutAnother(t *testing.T) {
	out := newSink()
	w := asynclog.New(out)
	defer w.Close(patience)
	for range 3 {
		_, _ = w.Write([]byte("alone\n"))
		wait(t, "the line", out.piece)
	}
}

func TestABusyLogIsWrittenInLargePieces(t *testing.T) {
	out := newSink()
	w := asynclog.New(out)
	line := bytes.Repeat([]byte("x"), 99)
	for range 10000 {
		_, _ = w.Write(append(line, '\n'))
	}
	w.Close(patience)
	if pieces := len(out.piece); pieces > 100 {
		t.Errorf("10,000 lines were written in %d pieces", pieces)
	}
}

// F25: a reader that stops reading stops nobody else.
func TestAStuckReaderBlocksNobody(t *testing.T) {
	out := newSink()
	out.open = make(chan struct{})
	w := asynclog.New(out)
	line := append(bytes.Repeat([]byte("x"), 1023), '\n')
	_, _ = w.Write(line)
	first := wait(t, "the piece the reader is stuck with", out.piece)
	written := make(chan struct{})
	const more = 4 * asynclog.Capacity / 1024
	go func() {
		defer close(written)
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for range more / 4 {
					_, _ = w.Write(line)
				}
			})
		}
		writers.Wait()
	}()
	wait(t, "writers that must not be blocked", written)
	kept := asynclog.Capacity/1024 - first/1024
	if got, want := w.Dropped(), int64(more-kept); got != want {
		t.Errorf("%d lines were dropped, want %d: all that find no room in %d bytes", got, want, asynclog.Capacity)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		w.Close(time.Millisecond)
	}()
	wait(t, "Close, which must not wait for the reader", closed)
	close(out.open)
	w.Close(patience)
	if got, want := len(out.text()), kept*1024+first; got != want {
		t.Errorf("%d bytes arrived in the end, want the %d that were kept", got, want)
	}
}

func TestAfterCloseLinesAreDroppedAndCounted(t *testing.T) {
	out := newSink()
	w := asynclog.New(out)
	_, _ = w.Write([]byte("before\n"))
	w.Close(patience)
	w.Close(patience)
	if n, err := w.Write([]byte("behind\n")); n != 7 || err != nil {
		t.Errorf("Write returned %d, %v", n, err)
	}
	if out.text() != "before\n" || w.Dropped() != 1 {
		t.Errorf("arrived %q, dropped %d", out.text(), w.Dropped())
	}
}

func TestAReaderThatFailsEndsNothing(t *testing.T) {
	out := newSink()
	out.err = errors.New("disk full")
	w := asynclog.New(out)
	for range 2 {
		_, _ = w.Write([]byte("x\n"))
		wait(t, "the next attempt", out.piece)
	}
	w.Close(patience)
	if out.text() != "x\nx\n" {
		t.Errorf("arrived %q", out.text())
	}
}

func BenchmarkWrite(b *testing.B) {
	w := asynclog.New(discard{})
	defer w.Close(patience)
	line := append(bytes.Repeat([]byte("x"), 199), '\n')
	b.ReportAllocs()
	for b.Loop() {
		_, _ = w.Write(line)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
