// Package pgtest starts a private PostgreSQL server for the tests of a process: own folder, own socket, a loopback port
// chosen by the kernel. PostgreSQL refuses to run as root; there the user postgres of the Debian package runs it.
//
// The server dies with the test process, however that ends. Where PostgreSQL is not installed the test is skipped, or fails
// when the environment variable REQUIRE_SERVICES is 1.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// startTimeout bounds one start of a server; a start takes a second on an idle machine.
const startTimeout = 60 * time.Second

// startAttempts is how many ports are tried: another process may take a port between its choice and its use.
const startAttempts = 3

// password of the superuser; it guards a server that lives for seconds on loopback.
const password = "pgtest-Zq8-superuser"

// Server is a running private PostgreSQL.
type Server struct {
	bin    string // folder of the programs
	folder string
	port   int
	cmd    *exec.Cmd
	guard  *guard
	names  int
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
		if errors.Is(err, errMissing) && os.Getenv("REQUIRE_SERVICES") != "1" {
			tb.Skipf("pgtest: %v", err)
		}
		if err != nil {
			tb.Fatalf("pgtest: %v", err)
		}
		shared.server = s
	}
	return shared.server
}

// Main runs the tests of a package and ends the shared server; it returns the exit code for os.Exit.
// A package without it is safe too: the server ends with the process.
func Main(m *testing.M) int {
	code := m.Run()
	Stop()
	return code
}

// Stop ends the shared server if there is one; a package that has a main function of its own calls it last.
func Stop() {
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.stop()
		shared.server = nil
	}
}

// errMissing says that PostgreSQL is not installed.
var errMissing = errors.New("PostgreSQL is not installed (Debian package postgresql)")

// find returns the folder of the newest server's programs.
func find() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%w: no program postgres", errMissing)
	}
	sort.Strings(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func start() (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "chatpass-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, folder: folder}
	if err := s.install(); err != nil {
		s.stop()
		return nil, err
	}
	for range startAttempts {
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.launch(); err == nil {
			return s, nil
		}
	}
	s.stop()
	return nil, err
}

// account returns how the server's programs are run: as the user postgres if this process is root, else as ourselves.
func account() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is for the test
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: no user postgres to run it as", errMissing)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, nil
}

func (s *Server) install() error {
	attr, err := account()
	if err != nil {
		return err
	}
	secret := filepath.Join(s.folder, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return err
	}
	if c := attr.Credential; c != nil {
		for _, path := range []string{s.folder, secret} {
			if err := os.Chown(path, int(c.Uid), int(c.Gid)); err != nil {
				return err
			}
		}
	}
	cmd := exec.Command(filepath.Join(s.bin, "initdb"), "--pgdata="+s.data(), "--username=postgres", "--pwfile="+secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions")
	cmd.Dir, cmd.SysProcAttr = s.folder, attr
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, tail(out))
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// launch starts the server and waits until it answers.
func (s *Server) launch() error {
	attr, err := account()
	if err != nil {
		return err
	}
	logName := filepath.Join(s.folder, "log")
	logFile, err := os.Create(logName)
	if err != nil {
		return err
	}
	defer func() { _ = logFile.Close() }()
	s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port), "-h", "127.0.0.1", "-k", s.folder,
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "shared_buffers=32MB",
		"-c", "dynamic_shared_memory_type=mmap") // in its own folder, which is removed even where the server was killed
	s.cmd.Dir, s.cmd.SysProcAttr, s.cmd.Stdout, s.cmd.Stderr = s.folder, attr, logFile, logFile
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
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
	db, err := sql.Open("pgx", s.url("postgres"))
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
			return errors.New("postgres ended while starting")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for postgres to take connections on port %d: %w", startTimeout, s.port, pingErr)
		case <-tick.C:
		}
	}
}

func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", password), Host: "127.0.0.1:" + strconv.Itoa(s.port), Path: "/" + database}
	return u.String()
}

// end kills the process and reaps it. The server's own children notice and end.
func (s *Server) end() {
	if s.guard != nil {
		s.guard.release()
		s.guard = nil
	}
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // PostgreSQL's immediate shutdown, which takes its children along
		_ = s.cmd.Wait()                          // its exit code after SIGQUIT says nothing
		s.cmd = nil
	}
}

func (s *Server) stop() {
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
