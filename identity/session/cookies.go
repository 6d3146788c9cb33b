package session

// ReadsCookie reports whether a recipe that is followed with these settings takes its session from a cookie of this name.
func (r *Resolver) ReadsCookie(name string) bool {
	for i, c := range r.recipes {
		if !r.reports[i].Unused && c.cookie.Match(name, c.read) {
			return true
		}
	}
	return false
}

// CookieNames returns a name for each recipe that is followed with these settings, such as a site would give its cookie; suffix stands in for what the site fills
// in itself. A name that cannot be told is left out, and none stands twice.
func (r *Resolver) CookieNames(suffix string) []string {
	var names []string
	seen := map[string]bool{"": true}
	for i, c := range r.recipes {
		if name := c.cookie.Sample(suffix); !r.reports[i].Unused && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
