package userinfo

// LooksSecret tells by its name that a column holds what must never be shown, so that nothing proposes what a mapping would refuse.
func LooksSecret(column string) bool { return looksSecret(column) }
