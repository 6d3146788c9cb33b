package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a program may take to answer after its start, and to end after it was asked to.
const patience = 30 * time.Second

// process is a program that the laboratory started, with everything it started itself.
type process struct {
	name  string
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// start runs a program; its output goes to a file in the laboratory's folder.
func (l *lab) start(name string, environ []string, program string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(l.dir, fmt.Sprintf("%s-%d.log", name, len(l.processes))))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(program, args...)
	cmd.Env = environ
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = ownGroup()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, log: log.Name(), ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	l.processes = append(l.processes, p)
	return p, nil
}

// stop asks the program to end and ends it when it does not.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("%s did not end within %v and was killed", p.name, patience)
	}
}

// failure is what a program said before it failed.
func (p *process) failure(err error) error {
	said, _ := os.ReadFile(p.log)
	if len(said) > 2000 {
		said = said[len(said)-2000:]
	}
	return fmt.Errorf("%s: %w; it said:\n%s", p.name, err, said)
}

// waitFor asks until the answer is 200, and returns how long after begin that was.
func (p *process) waitFor(ctx context.Context, begin time.Time, request *http.Request) (time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	for {
		response, err := client.Do(request.Clone(ctx))
		if err == nil {
			body, readErr := io.ReadAll(response.Body)
			took := time.Since(begin)
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK && readErr == nil && len(body) > 2 {
				return took, nil
			}
			err = fmt.Errorf("answered %d", response.StatusCode)
		}
		select {
		case <-p.ended:
			return 0, p.failure(errors.New("ended by itself"))
		case <-ctx.Done():
			return 0, ctx.Err()
		default:
		}
		if time.Since(begin) > patience {
			return 0, p.failure(fmt.Errorf("no good answer within %v, last: %w", patience, err))
		}
		time.Sleep(200 * time.Microsecond) // finer than what is measured: milliseconds
	}
}

// resident is the resident memory of the program in bytes.
func (p *process) resident() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmRSS in /proc")
}

// tick is the unit of processor time in /proc, the same on every Linux (proc(5), USER_HZ).
const tick = 10 * time.Millisecond

// cpu is the processor time that the program has used so far, without programs that it started.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])) // the name before may hold spaces
	if len(fields) < 13 {
		return 0, errors.New("no times in /proc")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, err
}

// freeAddress is a loopback address nobody listens at.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := listener.Addr().String()
	return address, listener.Close()
}

// find returns the first of the programs that is installed; Debian keeps servers outside the path of ordinary users.
func find(programs ...string) (string, error) {
	for _, program := range programs {
		if found, err := exec.LookPath(program); err == nil {
			return found, nil
		}
		for _, pattern := range []string{"/usr/sbin/", "/usr/local/sbin/"} {
			if found, _ := filepath.Glob(pattern + program); len(found) > 0 {
				return found[len(found)-1], nil
			}
		}
	}
	return "", fmt.Errorf("%s is not installed; make bench installs it", programs[0])
}
