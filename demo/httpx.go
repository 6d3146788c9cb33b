package demo

import (
	"net"
	"net/http"
	"net/url"
	"time"
)

// newClient returns a client for calls on loopback and what closes its idle connections. It never goes through a proxy
// and follows no redirect: neither may see the credentials it sends.
func newClient() (*http.Client, func()) {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: time.Second}).DialContext,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       30 * time.Second,
		ResponseHeaderTimeout: 10 * time.Second,
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client, transport.CloseIdleConnections
}

// onlyHost answers only requests for the host of origin, so that a page that points its own name at loopback reads nothing.
// With redirect, a GET for another name of this computer is sent on to the right one.
func onlyHost(origin string, redirect bool, next http.Handler) http.Handler {
	want := ""
	if u, err := url.Parse(origin); err == nil {
		want = u.Host
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == want:
			next.ServeHTTP(w, r)
		case redirect && r.Method == http.MethodGet:
			http.Redirect(w, r, origin+"/", http.StatusFound)
		default:
			http.Error(w, "This address is "+origin+".", http.StatusMisdirectedRequest)
		}
	})
}
