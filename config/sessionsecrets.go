package config

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/sitefile"
)

// secretName is what a secret of a site may be called; a recipe names it.
var secretName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// sessionSecrets are the secrets of the site's own sessions: those of its configuration file, and over them those that are set.
func (l *loader) sessionSecrets(recipes []session.Recipe) map[string]secret.Secret {
	const name = "SESSION_SECRETS"
	secrets := map[string]secret.Secret{}
	if l.found != nil {
		for key, value := range l.found.Secrets {
			secrets[key] = secret.New(value)
		}
	}
	text := l.raw.SessionSecrets.Reveal()
	known := l.knownSecrets(recipes)
	set := map[string]bool{}
	for i, piece := range splitSecrets(text) {
		key, value, ok := strings.Cut(piece, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), unquoteSecret(strings.TrimSpace(value))
		switch {
		case strings.TrimSpace(piece) == "":
		case !ok || !secretName.MatchString(key) || value == "":
			l.fault(name, "has something other than name=value in its "+ordinal(i+1)+" part", "write name=value;name=value, with a value that holds a semicolon in quotes; the names are "+strings.Join(known, ", "))
			return secrets
		case len(known) > 0 && !slices.Contains(known, key):
			l.fault(name, "names a secret in its "+ordinal(i+1)+" part that the platform does not have", "the names are "+strings.Join(known, ", "))
			return secrets
		case strings.EqualFold(value, sitefile.WordPressPhrase):
			l.fault(name, "has in its "+ordinal(i+1)+" part what stands in wp-config.php before it is filled in, which is no secret", "leave out both: WordPress takes keys of its database then, and so does Chatpass")
			return secrets
		default:
			if l.found != nil && l.found.Secrets[key] != "" && l.found.Secrets[key] != value {
				l.warn(name, "has another "+key+" than "+filepath.Base(l.found.File)+" of the site: the setting counts, and no session that the site made with its own is taken",
					"remove it from "+setting.Prefix+name+", unless the site gets it from elsewhere")
			}
			secrets[key], set[key] = secret.New(value), true
		}
	}
	if have, lack := halfGiven(recipes, secrets, set); have != "" {
		l.fault(name, "has "+have+", but not "+lack+", without which it proves nothing", "give both, with a semicolon between: "+have+"=value;"+lack+"=value; or neither")
		return secrets
	}
	if len(secrets) == 0 {
		secrets = nil
	}
	if text != "" && len(recipes) == 0 {
		l.warn(name, "is set, but nothing is known of the sessions of this site", "set "+setting.Prefix+"PRESET, or remove it")
	}
	return secrets
}

// halfGiven finds a secret that was set for a recipe which lacks another, and is of no use to any other recipe: its owner believes that sessions are checked with it.
func halfGiven(recipes []session.Recipe, secrets map[string]secret.Secret, set map[string]bool) (have, lack string) {
	missing := func(r session.Recipe) string {
		for _, n := range r.Needs {
			if secrets[n].IsZero() {
				return n
			}
		}
		return ""
	}
	for _, r := range recipes {
		lack := missing(r)
		if lack == "" {
			continue
		}
		for _, n := range r.Needs {
			used := func(x session.Recipe) bool { return missing(x) == "" && slices.Contains(x.Needs, n) }
			if set[n] && !slices.ContainsFunc(recipes, used) {
				return n, lack
			}
		}
	}
	return "", ""
}

// knownSecrets are the names that the recipes and the configuration file of the platform use, in alphabetical order.
func (l *loader) knownSecrets(recipes []session.Recipe) []string {
	names := map[string]bool{}
	for _, r := range recipes {
		for _, n := range r.Needs {
			names[n] = true
			names[n+"_previous"] = true
		}
		if r.Named != "" {
			names[r.Named] = true
		}
	}
	if l.file != nil && l.file.Site != nil {
		for n := range l.file.Site.Secrets {
			names[n] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// splitSecrets splits at semicolons outside quotes that begin a value.
func splitSecrets(text string) []string {
	var pieces []string
	start, quote := 0, byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote && (i+1 == len(text) || strings.HasPrefix(strings.TrimLeft(text[i+1:], " "), ";") || strings.TrimSpace(text[i+1:]) == "") {
				quote = 0
			}
		case (c == '\'' || c == '"') && strings.HasSuffix(strings.TrimRight(text[start:i], " "), "=") && strings.Count(text[start:i], "=") == 1:
			quote = c
		case c == ';':
			pieces = append(pieces, text[start:i])
			start = i + 1
		}
	}
	return append(pieces, text[start:])
}

func unquoteSecret(value string) string {
	if len(value) >= 2 && (value[0] == '\'' || value[0] == '"') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}

func ordinal(n int) string {
	words := []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if n <= len(words) {
		return words[n-1]
	}
	return "last"
}
