package providertest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"time"
)

// Planted stands in what the pretended server answers when it fails, and must reach no visitor and no log.
const Planted = "planted-in-the-provider's-answer"

// fail writes an error as Sendbird does.
func fail(w http.ResponseWriter, status, code int) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":true,"code":%d,"message":%q}`, code, Planted)
}

// Fail answers with an error of the API.
func Fail(status, code int) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		fail(w, status, code)
		return true
	}
}

// Status answers with a status and a page of HTML, as a proxy does.
func Status(status int) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>"+Planted+"</html>")
		return true
	}
}

// Limited answers that there were too many requests, and how many seconds to wait in a header: X-RateLimit-RetryAfter or Retry-After.
func Limited(header string, seconds int) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set(header, strconv.Itoa(seconds))
		fail(w, http.StatusTooManyRequests, 500910)
		return true
	}
}

// Truncated answers with the first half of an object.
func Truncated(w http.ResponseWriter, _ *http.Request) bool {
	_, _ = io.WriteString(w, `{"token":"fake-session-token-half","expires_a`)
	return true
}

// Huge answers with 10 MiB.
func Huge(w http.ResponseWriter, _ *http.Request) bool {
	_, _ = io.WriteString(w, `{"token":"`)
	block := bytes.Repeat([]byte("x"), 1<<16)
	for range 160 {
		if _, err := w.Write(block); err != nil {
			return true
		}
	}
	_, _ = io.WriteString(w, `","expires_at":4102444800000}`)
	return true
}

// Redirect answers with another address.
func Redirect(to string) Behaviour {
	return func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		return true
	}
}

// Body answers 200 with a text.
func Body(text string) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, text)
		return true
	}
}

// Reset breaks the connection off without an answer.
func Reset(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }

// Honest lets the pretended server answer.
func Honest(http.ResponseWriter, *http.Request) bool { return false }

// Slow answers as the pretended server does, but later.
func Slow(after time.Duration) Behaviour {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		return false
	}
}

// Lose does what the request asks for and breaks the connection off in place of an answer.
func (p *Peer) Lose(_ http.ResponseWriter, r *http.Request) bool {
	lost := httptest.NewRecorder()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve(lost, r, []byte(p.requests[len(p.requests)-1].Body))
	panic(http.ErrAbortHandler)
}

func unescape(segment string) (string, bool) {
	text, err := url.PathUnescape(segment)
	return text, err == nil && text != ""
}
