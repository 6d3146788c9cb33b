package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// reads is every column that look-ups and the site's sessions read, by table. The faults are sessions that can not be read so.
func (s *site) reads(ctx context.Context, facts userinfo.Facts) (reads map[string][]string, lacks []*session.Lack, err error) {
	if !slices.Contains(s.cfg.Identity, "session") {
		return facts.Reads, nil, nil
	}
	r, err := s.sessions()
	if err != nil {
		return nil, nil, err
	}
	more, lacks, err := r.Reads(ctx)
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
	return reads, lacks, nil
}

// named adds what sessions would read of tables that the present account cannot see, as far as names tell.
func named(reads map[string][]string, lacks []*session.Lack) map[string][]string {
	all := maps.Clone(reads)
	for _, lack := range lacks {
		if lack.Table == "" {
			continue
		}
		columns := slices.Clone(all[lack.Table])
		for _, c := range lack.Columns {
			if !slices.ContainsFunc(columns, func(known string) bool { return strings.EqualFold(known, c) }) {
				columns = append(columns, c)
			}
		}
		all[lack.Table] = columns
	}
	return all
}

// ownSessions reports whether the owner described the sessions by variables, and did not take those of a preset.
func (s *site) ownSessions() bool {
	return len(s.cfg.Sessions) == 1 && s.cfg.Sessions[0].Place.Var == "SESSION_COOKIE"
}

// unreadable are the lacks that matter: without those of a further recipe of a preset whose folder is not there, while another finds what it needs. whole says that
// nothing is left by which a visitor could be known.
func (s *site) unreadable(reports []session.Report, lacks []*session.Lack) (matter []*session.Lack, whole bool) {
	whole = !slices.ContainsFunc(reports, func(r session.Report) bool {
		return !r.Unused && !slices.ContainsFunc(lacks, func(l *session.Lack) bool { return l.Recipe == r.Recipe })
	})
	for _, lack := range lacks {
		if whole || !errors.Is(lack, session.ErrFolder) || !errors.Is(lack, fs.ErrNotExist) {
			matter = append(matter, lack)
		}
	}
	return matter, whole
}

// lackRemedy is what to do about what a recipe lacks.
func lackRemedy(lack *session.Lack) string {
	switch {
	case errors.Is(lack, session.ErrFolder):
		return "run Chatpass as the account that runs the site, or set CHATPASS_SESSION_FILES"
	case lack.Setting != "":
		return "correct " + setting.Prefix + lack.Setting + ", or give the account the right: chatpass grants prints the SQL"
	default:
		return "give the account the right: chatpass grants prints the SQL"
	}
}

// lackSubject is the variable that a finding is about.
func lackSubject(lack *session.Lack) string {
	if lack.Setting == "" {
		return "sessions"
	}
	return setting.Prefix + lack.Setting
}

// tellUnreadable tells at the start which sessions cannot be read: their visitors are answered 503.
func (s *site) tellUnreadable(ctx context.Context, log *slog.Logger) {
	if !slices.Contains(s.cfg.Identity, "session") {
		return
	}
	resolver, err := s.sessions()
	if err != nil || !resolver.Active() {
		return // told already
	}
	_, lacks, err := resolver.Reads(ctx)
	if err != nil {
		return // the database is down, which is told
	}
	matter, _ := s.unreadable(resolver.Reports(), lacks)
	for _, lack := range matter {
		log.Warn("sessions of the site cannot be read; their visitors are answered 503", "recipe", lack.Recipe, "variable", lackVariable(lack),
			"problem", lack.Err.Error(), "remedy", lackRemedy(lack))
	}
}

func lackVariable(lack *session.Lack) string {
	if lack.Setting == "" {
		return ""
	}
	return setting.Prefix + lack.Setting
}

// shortSecret is the length below which a secret may be guessed: 16 characters of hexadecimal digits are 64 bits.
const shortSecret = 16

// newest tells what the newest sessions of a table of one's own look like: how their ends are read, and whether their secrets could be guessed.
func (r *report) newest(ctx context.Context, s *site, resolver *session.Resolver) {
	survey, err := resolver.Survey(ctx)
	switch {
	case err != nil:
		r.warn("sessions", "the newest sessions cannot be looked at: "+err.Error(), s.remedy(err))
		return
	case survey == nil:
		return
	case survey.Sessions == 0:
		r.ok("sessions", "the table of sessions is empty: sign in and check again to see whether ends are read as they are meant")
		return
	}
	if survey.Shortest < shortSecret {
		r.warn("CHATPASS_SESSION_KEY", fmt.Sprintf("names a column in which a secret has %d characters: whoever guesses one is that user", survey.Shortest),
			"name the column of a long random token, or let the site make longer ones")
	}
	if survey.NoIDs > 0 {
		r.warn("CHATPASS_SESSION_USER", fmt.Sprintf("leads to no id in %d of the newest %d sessions: %s; their visitors are guests", survey.NoIDs, survey.Sessions, survey.Found),
			"name the column of the user's id, or the way to it: whole numbers and texts are ids")
	}
	r.ends(s, survey)
}

