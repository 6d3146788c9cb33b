package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/userinfo"
)

// folder looks whether the cookies of the site's sessions reach Chatpass: those of a site in a folder go to that folder only. alive says that the database can be asked.
func (r *report) folder(ctx context.Context, s *site, alive bool) {
	if !s.byCookies() {
		return
	}
	if host := s.outsideDomain(); host != "" {
		r.domain(s.cfg, host)
	}
	paths, whence, sure := s.cookiePaths(ctx, alive)
	if len(paths) == 0 {
		return
	}
	base := s.cfg.BasePath + "/"
	for _, path := range paths {
		if strings.HasPrefix(base, strings.TrimRight(path, "/")+"/") {
			return
		}
	}
	mount := strings.TrimRight(paths[0], "/") + "/chat"
	remedy := fmt.Sprintf("set CHATPASS_BASE_PATH=%s, let the web server hand %[1]s/ on in place of %s, and print what stands in the page again (chatpass snippet)", shownPath(mount), base)
	text := fmt.Sprintf("the site's cookies are for %s only, as %s has it", strings.Join(shownPaths(paths), " and "), whence)
	if sure {
		r.fail("cookies", text+": browsers send none of them to CHATPASS_BASE_PATH "+s.cfg.BasePath+", so that every member is a guest", remedy)
		return
	}
	r.warn("cookies", fmt.Sprintf("the site lives at %s, as %s has it, and CHATPASS_BASE_PATH is %s: cookies that the site sets for its folder only do not reach it",
		strings.Join(shownPaths(paths), " and "), whence, s.cfg.BasePath), "if members are taken for guests, "+remedy)
}

func shownPaths(paths []string) []string {
	shown := make([]string, len(paths))
	for i, path := range paths {
		shown[i] = shownPath(path)
	}
	return shown
}

// byCookies reports whether visitors are known by cookies of the site.
func (s *site) byCookies() bool {
	if slices.Contains(s.cfg.Identity, "whoami") {
		return true
	}
	if !slices.Contains(s.cfg.Identity, "session") {
		return false
	}
	sessions, err := s.sessions()
	return err == nil && sessions != nil && sessions.Active()
}

// cookiePaths are the folders that the site's cookies are for, and what tells them; sure says that there are no others. None: nothing is known.
func (s *site) cookiePaths(ctx context.Context, alive bool) (paths []string, whence string, sure bool) {
	if file := s.cfg.Platform; file != nil && file.Site != nil && file.Site.Cookies != nil {
		var told []string
		sure = s.cfg.SiteCookies != nil
		for i, p := range file.Site.Cookies.Paths {
			path, by := "", ""
			if sure {
				if path = s.cfg.SiteCookies.Paths[i].Path; path != "" {
					by = filepath.Base(s.cfg.SiteFile)
				}
			}
			if path == "" && alive {
				path, by = s.rowPath(ctx, p.Row)
			}
			if path == "" {
				sure = false
				continue
			}
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
			if !slices.Contains(told, by) {
				told = append(told, by)
			}
		}
		if len(paths) == len(file.Site.Cookies.Paths) || len(paths) > 0 && sure {
			return paths, strings.Join(told, " and "), sure
		}
	}
	for _, address := range s.cfg.SiteURL {
		if path := pathOf(address.Base); path != "" {
			paths = append(paths, path)
		}
	}
	return slices.Compact(paths), "CHATPASS_SITE_URL", false
}

// rowPath is the path of the address in a row of the platform's own settings, and the name of that row; empty where it cannot be read.
func (s *site) rowPath(ctx context.Context, name string) (path, by string) {
	file := s.cfg.Platform
	if file.Detect == nil {
		return "", ""
	}
	row, ok := file.Detect.Settings[name]
	if !ok {
		return "", ""
	}
	table := strings.ReplaceAll(row.Table, "{p}", s.cfg.Mapping.Vars()["p"])
	lookup, err := s.db.ByKey(userinfo.Select{Table: table, Columns: []string{row.Key, row.Value}, Limit: 1}, row.Key)
	if err != nil {
		return "", ""
	}
	rows, err := lookup.Rows(ctx, row.Name)
	if err != nil || rows.Len() == 0 {
		return "", "" // such as an account that may not read it
	}
	return pathOf(string(rows.Row(0)[1])), row.Name + " in the table " + table
}

// pathOf is the path of an address with slashes at both ends; empty for what is no address.
func pathOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/") + "/"
}

// outsideDomain is a name of the site that its cookies' domain leaves out; empty for none.
func (s *site) outsideDomain() string {
	if s.cfg.SiteCookies == nil {
		return ""
	}
	for _, address := range s.cfg.SiteURL {
		if u, err := url.Parse(address.Origin); err == nil && !within(u.Hostname(), s.cfg.SiteCookies.Domain) {
			return u.Hostname()
		}
	}
	return ""
}

// within reports whether browsers take a cookie for a domain from a host; an empty domain is the host's own.
func within(host, domain string) bool {
	host = strings.ToLower(host)
	return domain == "" || host == domain || strings.HasSuffix(host, "."+domain)
}

// domain tells of a host on which browsers drop the site's cookies.
func (r *report) domain(cfg *config.Config, host string) {
	r.fail("cookies", fmt.Sprintf("%s sets the site's cookies for the domain %s: browsers that see the site as %s drop them, so that nobody is signed in there",
		filepath.Base(cfg.SiteFile), shownPath(cfg.SiteCookies.Domain), shownPath(host)),
		"take it out of "+filepath.Base(cfg.SiteFile)+", or lead "+shownPath(host)+" over to that domain and name only that in CHATPASS_SITE_URL")
}
