package mesibo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/chatpass/chatpass/provider"
)

// Limits of a call to a gateway.
const (
	hookConnect = 5 * time.Second
	hookTime    = 9 * time.Second // of one try, so that two fit in sendTime
	hookAnswer  = 64 << 10        // bytes that are read, so that the connection can be used again
	hookPause   = time.Second     // before the second try
)

// defaultTemplate is the body without OTP_TEMPLATE (CONTRACT §6).
const defaultTemplate = `{"to":"{to}","text":"{text}","code":"{code}"}`

// webhook sends a message as an HTTP request.
type webhook struct {
	url           string // without credentials
	authorization string // header; empty for none
	template      string
	form          bool // the template is a urlencoded form, else JSON
	http          *http.Client
}

// newWebhook returns a courier to an address. A user name and password in it go as Basic authorization, a user name alone as a Bearer token; neither stays in the address.
func newWebhook(address, template string) (*webhook, error) {
	if problem := webhookProblem(address); problem != "" {
		return nil, errDelivery
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errDelivery
	}
	h := &webhook{template: template, form: isForm(template)}
	if template == "" {
		h.template = defaultTemplate
	}
	if u.User != nil {
		if password, both := u.User.Password(); both {
			r := http.Request{Header: http.Header{}}
			r.SetBasicAuth(u.User.Username(), password)
			h.authorization = r.Header.Get("Authorization")
		} else {
			h.authorization = "Bearer " + u.User.Username()
		}
	}
	u.User = nil
	h.url = u.String()
	h.http = &http.Client{
		Timeout: hookTime,
		// The credential must not follow a redirect, and a gateway has none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			DialContext:     (&net.Dialer{Timeout: hookConnect}).DialContext,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: hookConnect, ForceAttemptHTTP2: true,
			MaxResponseHeaderBytes: hookAnswer, MaxIdleConnsPerHost: sendWorkers, MaxConnsPerHost: 2 * sendWorkers, IdleConnTimeout: 90 * time.Second,
		},
	}
	return h, nil
}

// webhookProblem tells what is wrong with the address of a gateway: codes go there, so it must be https but on this machine.
func webhookProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Fragment != "":
		return "has no address of the form https://host/path behind webhook:"
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && onLoopback(u.Hostname()):
		return ""
	case u.Scheme == "http":
		return "is plain http, by which codes would go in clear text"
	default:
		return "is not an https address"
	}
}

// onLoopback reports whether a host is this machine.
func onLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// isForm reports whether a template is a urlencoded form.
func isForm(template string) bool {
	text := strings.TrimSpace(template)
	return text != "" && text[0] != '{' && text[0] != '['
}

// maxTemplate bounds a template, in bytes.
const maxTemplate = 8 << 10

// zeroCode is a code that is good within quotes alone, as one code in ten is: JSON has no numbers that begin with 0.
const zeroCode = "012345"

// templateProblem tells what is wrong with a template.
func templateProblem(template string) string {
	switch {
	case template == "":
		return ""
	case len(template) > maxTemplate:
		return "is too long"
	case !strings.Contains(template, "{to}"):
		return "does not hold {to}, the phone"
	case !strings.Contains(template, "{text}") && !strings.Contains(template, "{code}"):
		return "holds neither {text} nor {code}"
	case isForm(template):
		if strings.ContainsAny(template, " \t\r\n") || !strings.Contains(template, "=") {
			return "is neither JSON nor a form"
		}
	case !json.Valid([]byte(filled(template, message{phone: "18005551234", code: zeroCode}, escapeJSON))):
		return "is no JSON when it is filled in; codes may begin with 0, so put {code} into quotes"
	}
	return ""
}

// filled is a template with its placeholders replaced: {to} the phone's digits, {text} the whole message, {code}, {name} the user's name, {site}.
func filled(template string, m message, escape func(string) string) string {
	return strings.NewReplacer(
		"{to}", escape(m.phone), "{text}", escape(m.text()), "{code}", escape(m.code), "{name}", escape(m.name), "{site}", escape(m.site),
	).Replace(template)
}

// escapeJSON is a text as it stands within the quotes of JSON.
func escapeJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}

// send makes the request, and once more if the gateway could not be reached or failed: at worst two messages with one code come.
func (h *webhook) send(ctx context.Context, m message) error {
	body, kind := filled(h.template, m, escapeJSON), "application/json"
	if h.form {
		body, kind = filled(strings.TrimSpace(h.template), m, url.QueryEscape), "application/x-www-form-urlencoded"
	}
	again, err := h.try(ctx, body, kind)
	if !again || err == nil {
		return err
	}
	if provider.Sleep(ctx, hookPause) != nil {
		return err
	}
	_, err = h.try(ctx, body, kind)
	return err
}

// try makes the request; again says that it may go well another time.
func (h *webhook) try(ctx context.Context, body, kind string) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader([]byte(body)))
	if err != nil {
		return false, &outage{errors.New("the gateway has no address")}
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "chatpass")
	if h.authorization != "" {
		r.Header.Set("Authorization", h.authorization)
	}
	answer, err := h.http.Do(r)
	if err != nil {
		return true, &outage{errors.New(reason(err))}
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, hookAnswer) // nothing in it is looked at
	err = fmt.Errorf("the gateway answered %d", answer.StatusCode)
	switch code := answer.StatusCode; {
	case code >= 200 && code <= 299:
		return false, nil
	case code >= http.StatusInternalServerError:
		return true, &outage{err}
	case code == http.StatusBadRequest, code == http.StatusNotFound, code == http.StatusUnprocessableEntity:
		return false, err // perhaps this phone's own
	default:
		return false, &outage{err}
	}
}

// reason tells why there is no answer, without the address: there may be a key in it.
func reason(err error) string {
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &certificate):
		return "the TLS certificate of the gateway cannot be verified"
	case errors.As(err, &network) && network.Timeout():
		return "the gateway gave no answer in time"
	default:
		return "the connection to the gateway failed"
	}
}
