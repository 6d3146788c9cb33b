package pagecheck

// SetCookies is setCookies.
var SetCookies = setCookies
