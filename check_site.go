package main

import (
	"strings"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/preset"
)

// platform tells what the site is taken for and where that comes from.
func (r *report) platform(cfg *config.Config) {
	var told []string
	file, known := known(cfg)
	if known {
		told = append(told, file.Title+" (preset "+file.Name+")")
	} else {
		told = append(told, "a mapping of your own")
	}
	switch prefix := cfg.Mapping.Prefix(); {
	case prefix != "":
		told = append(told, "tables begin with "+prefix)
	case known:
		told = append(told, "tables without a prefix")
	}
	if cfg.SiteFile != "" {
		told = append(told, "settings read from "+cfg.SiteFile)
	}
	r.ok("platform", "%s", strings.Join(told, ", "))
}

// known is the preset of the settings; false for a mapping of the owner's.
func known(cfg *config.Config) (*preset.File, bool) {
	file, faults := preset.Open(cfg.Preset)
	return file, file != nil && len(faults) == 0
}

// site tells what to paste into the provider's form.
func (r *report) site(s *site) {
	if len(s.cfg.SiteURL) == 0 {
		r.warn("CHATPASS_SITE_URL", "is not set: relative pictures stay relative, and any host name counts as the site", "set it to the site's public address, such as https://example.com")
		return
	}
	if s.info != nil {
		r.ok("provider", "Users info URL for the provider's form: %s%s/users?user_ids=", s.cfg.SiteURL[0].Origin, s.cfg.BasePath)
	}
}

// proxies warns that visitors who come through the site's web server cannot be told apart.
func (r *report) proxies(s *site) {
	if len(s.cfg.TrustedProxies) > 0 || s.cfg.Listen.Network != "tcp" {
		return // through a socket there is no address to count by
	}
	text := "is not set: behind a proxy that sends no X-Forwarded-For all visitors count as one"
	if s.info != nil {
		text += ", and anybody's wrong passwords block the provider for a minute"
	} else {
		text += ", and share what one address may ask for"
	}
	r.warn("CHATPASS_TRUSTED_PROXIES", text,
		"set it to the address the site's web server comes from, such as 127.0.0.1, and let the server send X-Forwarded-For")
}
