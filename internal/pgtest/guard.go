package pgtest

import (
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a small shell that holds the read end of a pipe: when this process ends, however it ends, the pipe closes and the
// shell kills the server and removes its folder. Pdeathsig would follow the thread that started the server, not the process.
type guard struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

func newGuard(pid int, folder string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", `read -r _; kill -9 "$0" 2>/dev/null; rm -rf -- "$1"`, strconv.Itoa(pid), folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		_ = pipe.Close()
		return nil, err
	}
	return &guard{cmd: cmd, pipe: pipe}, nil
}

// release ends the guard without touching the server.
func (g *guard) release() {
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
	_ = g.pipe.Close()
}

// exited reports whether a child has ended; a child that was not waited for stays visible as a zombie.
func exited(pid int) bool {
	var status syscall.WaitStatus
	ended, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
	return ended == pid || err != nil
}
