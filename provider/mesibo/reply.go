package mesibo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// noop is the answer to a question that names no operation: exactly these keys, in both generations (Mesibo A5).
const noop = `{"code":"NOOP","result":"FAIL"}`

// codeFailed is the error of an answer when it is our fault, or the database's. No client takes it for the end of its session.
const codeFailed = "UNAVAILABLE"

// retryFailed is when a client may ask again after a failure of ours.
const retryFailed = 2 * time.Second

// reply writes the answer to an operation, which is FAIL with an err. The status is 200 whatever came of it: the stock clients look no further with another.
func (p *Provider) reply(w http.ResponseWriter, q *question, a *answer, err error) error {
	var no *refusal
	if err != nil {
		no = p.refusal(q, err)
		a = &answer{noTS: no.noTS}
		a.put("error", no.code)
		if no.text != "" {
			a.put("errmsg", no.text)
		}
		if no.wait > 0 {
			w.Header().Set("Retry-After", strconv.FormatInt(int64((no.wait+time.Second-1)/time.Second), 10))
		}
	}
	text, err := a.json(q, no == nil)
	if err != nil {
		return err
	}
	send(w, text)
	return nil
}

// refusal is the refusal that an error is answered with. What is our fault is logged; a client that has gone is nobody's.
func (p *Provider) refusal(q *question, err error) *refusal {
	no := &refusal{}
	if !errors.As(err, &no) {
		no = &refusal{code: codeFailed, text: "That did not work just now. Please try again in a moment.", wait: retryFailed, cause: err}
	}
	if no.cause != nil && !errors.Is(no.cause, context.Canceled) {
		p.log.Warn("a messenger's question failed", "op", q.known, "code", no.code, "error", no.cause.Error())
	}
	return no
}

// json is the answer as clients get it: op, ts, what belongs to the operation, result (Mesibo A3).
func (a *answer) json(q *question, ok bool) ([]byte, error) {
	pairs := make([]pair, 0, len(a.pairs)+3)
	if q.op != "" {
		pairs = append(pairs, pair{"op", q.op})
	}
	if !a.noTS {
		pairs = append(pairs, pair{"ts", q.now.Unix()})
	}
	result := "FAIL"
	if ok {
		result = "OK"
	}
	for _, one := range append(slices.Clip(a.pairs), pair{"result", result}) {
		// What an operation says once more, as the ts of a group, stands where it stood, as in the reference.
		if i := slices.IndexFunc(pairs, func(had pair) bool { return had.key == one.key }); i >= 0 {
			pairs[i] = one
			continue
		}
		pairs = append(pairs, one)
	}
	text := []byte{'{'}
	for i, one := range pairs {
		value, err := json.Marshal(one.value)
		if err != nil {
			return nil, fmt.Errorf("mesibo: writing %s of an answer: %w", one.key, err)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(strconv.AppendQuote(text, one.key), ':') // keys are plain words of ours
		text = append(text, value...)
	}
	return append(text, '}'), nil
}

// send writes an answer.
func send(w http.ResponseWriter, text []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store, private")
	}
	_, _ = w.Write(text) // a client that has gone is nobody's fault
}
