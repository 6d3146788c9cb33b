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
