package config

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
)

// Retention is how long rows of Chatpass's own database are kept.
type Retention struct {
	Tokens time.Duration // notes of tokens that were issued
	Jobs   time.Duration // what a provider was told
	Audit  time.Duration // lines of the audit log
}

// Bounds of a retention in days.
const (
	leastRetention = 1
	mostRetention  = 3650 // ten years
)

// fillStore finds where Chatpass keeps what it remembers itself. That no folder is known is a fault only when the store is opened, which
// is where a provider needs it.
func (l *loader) fillStore(c *Config) {
	c.StateDir = l.stateDir()
	c.StoreURL, c.StoreKey, c.StoreKeyPrevious = l.raw.StoreURL, l.raw.StoreKey, l.raw.StoreKeyPrevious
	if check := l.in.CheckStoreURL; check != nil && !c.StoreURL.IsZero() {
		for _, f := range check(c.StoreURL, c.DatabaseURL) {
			l.fault(f.Var, f.Problem, f.Remedy)
		}
	}
	c.StoreRetention = l.retention(l.raw.StoreRetention)
}

// stateDir is the setting, else what systemd made for the service, else the folder of the account (XDG Base Directory Specification); ""
// if there is none of them.
func (l *loader) stateDir() string {
	if dir := l.raw.StateDir; dir != "" {
		if strings.ContainsAny(dir, "\x00\n") {
			l.fault("STATE_DIR", "is no name of a folder", "write a path such as /var/lib/chatpass")
			return ""
		}
		if filepath.IsAbs(dir) {
			return filepath.Clean(dir)
		}
		if abs, err := filepath.Abs(filepath.Join(l.in.Dir, dir)); err == nil {
			return abs
		}
		l.fault("STATE_DIR", "is relative to a folder that cannot be found", "write a path such as /var/lib/chatpass")
		return ""
	}
	of := map[string]string{}
	for _, entry := range l.in.Environ {
		name, text, _ := strings.Cut(entry, "=")
		of[name] = text
	}
	systemd, _, _ := strings.Cut(of["STATE_DIRECTORY"], ":") // several if the unit names several
	for _, dir := range []struct{ base, below string }{
		{systemd, ""}, {of["XDG_STATE_HOME"], "chatpass"}, {of["HOME"], ".local/state/chatpass"},
	} {
		if filepath.IsAbs(dir.base) {
			return filepath.Join(dir.base, dir.below)
		}
	}
	return ""
}

// retention reads days by name; what is not named has its default.
func (l *loader) retention(text string) Retention {
	const name = "STORE_RETENTION"
	days := map[string]int{"tokens": 30, "jobs": 7, "audit": 365}
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		key = strings.TrimSpace(key)
		if _, known := days[key]; !known {
			l.fault(name, "names "+quote(key)+", of which nothing is kept", "name tokens, jobs and audit, such as tokens=30;jobs=7;audit=365")
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < leastRetention || n > mostRetention {
			l.fault(name, "has "+quote(value)+" for "+key+", which is no number of days from "+strconv.Itoa(leastRetention)+" to "+strconv.Itoa(mostRetention),
				"write "+key+"="+strconv.Itoa(days[key])+", or remove it from "+setting.Prefix+name)
			break
		}
		days[key] = n
	}
	const day = 24 * time.Hour
	return Retention{Tokens: time.Duration(days["tokens"]) * day, Jobs: time.Duration(days["jobs"]) * day, Audit: time.Duration(days["audit"]) * day}
}
