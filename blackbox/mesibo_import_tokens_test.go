package blackbox_test

import (
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mesibotest"
)

func TestTokensOfTheOldBackendEndAtMesiboWhenTheProgramRunsAfterAnImport(t *testing.T) {
	t.Parallel()
	settings, known := oldBackend(t, 40)
	m := &messenger{peer: newMesiboPeer(), sms: newGateway(t)}
	m.env = settings.with("STATE_DIR", t.TempDir(), "MESIBO_BASE_URL", m.peer.serve(t)+"/backend/")
	var stolen []string // by 123456
	for n := range 40 {
		stolen = append(stolen, m.peer.Give(mesibotest.Phone(n), mesiboApp, 365*24*time.Hour))
	}
	wholeImport(t, m.env)
	if calls := m.peer.calls("userset"); len(calls) != 0 {
		t.Errorf("the import itself called Mesibo %d times", len(calls))
	}
	m.start(t)
	good := func() (n int) {
		for _, token := range stolen {
			if _, _, counts := m.peer.Token(token); counts {
				n++
			}
		}
		return n
	}
	eventually(t, "the tokens of all who were taken over end at Mesibo", 30*time.Second, func() bool { return good() == 40-known })
	if n := len(m.peer.calls("userset")); n != known {
		t.Errorf("Mesibo was called %d times about %d users", n, known)
	}
}
