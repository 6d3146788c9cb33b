package provider

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// NewTransport is a connection pool for calls to one provider: connect bounds the way to a connection, answer the wait for an answer's header. TLS is always verified.
func NewTransport(connect, answer time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		DialContext:     (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: connect, ForceAttemptHTTP2: true,
		ResponseHeaderTimeout: answer, MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns: 32, MaxIdleConnsPerHost: 32, MaxConnsPerHost: 128, IdleConnTimeout: 90 * time.Second,
	}
}

// NewHTTPClient is the HTTP client around a transport; timeout bounds a call. Redirects are answers: the APIs have none, and a provider's key must not follow one.
func NewHTTPClient(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Sleep waits for d, or until ctx ends, whose error it returns then.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
