// Chatpass is a sidecar that stands beside an existing web site and gives each signed-in user of that site their pass into a chat.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones of USERS_TIMEZONE on machines and in images without their own
)

// Exit codes (CONTRACT §1).
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 78 // EX_CONFIG of sysexits.h
)

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it, so that the program outlives its session
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// call is one run of the program.
type call struct {
	ctx     context.Context //nolint:containedctx // lives exactly as long as the run
	args    []string        // behind the command's name
	environ []string
	dir     string    // where .env lies
	stdin   io.Reader // answers of a person, where it is a terminal
	stdout  io.Writer
	stderr  io.Writer
}

// say writes a message for people; standard output holds only results.
func (c *call) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.stderr, format+"\n", args...)
}

// progress shows on a terminal what takes its time, over what it showed before; nothing in a pipe or where that cannot be wiped off.
func (c *call) progress(what string) {
	if isTerminal(c.stderr) && !c.dumb() {
		_, _ = fmt.Fprintf(c.stderr, "\r\x1b[K%s", what)
	}
}

// run is the program: it returns the exit code.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	return runIn(ctx, ".", args, environ, stdout, stderr)
}

func runIn(ctx context.Context, dir string, args, environ []string, stdout, stderr io.Writer) int {
	c := &call{ctx: ctx, environ: environ, dir: dir, stdin: os.Stdin, stdout: stdout, stderr: stderr}
	name := "serve"
	if len(args) > 0 && (len(args[0]) == 0 || args[0][0] != '-' || args[0] == "-h" || args[0] == "--help" || args[0] == "-help" || args[0] == "--version") {
		name, args = args[0], args[1:]
	}
	c.args = args
	switch name {
	case "-h", "--help", "-help", "help":
		return help(c)
	case "--version":
		name = "version"
	}
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd.start(c)
		}
	}
	return unknownCommand(c, name)
}
