package blackbox_test

import (
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

func TestSignalsThatEndTheSidecarLetRequestsEnd(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 1)
	// Programs that are started do as this one does: where the tests run under nohup, they would ignore the signal too.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(heard) })
	for name, sig := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT, "SIGHUP, of a session that was closed": syscall.SIGHUP} {
		cause := `"cause":"` + sig.String() + " signal received"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, e)
			if err := s.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code := s.wait(t); code != 0 || !strings.Contains(s.log.String(), `"msg":"stopped"`) || !strings.Contains(s.log.String(), cause) {
				t.Errorf("it ended with %d; its log:\n%s", code, s.log)
			}
		})
	}
	t.Run("under nohup SIGHUP ends nothing", func(t *testing.T) {
		t.Parallel()
		cmd := prepare(t, e)
		shell, err := exec.LookPath("sh")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Args = []string{"sh", "-c", `trap "" HUP; exec "$0"`, cmd.Path}
		cmd.Path = shell
		s := launch(t, cmd)
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for range 20 { // answers long after the signal has come
			ask(t, newClient(t, nil, ""), http.MethodGet, s.public+"/chat/users?user_ids=1", provider).only(t, "1")
		}
		if log := s.log.String(); strings.Contains(log, "stopping") {
			t.Errorf("it stops:\n%s", log)
		}
	})
}
