package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// onTerminal runs the program with standard output on a terminal and returns what it shows there.
func onTerminal(t *testing.T, dir string, environ []string, args ...string) string {
	t.Helper()
	keeper, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keeper.Close() }()
	fd := int(keeper.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(keeper) // ends with EIO when the last one closes the screen
		shown <- string(text)
	}()
	runIn(t.Context(), dir, args, environ, screen, screen)
	_ = screen.Close()
	return <-shown
}

func TestEscapesOnATerminal(t *testing.T) {
	dir := newSite(t)
	for _, tt := range []struct {
		name    string
		environ []string
		colour  bool
		wiped   bool // progress, which is wiped off
	}{
		{"a terminal gets colours and progress", []string{"TERM=xterm"}, true, true},
		{"NO_COLOR leaves the progress", []string{"TERM=xterm", "NO_COLOR=1"}, false, true},
		{"an empty NO_COLOR means nothing", []string{"TERM=xterm", "NO_COLOR="}, true, true},
		{"a dumb terminal gets neither", []string{"TERM=dumb"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := onTerminal(t, dir, tt.environ, "check")
			if !strings.Contains(got, "settings: all settings can be used") {
				t.Fatalf("check shows %q", got)
			}
			if colour := strings.Contains(got, "\x1b[3"); colour != tt.colour {
				t.Errorf("colours: %v, want %v in %q", colour, tt.colour, got)
			}
			if wiped := strings.Contains(got, "\x1b[K"); wiped != tt.wiped {
				t.Errorf("progress: %v, want %v in %q", wiped, tt.wiped, got)
			}
		})
	}
}
