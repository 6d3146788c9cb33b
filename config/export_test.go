package config

// KnownDigest reports whether a digest is one of the published secrets.
func KnownDigest(hex string) bool { return known[hex] != "" }
