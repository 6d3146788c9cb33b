package blackbox_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a program that runs on a terminal of its own.
type terminal struct {
	cmd   *exec.Cmd
	keys  *os.File // what is written there is typed
	shown *output
	read  chan struct{} // closed when nothing more will be shown
}

// onTerminal starts a command with a terminal for its three streams, unless stdout is given.
func onTerminal(t *testing.T, cmd *exec.Cmd, stdout io.Writer) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(keys.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	if stdout != nil {
		cmd.Stdout = stdout
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	_ = screen.Close()
	term := &terminal{cmd, keys, newOutput(), make(chan struct{})}
	go func() {
		defer close(term.read)
		_, _ = io.Copy(term.shown, keys) // ends with EIO when the program does
	}()
	return term
}

// answers waits for a question and types the answer to it.
func (term *terminal) answers(t *testing.T, pairs ...string) {
	t.Helper()
	seen := 0
	for i := 0; i < len(pairs); i += 2 {
		term.shown.await(t, pairs[i], func(text string) bool {
			at := strings.Index(text[seen:], pairs[i])
			if at >= 0 {
				seen += at + len(pairs[i])
			}
			return at >= 0
		})
		term.types(t, pairs[i+1])
	}
}

// types types, and types again what is not shown: a program that is just taking the terminal over may lose what was typed before.
func (term *terminal) types(t *testing.T, keys string) {
	t.Helper()
	text := strings.TrimRight(keys, "\r\n")
	for range 5 {
		before := len(term.shown.String())
		if _, err := io.WriteString(term.keys, keys); err != nil {
			t.Fatal(err)
		}
		if len(text) < 4 || strings.HasPrefix(text, "\x1b") {
			return
		}
		for range 40 {
			if now := term.shown.String(); len(now) > before {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// ended waits for the end and returns the exit code and all that was shown.
func (term *terminal) ended(t *testing.T) (code int, shown string) {
	t.Helper()
	code, ended := ends(term.cmd, runLimit)
	if !ended {
		t.Fatalf("it does not end; it shows\n%s", term.shown)
	}
	<-term.read
	leaks(t, "the terminal", term.shown.String())
	return code, term.shown.String()
}

// escape is a sequence for colours or the cursor; \x1b[K, which wipes progress off, is none of them.
var escape = regexp.MustCompile(`\x1b\[([0-9;]*[mAB]|\?)`)

func TestInitAsksOnATerminal(t *testing.T) {
	t.Parallel()
	two, mine := twoBlogs(t).URL(), homeMade(t).URL()
	for _, tt := range []struct {
		name, database string
		terminal       []string // its environment
		answers        []string
		code           int
		want           []string
	}{
		{
			"which install, line by line", two,
			[]string{"TERM=dumb"},
			[]string{"between 1 and 2", "2\n", "Public address", "https://blog.example.com\n"},
			0,
			[]string{"TABLE_PREFIX=blog_\n", "SITE_URL=https://blog.example.com\n"},
		},
		{
			"which install, by arrows", two,
			[]string{"TERM=xterm-256color"},
			[]string{"blog_users", "\x1b[B\r", "Public address", "https://blog.example.com\r"},
			0,
			[]string{"TABLE_PREFIX=blog_\n", "SITE_URL=https://blog.example.com\n"},
		},
		{
			"an address that is none is asked for again", two,
			[]string{"TERM=xterm", "NO_COLOR=1"},
			[]string{"between 1 and 2", "\n", "Public address", "blog\n", "no address of a site", "\n"},
			0,
			[]string{"TABLE_PREFIX=shop_\n"},
		},
		{
			"which columns", mine,
			[]string{"TERM=dumb"},
			[]string{
				"Public address", "\n", "between 1 and", "\n", "user's id [mitglied_id]", "\n", "the name others see", "nicknam\n", "picture", "-\n",
				"page", "\n", "e-mail", "\n", "last log-in", "\n", "Which rows", "\n", "does not fit yet", "", "user's id", "\n", "the name others see", "nickname\n", "picture", "\n",
				"page", "\n", "e-mail", "\n", "last log-in", "\n", "Which rows", "\n", "Are these the site's users?", "\n",
			},
			0,
			[]string{"PRESET=custom\n", "USERS_TABLE=mitglieder\n", "USERS_NAME=nickname\n"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := prepare(t, env{"DATABASE_URL": tt.database}, "init")
			cmd.Env = append(cmd.Env, tt.terminal...)
			term := onTerminal(t, cmd, nil)
			term.answers(t, tt.answers...)
			code, shown := term.ended(t)
			if code != tt.code {
				t.Fatalf("init ends with %d and shows\n%s", code, shown)
			}
			text := settingsIn(t, cmd.Dir)
			for _, want := range tt.want {
				if !strings.Contains(text, "\nCHATPASS_"+want) {
					t.Errorf(".env lacks %q:\n%s", want, text)
				}
			}
			if plain := !strings.HasPrefix(tt.terminal[0], "TERM=xterm-"); plain && escape.MatchString(shown) {
				t.Errorf("it shows escapes:\n%q", shown)
			}
		})
	}
}

func TestInitIsInterrupted(t *testing.T) {
	t.Parallel()
	database := twoBlogs(t).URL()
	for _, tt := range []struct {
		name, terminal, key string
	}{
		{"Ctrl-C line by line", "TERM=dumb", "\x03"},
		{"Ctrl-C", "TERM=xterm-256color", "\x03"},
		{"the end of the input", "TERM=dumb", "\x04"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := prepare(t, env{"DATABASE_URL": database}, "init")
			cmd.Env = append(cmd.Env, tt.terminal)
			term := onTerminal(t, cmd, nil)
			term.answers(t, "blog_users", "")
			if strings.HasSuffix(tt.terminal, "dumb") {
				term.answers(t, "between 1 and 2", "")
			}
			term.answers(t, "blog_users", tt.key)
			if code, shown := term.ended(t); code != 130 || !strings.Contains(shown, "nothing was written") {
				t.Errorf("init ends with %d and shows\n%s", code, shown)
			}
			nothingIn(t, cmd.Dir)
		})
	}
}

func TestInitShowsNoSettingsOnATerminal(t *testing.T) {
	t.Parallel()
	cmd := prepare(t, env{"DATABASE_URL": homeMade(t).URL()}, "init", "--output", "-")
	cmd.Env = append(cmd.Env, "TERM=dumb")
	if code, shown := onTerminal(t, cmd, nil).ended(t); code != 2 || !strings.Contains(shown, "secrets do not belong") {
		t.Errorf("init ends with %d and shows\n%s", code, shown)
	}
}