// ahead is how far in the future an activity may seem to be: clocks differ a little, zones by more.
const ahead = 5 * time.Minute

// longLife is the longest life of a session that is nothing to wonder about.
const longLife = 400 * 24 * time.Hour

func (r *report) ends(s *site, survey *session.Survey) {
	const zone = "CHATPASS_USERS_TIMEZONE"
	now := time.Now()
	as := ""
	if survey.Zoneless {
		as = ", read as " + s.cfg.Mapping.Zone().String()
	}
	remedy := "set " + zone + " to the zone in which the site writes its times, such as Europe/Berlin: PHP's date() writes in the zone of its date.timezone"
	switch {
	case survey.Zoneless && survey.Active.After(now.Add(ahead)):
		r.warn(zone, fmt.Sprintf("the last activity of the newest session is %s from now%s", span(survey.Active.Sub(now)), as), remedy)
	case survey.Newest.IsZero():
	case survey.Living == 0 && survey.Zoneless:
		r.warn(zone, fmt.Sprintf("every session has ended: newest end: %s ago%s", span(now.Sub(survey.Newest)), as), "if anybody is signed in now, "+remedy)
	case survey.Newest.Sub(now) > longLife:
		r.warn("CHATPASS_SESSION_EXPIRES", fmt.Sprintf("newest end: in %s%s, which is long", span(survey.Newest.Sub(now)), as), "see whether the column and its form are right: unix, unix_ms …")
	case survey.Living == 0:
		r.ok("sessions", "newest end: %s ago%s: nobody is signed in", span(now.Sub(survey.Newest)), as)
	case survey.Zoneless:
		r.ok("sessions", "newest end: in %s%s; if sessions of the site do not live that long, set %s", span(survey.Newest.Sub(now)), as, zone)
	default:
		r.ok("sessions", "newest end: in %s", span(survey.Newest.Sub(now)))
	}
}

// span is a length of time for a person: minutes up to two hours, then hours, then days.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// sessions tells whether the site's own sessions can be read, and how surely.
func (r *report) sessions(ctx context.Context, s *site, lacks []*session.Lack) {
	const subject = "sessions"
	if !slices.Contains(s.cfg.Identity, "session") {
		return
	}
	resolver, err := s.sessions()
	if err != nil {
		r.fail(subject, err.Error(), "correct the recipe")
		return
	}
	reports := resolver.Reports()
	matter, whole := s.unreadable(reports, lacks)
	bad := r.warn
	if whole && (resolver.Active() || s.ownSessions() || len(s.cfg.Identity) == 1) {
		bad = r.fail
	}
	var used []string
	missing := map[string]bool{}
	for _, report := range reports {
		switch {
		case len(report.Missing) > 0:
			missing[report.Recipe] = true
			if offered(report) && resolver.Active() {
				continue
			}
			bad(subject, fmt.Sprintf("recipe %s is not used: %s of the site is missing", report.Recipe, strings.Join(report.Missing, ", ")), lacking(report.Missing))
		case report.Unused, slices.ContainsFunc(lacks, func(l *session.Lack) bool { return l.Recipe == report.Recipe }):
		case report.Weaker && (report.Instead == "" || missing[report.Instead]):
			r.warn(subject, fmt.Sprintf("recipe %s proves less than the site itself asks for", report.Recipe), "give what the other recipe needs: CHATPASS_SITE_ROOT or CHATPASS_SESSION_SECRETS")
			used = append(used, report.Recipe)
		case report.Weaker:
			r.warn(subject, fmt.Sprintf("recipe %s, which proves less than the site itself asks for, is followed where recipe %s does not apply", report.Recipe, report.Instead),
				"give what the first recipe needs: CHATPASS_SITE_ROOT or CHATPASS_SESSION_SECRETS")
			used = append(used, report.Recipe)
		default:
			used = append(used, report.Recipe)
		}
	}
	for _, lack := range matter {
		bad(lackSubject(lack), lack.Error(), "without it these sessions are answered with 503; "+lackRemedy(lack))
	}
	if len(used) > 0 {
		r.ok(subject, "visitors are known by the site's own sessions: %s", strings.Join(used, ", "))
		r.newest(ctx, s, resolver)
	}
}
