package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

// reads is every column that look-ups and the site's sessions read, by table. The faults are sessions that can not be read so.
func (s *site) reads(ctx context.Context, facts userinfo.Facts) (reads map[string][]string, faults []error, err error) {
	if !slices.Contains(s.cfg.Identity, "session") {
		return facts.Reads, nil, nil
	}
	r, err := s.sessions()
	if err != nil {
		return nil, nil, err
	}
	more, faults, err := r.Reads(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("sessions: %w", err)
	}
	reads = maps.Clone(facts.Reads)
	for table, columns := range more {
		all := slices.Clone(reads[table])
		for _, c := range columns {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
		reads[table] = all
	}
	return reads, faults, nil
}

// sessions tells whether the site's own sessions can be read, and how surely.
func (r *report) sessions(s *site, faults []error) {
	const subject = "sessions"
	if !slices.Contains(s.cfg.Identity, "session") {
		return
	}
	resolver, err := s.sessions()
	if err != nil {
		r.warn(subject, err.Error(), "correct the recipe")
		return
	}
	var used []string
	missing := map[string]bool{}
	for _, report := range resolver.Reports() {
		switch {
		case len(report.Missing) > 0:
			missing[report.Recipe] = true
			if offered(report) && resolver.Active() {
				continue
			}
			r.warn(subject, fmt.Sprintf("recipe %s is not used: %s of the site is missing", report.Recipe, strings.Join(report.Missing, ", ")), lacking(report.Missing))
		case report.Unused:
		case report.Weaker && (report.Instead == "" || missing[report.Instead]):
			r.warn(subject, fmt.Sprintf("recipe %s proves less than the site itself asks for", report.Recipe), "give what the other recipe needs: CHATPASS_SITE_ROOT or CHATPASS_SESSION_SECRETS")
			used = append(used, report.Recipe)
		default:
			used = append(used, report.Recipe)
		}
	}
	for _, fault := range faults {
		remedy := "chatpass grants prints the rights that are needed"
		if errors.Is(fault, session.ErrFolder) {
			remedy = "run Chatpass as the account that runs the site, or set CHATPASS_SESSION_FILES"
		}
		r.warn(subject, fault.Error(), "without it these sessions are answered with 503; "+remedy)
	}
	if len(used) > 0 {
		r.ok(subject, "visitors are known by the site's own sessions: %s", strings.Join(used, ", "))
	}
}
