// Package mysqltest starts private MariaDB servers for tests: own folder, own socket, a loopback port chosen by the kernel.
//
// [Start] gives the one server a test process shares; [StartOwn] gives a server that a test may kill, freeze and restart.
// A server dies with the test process, however that ends. Where MariaDB is not installed the test is skipped, or fails when
// the environment variable REQUIRE_SERVICES is 1.
package mysqltest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// startTimeout bounds one start of a server; a start takes half a second on an idle machine.
const startTimeout = 60 * time.Second

// startAttempts is how many ports are tried: another process may take a port between its choice and its use.
const startAttempts = 3

// Server is a running private MariaDB. Its methods are for one goroutine, the test's.
type Server struct {
	program string
	folder  string
	port    int
	cmd     *exec.Cmd
	guard   *guard
	root    *sql.DB
	names   int
}

var shared struct {
	sync.Mutex
	server *Server
}

// Start returns the server that all tests of this process share, started by the first of them.
func Start(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := start()
		if err != nil {
			unavailable(tb, err)
		}
		shared.server = s
	}
	return shared.server
}

// StartOwn starts a server for this test alone and ends it with the test.
func StartOwn(tb testing.TB) *Server {
	tb.Helper()
	s, err := start()
	if err != nil {
		unavailable(tb, err)
	}
	tb.Cleanup(s.stop)
	return s
}

// Main runs the tests of a package and ends the shared server; it returns the exit code for os.Exit.
// A package without it is safe too: the server ends with the process.
func Main(m *testing.M) int {
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.stop()
		shared.server = nil
	}
	return code
}

// errMissing says that MariaDB is not installed.
var errMissing = errors.New("MariaDB is not installed (Debian package mariadb-server)")

func unavailable(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, errMissing) && os.Getenv("REQUIRE_SERVICES") != "1" {
		tb.Skipf("mysqltest: %v", err)
	}
	tb.Fatalf("mysqltest: %v", err)
}

func start() (*Server, error) {
	program, err := find("mariadbd")
	if err != nil {
		return nil, err
	}
	template, err := template(program)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "chatpass-mariadb-")
	if err != nil {
		return nil, err
	}
	s := &Server{program: program, folder: folder}
	if err := os.CopyFS(filepath.Join(folder, "data"), os.DirFS(template)); err != nil {
		s.stop()
		return nil, fmt.Errorf("copy the data folder: %w", err)
	}
	for range startAttempts {
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.launch(); err == nil {
			break
		}
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	if s.root, err = s.open(""); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// launch starts the program on the server's folder and port and waits until it answers.
func (s *Server) launch() error {
	logName := filepath.Join(s.folder, "log")
	logFile, err := os.Create(logName)
	if err != nil {
		return err
	}
	defer func() { _ = logFile.Close() }()
	args := append(serverArgs(filepath.Join(s.folder, "data")),
		"--socket="+s.socket(), "--bind-address=127.0.0.1", "--port="+strconv.Itoa(s.port),
		"--pid-file="+filepath.Join(s.folder, "pid"), "--max-connections=200")
	s.cmd = exec.Command(s.program, args...)
	s.cmd.Stdout, s.cmd.Stderr = logFile, logFile
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is for the test
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start mariadbd: %w", err)
	}
	if s.guard, err = newGuard(s.cmd.Process.Pid, s.folder); err != nil {
		s.end()
		return err
	}
	if err := s.await(); err != nil {
		s.end()
		text, _ := os.ReadFile(logName)
		return fmt.Errorf("%w; its log ends:\n%s", err, tail(text))
	}
	return nil
}

// await waits until the server takes a connection on its port.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	db, err := s.open("")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		pingErr := db.PingContext(ctx)
		if pingErr == nil {
			return nil
		}
		if exited(s.cmd.Process.Pid) {
			return errors.New("mariadbd ended while starting")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for mariadbd to take connections on port %d: %w", startTimeout, s.port, pingErr)
		case <-tick.C:
		}
	}
}

func (s *Server) open(name string) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = "root", "unix", s.socket(), name
	cfg.MultiStatements, cfg.Logger = true, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(0) // idle connections would show up in the goroutine counts of the tests
	return db, nil
}

func (s *Server) socket() string { return filepath.Join(s.folder, "sock") }

// Port is the server's TCP port on 127.0.0.1; it stays the same over Restart.
func (s *Server) Port() int { return s.port }

// Socket is the path of the server's unix socket.
func (s *Server) Socket() string { return s.socket() }

// SQL is the root account without a database, for SET GLOBAL, SHOW STATUS and KILL.
func (s *Server) SQL() *sql.DB { return s.root }

// Kill ends the server at once, as a crash does.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	if s.cmd == nil {
		tb.Fatal("mysqltest: Kill: the server does not run")
	}
	s.end()
}

// Restart starts a killed server on the same port and data and returns when it answers.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	if s.cmd != nil {
		s.end()
	}
	if err := s.launch(); err != nil {
		tb.Fatalf("mysqltest: Restart: %v", err)
	}
}

// Freeze stops the server's process: connections stay open, the kernel takes new ones, nothing answers.
// It returns when the process stands still; the signal alone takes effect some time after it was sent.
func (s *Server) Freeze(tb testing.TB) {
	tb.Helper()
	s.signal(tb, syscall.SIGSTOP)
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(s.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil || !status.Stopped():
			tb.Fatalf("mysqltest: Freeze: the server ended instead: %v", err)
		}
		return
	}
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw(tb testing.TB) { tb.Helper(); s.signal(tb, syscall.SIGCONT) }

func (s *Server) signal(tb testing.TB, sig syscall.Signal) {
	tb.Helper()
	if s.cmd == nil {
		tb.Fatalf("mysqltest: %v: the server does not run", sig)
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		tb.Fatalf("mysqltest: %v: %v", sig, err)
	}
}

// end kills the process and reaps it; the folder stays.
func (s *Server) end() {
	if s.guard != nil {
		s.guard.release()
		s.guard = nil
	}
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // "signal: killed" is what was asked for
		s.cmd = nil
	}
}

func (s *Server) stop() {
	if s.root != nil {
		_ = s.root.Close()
	}
	s.end()
	_ = os.RemoveAll(s.folder)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// tail is the end of a log, enough to see why a start failed.
func tail(text []byte) []byte {
	const most = 2 << 10
	text = bytes.TrimSpace(text)
	return text[max(0, len(text)-most):]
}
