package sendbird

import (
	"sync"

	"github.com/chatpass/chatpass/userinfo"
)

// mostProfiles bounds the users whose profile is remembered between their pages: about 4 MB.
const mostProfiles = 20_000

// mostChanged bounds the changes that wait to be noted; who is beyond it is noted at the next page or log-in.
const mostChanged = 1024

// profiles notices between log-ins that a user's name or picture is another than the provider was told.
type profiles struct {
	mu   sync.Mutex
	told map[userinfo.ID]string // hash of what the provider knows
	news []member
}

func newProfiles() *profiles { return &profiles{told: map[userinfo.ID]string{}} }

// known says that the provider knows a profile, or is about to.
func (l *profiles) known(m member) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, have := l.told[m.id]; !have {
		for other := range l.told {
			if len(l.told) < mostProfiles {
				break
			}
			delete(l.told, other)
		}
	}
	l.told[m.id] = m.hash()
}

// seen says that a user has this profile now.
func (l *profiles) seen(m member) {
	hash := m.hash()
	l.mu.Lock()
	defer l.mu.Unlock()
	if told, have := l.told[m.id]; have && told != hash && len(l.news) < mostChanged {
		l.told[m.id] = hash
		l.news = append(l.news, m)
	}
}

// changed takes the users whose profile changed.
func (l *profiles) changed() []member {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := l.news
	l.news = nil
	return news
}
