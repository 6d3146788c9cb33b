package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/internal/writable"
	"github.com/chatpass/chatpass/store"
)

// checkStore bounds the look at the store; a server that does not answer must leave time for the rest.
const checkStore = 6 * time.Second

// kept looks at the store where a provider remembers anything. A file that is not there yet is left to serve, whose file it is then.
func (r *report) kept(ctx context.Context, s *site) {
	if !s.store.needed() {
		return
	}
	r.call.progress("opening the store")
	ctx, cancel := context.WithTimeout(ctx, checkStore)
	defer cancel()
	s.store.options.Existing = true
	opened, err := s.store.Open(ctx)
	var refused *store.OpenError
	switch {
	case err == nil:
		r.ok("store", "%s", opened.Place())
		r.jobs(ctx, s, opened)
	case errors.Is(err, store.ErrNoStore):
		r.unmade(s)
	case errors.As(err, &refused):
		r.fail("store", setting.Prefix+refused.Fault.Var+" "+refused.Fault.Problem, refused.Fault.Remedy)
	case errors.Is(err, context.DeadlineExceeded):
		r.fail("store", setting.Prefix+store.Var+" leads to a server that did not answer within "+checkStore.String(), "start the server of that database, or look at host, port and firewall")
	default:
		r.fail("store", err.Error(), "look at CHATPASS_STORE_URL, CHATPASS_STORE_KEY and CHATPASS_STATE_DIR")
	}
}

// unmade tells where serve will make the store, and whether it can.
func (r *report) unmade(s *site) {
	where := "as CHATPASS_STORE_URL says"
	if s.cfg.StoreURL.IsZero() {
		err := writable.Probe(s.cfg.StateDir)
		switch {
		case errors.Is(err, fs.ErrPermission):
			r.warn("store", "CHATPASS_STATE_DIR names a folder in which this account can make nothing: "+err.Error(), "run check as the account that serves; if that is this one, give it the folder")
			return
		case err != nil:
			r.fail("store", "CHATPASS_STATE_DIR names a folder that cannot be made or written: "+err.Error(), "name a folder that only Chatpass may read, such as /var/lib/chatpass")
			return
		}
		where = "as " + filepath.Join(s.cfg.StateDir, store.FileName)
	}
	r.ok("store", "there is none yet; serve makes it, %s", where)
}
