package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/pagecheck"
)

func TestPageAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com":            "https://example.com/",
		"http://example.com/a?b=c#d":     "http://example.com/a?b=c",
		"https://[::1]:8443/":            "https://[::1]:8443/",
		"example.com":                    "",
		"//example.com/":                 "",
		"javascript:alert(1)":            "",
		"https://":                       "",
		"https://user@example.com/":      "",
		"https://u:password@example.com": "",
		"":                               "",
	} {
		got, err := pageAddress(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want || err != nil && strings.Contains(err.Error(), "password@") {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestAddressesAreShownWithoutWhatIsPrivate(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com/a/b?token=1":                        "https://example.com/a/b",
		"https://u:p@example.com/a":                              "https://example.com/a",
		"https://example.com/a;jsessionid=1A2B/c":                "https://example.com/a",
		"https://example.com/reset/" + strings.Repeat("k3y", 14): "https://example.com/reset/…",
		"https://example.com/x/eyJhbGciOiJIUzI1NiJ9.e30.c2ln/y":  "https://example.com/x/…/y",
		"https://example.com/" + strings.Repeat("a/", 40):        "https://example.com/" + strings.Repeat("a/", 22) + "…",
		"https://example.com/%1b[31m":                            "https://example.com/%1b[31m",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(u); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

func TestCookiesLeaveInClearTextOnlyForASiteThatIsNamedSo(t *testing.T) {
	address := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, tt := range []struct {
		name, page, site, to string
		want                 bool
	}{
		{"this machine", "http://127.0.0.1:8080/", "https://www.example.com", "", true},
		{"a site of plain http", "http://www.example.com/", "http://www.example.com", "", true},
		{"a site of plain http on another port", "http://www.example.com:8080/", "http://WWW.example.com", "", true},
		{"a site of https", "http://www.example.com/", "https://www.example.com", "", false},
		{"nobody's", "http://www.example.com/", "", "", false},
		{"a redirect within plain http", "http://127.0.0.1/", "http://www.example.com", "http://www.example.com/", true},
		{"a redirect to plain http at a site of https", "http://127.0.0.1/", "https://www.example.com", "http://www.example.com/", false},
		{"a redirect to a site of https", "http://127.0.0.1/", "https://www.example.com", "https://www.example.com/", true},
		{"a redirect to https at a site of plain http", "http://127.0.0.1/", "http://www.example.com", "https://www.example.com/", true},
		{"a redirect to www", "https://example.com/", "", "https://www.example.com/", true},
		{"a redirect to somebody else", "https://example.com/", "https://example.com", "https://example.com.evil.example/", false},
		{"a redirect to this machine", "https://example.com/", "http://127.0.0.1", "http://127.0.0.1/", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pageCheck{site: &site{cfg: &config.Config{}}, at: address(tt.page)}
			if tt.site != "" {
				p.site.cfg.SiteURL = []config.SiteURL{{Origin: strings.ToLower(tt.site)}}
			}
			if got := tt.to == "" && p.clearText(p.at) || tt.to != "" && p.own(address(tt.to)); got != tt.want {
				t.Errorf("cookies leave: %t", got)
			}
		})
	}
}

func TestPagesThatCannotBeFetchedHaveARemedy(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a certificate for another name", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a.example"}, "a certificate for this name"},
		{"one that has ended", x509.CertificateInvalidError{Reason: x509.Expired}, "renew"},
		{"one of nobody", x509.UnknownAuthorityError{}, "whole chain"},
		{"one for another use", x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}, "that browsers accept"},
		{"no TLS", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "http://"},
		{"a version that is too old", errors.New("remote error: tls: protocol version not supported"), "TLS version"},
		{"a name that is not known", &net.DNSError{Err: "no such host", Name: "a.example"}, "DNS record"},
		{"a page that hangs", context.DeadlineExceeded, "more than 10s"},
		{"a circle", pagecheck.ErrRedirects, "redirects lead"},
		{"nobody who listens", &net.OpError{Op: "dial", Err: errors.New("connection refused")}, "start the site's web server"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := unfetched(fmt.Errorf("fetching: %w", tt.err)); !strings.Contains(got, tt.want) {
				t.Errorf("remedy %q lacks %q", got, tt.want)
			}
		})
	}
}
