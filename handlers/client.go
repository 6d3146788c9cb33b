package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// clients finds out whom a request comes from, trusting forwarded headers only from the proxies the owner named.
// gin's own function is not used: it trusts every peer on a unix socket (DESIGN fact 10).
type clients struct {
	trusted []netip.Prefix
	log     *slog.Logger
	warn    sync.Once
}

// client is whom a request comes from.
type client struct {
	address string // IP address, or "unix"
	// shared says that the peer is the site's own proxy, which we were not told to trust: behind it are all visitors, so
	// that no limit by address can apply.
	shared bool
}

func newClients(trusted []netip.Prefix, log *slog.Logger) *clients {
	return &clients{trusted: trusted, log: log}
}

const forwardedFor = "X-Forwarded-For"

// Peers tells resolvers about the peer of a request, by the rules of the handlers.
type Peers struct{ c *clients }

// NewPeers returns the rules for these trusted proxies; none may be given.
func NewPeers(trusted []netip.Prefix) Peers {
	return Peers{newClients(trusted, slog.New(slog.DiscardHandler))}
}

// Trusted reports whether the other end of the connection is one of the proxies. One behind a unix socket has no address to know it by.
func (p Peers) Trusted(r *http.Request) bool {
	_, ip := peerOf(r)
	return p.c.trusts(ip)
}

// Address returns the visitor's IP address; "" when the peer is a proxy of the site that is not among the trusted, which hides it.
func (p Peers) Address(r *http.Request) string {
	if from := p.c.of(r); !from.shared {
		return from.address
	}
	return ""
}

// of returns whom r comes from. From a trusted proxy that is the right-most address in X-Forwarded-For that is not itself a
// trusted proxy; anything unreadable there ends the search at the peer.
func (c *clients) of(r *http.Request) client {
	peer, ip := peerOf(r)
	local := !ip.IsValid() || ip.IsLoopback()
	if !c.trusts(ip) {
		// Behind a unix socket is always a server of the site, and its peer has no address to count by.
		shared := !ip.IsValid() || local && forwarded(r)
		if shared {
			c.warn.Do(func() {
				c.log.Warn("a proxy on this machine forwards visitors but is not trusted: no limits by address; set CHATPASS_TRUSTED_PROXIES", "peer", peer)
			})
		}
		return client{peer, shared}
	}
	for hops := strings.Join(r.Header.Values(forwardedFor), ","); ; {
		comma := strings.LastIndexByte(hops, ',')
		hop, err := parseHop(strings.TrimSpace(hops[comma+1:]))
		if err != nil {
			return client{peer, false}
		}
		if hop = hop.Unmap().WithZone(""); !c.trusts(hop) || comma < 0 {
			return client{hop.String(), false}
		}
		hops = hops[:comma]
	}
}

// parseHop reads an address as proxies write it, some with a port.
func parseHop(text string) (netip.Addr, error) {
	if hop, err := netip.ParseAddrPort(text); err == nil {
		return hop.Addr(), nil
	}
	return netip.ParseAddr(text)
}

func (c *clients) trusts(ip netip.Addr) bool {
	if !ip.IsValid() {
		return false
	}
	for _, prefix := range c.trusted {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// peerOf is the other end of the connection; a unix socket has no address.
func peerOf(r *http.Request) (string, netip.Addr) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unix", netip.Addr{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	return ip.String(), ip
}

// forwarded reports whether a proxy passed the request on.
func forwarded(r *http.Request) bool {
	for _, name := range [...]string{forwardedFor, "Forwarded", "X-Real-Ip", "X-Forwarded-Proto", "X-Forwarded-Host", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}
