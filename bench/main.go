// Command bench measures Chatpass against a hand-written floor, gin, and PHP, in one run on a private MariaDB, and prints a table.
//
// Only ratios of one run mean anything, so the rivals take short turns and a ratio is the median over the rounds.
// wrk, MariaDB, nginx, php-fpm with mysqli and opcache must be installed; `make bench` sees to that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type settings struct {
	rows, rounds int
	hot          int           // users that the cached runs ask for
	duration     time.Duration // of one turn
	starts       int
	micro        bool
	only         string
	lengths      intList // ids per request
	connections  intList
	out          string
	strict       bool
	skip         bool // leave chatpass out: proves the rivals
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := settings{lengths: intList{1, 10, 100, 500}, connections: intList{1, 16, 64}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&s.rows, "rows", 200_000, "rows of the users table")
	flags.IntVar(&s.rounds, "rounds", 3, "turns of every rival in every case; the median counts")
	flags.IntVar(&s.hot, "hot", 5000, "users that the cached cases ask for")
	flags.DurationVar(&s.duration, "duration", 3*time.Second, "length of a turn, whole seconds")
	flags.IntVar(&s.starts, "starts", 20, "starts of every rival")
	flags.BoolVar(&s.micro, "micro", true, "run the packages' own benchmarks too")
	flags.StringVar(&s.only, "only", "", "one part only: users, cached, widget, wordpress, identity, token, start or micro")
	flags.Var(&s.lengths, "ids", "lengths of lists to ask for")
	flags.Var(&s.connections, "connections", "numbers of connections")
	flags.StringVar(&s.out, "out", "", "file for the table, besides standard output")
	flags.BoolVar(&s.strict, "strict", false, "exit 1 when a goal is missed")
	flags.BoolVar(&s.skip, "without-chatpass", false, "measure the rivals alone")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 64
	}
	if s.rows < s.hot || s.hot < 1000 || s.rounds < 1 || s.starts < 1 || s.duration < time.Second {
		fmt.Fprintln(stderr, "bench: need -rows ≥ -hot ≥ 1000, -rounds ≥ 1, -starts ≥ 1, -duration ≥ 1s")
		return 64
	}
	r, err := measure(ctx, s, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	text := r.markdown()
	fmt.Fprint(stdout, text)
	if s.out != "" {
		if err := os.WriteFile(s.out, []byte(text), 0o644); err != nil {
			fmt.Fprintln(stderr, "bench:", err)
			return 1
		}
	}
	if s.strict && !r.passed() {
		return 1
	}
	return 0
}

// measure sets the laboratory up, runs every part and takes the laboratory down again.
func measure(ctx context.Context, s settings, progress io.Writer) (_ *report, err error) {
	if _, err := os.Stat("bench/wrk.lua"); err != nil {
		return nil, errors.New("run it in the root of the repository: go run ./bench")
	}
	dir, err := os.MkdirTemp("", "chatpass-bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{settings: s, dir: dir, progress: progress}
	defer func() {
		err = errors.Join(err, l.close())
	}()
	if err := l.setUp(ctx); err != nil {
		return nil, err
	}
	r := newReport(l)
	parts := []struct {
		name string
		run  func(context.Context, *report) error
	}{
		{"token", l.tokens},
		{"wordpress", l.wordpress},
		{"start", l.starts},
		{"users", l.users},
		{"cached", l.cached},
		{"widget", l.widgets},
		{"identity", l.identities},
		{"micro", l.micro},
	}
	for _, part := range parts {
		if s.only != "" && s.only != part.name || part.name == "micro" && !s.micro {
			continue
		}
		l.say("%s", part.name)
		if err := part.run(ctx, r); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return r, nil
}

// intList is a flag of positive numbers between commas.
type intList []int

// String is the list as it is written.
func (l *intList) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*l), " ", ","), "&[]")
}

// Set reads a list.
func (l *intList) Set(text string) error {
	*l = nil
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a positive number", part)
		}
		*l = append(*l, n)
	}
	return nil
}

// script is wrk's program.
func script() string { return filepath.Join("bench", "wrk.lua") }
