package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/preset"
)

// handedOn is by which snippet the web server hands a path on.
const handedOn = "`chatpass snippet nginx` (or apache, caddy, haproxy) prints it"

// snippetKinds are the kinds of snippets that fit the templates of platforms; all others take the loader's line.
var snippetKinds = map[string]string{
	"wordpress": "wordpress", "drupal": "twig", "october": "twig", "october3": "twig", "winter": "twig", "laravel": "blade", "django": "django",
}

// snippetFor is the kind of snippet that puts the chat into the pages of a platform; file may be nil.
func snippetFor(file *preset.File) string {
	if file != nil {
		if kind, ok := snippetKinds[file.Name]; ok {
			return kind
		}
	}
	return "loader"
}

// placed says how the chat gets into the pages of a platform.
func placed(file *preset.File) string {
	kind := snippetFor(file)
	if kind == "wordpress" {
		return "write what `chatpass snippet wordpress` prints into wp-content/mu-plugins/chatpass.php"
	}
	return "paste what `chatpass snippet " + kind + "` prints into the template of all pages, before </body>"
}

// elsewhere reports whether a redirect leads to another path than was asked for: then the site itself answers, while one to another host or
// to https is of the web server. location is where it leads; nil for nowhere.
func elsewhere(asked *url.URL, header http.Header) (location *url.URL, other bool) {
	location, err := asked.Parse(header.Get("Location"))
	if err != nil || header.Get("Location") == "" {
		return nil, true
	}
	return location, location.Path != asked.Path
}

// mountedAt is the path under which a loader is named.
func mountedAt(loader *url.URL) string {
	if path := strings.TrimSuffix(loader.Path, "/loader.js"); path != "" {
		return path
	}
	return "/"
}

// mountOf is the path of the settings, as it is told.
func mountOf(cfg *config.Config) string {
	if cfg.BasePath == "" {
		return "/"
	}
	return cfg.BasePath
}
