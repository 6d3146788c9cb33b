package mesibo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
)

// Limits of calls (reference A8).
const (
	connectTimeout = 5 * time.Second
	callTimeout    = 15 * time.Second // of a call with its repetitions: who signs in waits for it
	maxAnswer      = 1 << 20          // bytes; a user has a few hundred
	maxRetries     = 2
	firstPause     = 200 * time.Millisecond // the longest before the first repetition, doubled for the next
)

// repeatable are the operations that may be repeated after a failure: their second time changes nothing, or is what counts.
var repeatable = []string{opUserAdd, opUserSet, opUserDel, opUserToken, opGroupSet, opGroupDel, opGroupEdit, opGroupList}

// The operations of the backend API.
const (
	opUserAdd   = "useradd"
	opUserSet   = "userset"
	opUserDel   = "userdel"
	opUserToken = "usertoken"
	opOTP       = "otp"
	opGroupAdd  = "groupadd"
	opGroupSet  = "groupset"
	opGroupDel  = "groupdel"
	opGroupEdit = "groupeditmembers"
	opGroupList = "groupgetmembers"
)

// client calls Mesibo's backend API. The app token goes in the body alone. It is safe for concurrent use.
type client struct {
	base  string
	token secret.Secret
	http  *http.Client
	guard *guard
	count func(code string)
}

// number is a number that Mesibo writes as one or as a string; its digits.
type number string

// UnmarshalJSON takes a number, a string or null.
func (n *number) UnmarshalJSON(text []byte) error {
	var s string
	if text[0] != '"' {
		s = string(text)
	} else if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s == "null" {
		s = ""
	}
	if len(s) > 20 || strings.Trim(s, "0123456789") != "" { // 20 digits hold any 64-bit number
		return errors.New("no number")
	}
	*n = number(s)
	return nil
}

// reply is what Mesibo answers: the parts that are looked at.
type reply struct {
	Result bool   `json:"result"`
	Error  string `json:"error"`
	User   struct {
		UID     number `json:"uid"`
		Address string `json:"address"`
		Token   string `json:"token"`
	} `json:"user"`
	Group struct {
		GID number `json:"gid"`
	} `json:"group"`
	OTP number `json:"otp"`
}

// call makes a call: part is the object of the operation, "user", "group" or "otp" by its name. It is repeated after failures that may pass where that is safe. The error
// is an *apiError, or ctx's.
func (c *client) call(ctx context.Context, op string, part any) (reply, error) {
	return c.do(ctx, op, part, false)
}

// do makes a call; probing says that it carries what somebody typed.
func (c *client) do(ctx context.Context, op string, part any, probing bool) (reply, error) {
	body := map[string]any{"op": op, "token": c.token.Reveal()}
	for _, object := range []string{"user", "group", "otp"} {
		if strings.HasPrefix(op, object) {
			body[object] = part
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return reply{}, &apiError{kind: kindWrong, cause: "the call cannot be written"}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for retries := 0; ; retries++ {
		got, err := c.try(ctx, text, probing)
		var e *apiError
		again := errors.As(err, &e) && e.kind == kindUnwell && e != errResting
		if err == nil || !again || retries == maxRetries || !slices.Contains(repeatable, op) {
			return got, err
		}
		if provider.Sleep(ctx, rand.N(firstPause<<retries)) != nil { //nolint:gosec // G404: a pause is no secret
			return reply{}, err
		}
	}
}

// try makes a call once, unless those before failed.
func (c *client) try(ctx context.Context, body []byte, probing bool) (reply, error) {
	done, err := c.guard.allow()
	if err != nil {
		return reply{}, err
	}
	got, err := c.send(ctx, body, probing)
	var e *apiError
	switch {
	case err == nil:
		c.count("200")
	case errors.As(err, &e):
		c.count(e.label())
	default: // ctx ended
	}
	done(err)
	return got, err
}

// send makes the HTTP request and reads the answer.
func (c *client) send(ctx context.Context, body []byte, probing bool) (got reply, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base, bytes.NewReader(body))
	if err != nil {
		return got, &apiError{kind: kindWrong, cause: "the call has no address"}
	}
	r.Header.Set("User-Agent", "chatpass")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return got, broken(ctx, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return got, broken(ctx, err)
	}
	good := answer.StatusCode >= 200 && answer.StatusCode <= 299
	switch {
	case len(text) > maxAnswer:
		return got, &apiError{kind: kindGarbled, status: answer.StatusCode, cause: "the answer is too long"}
	case json.Unmarshal(text, &got) != nil:
		if good {
			return reply{}, &apiError{kind: kindGarbled, status: answer.StatusCode, cause: "the answer is no JSON that is known"}
		}
		return reply{}, unread(answer.StatusCode)
	case good && got.Result:
		return got, nil
	case got.Error == "" && !good:
		return reply{}, unread(answer.StatusCode)
	default:
		return reply{}, rejected(answer.StatusCode, got.Error, probing)
	}
}

// broken is the error of a call without an answer. Its text holds nothing of the call.
func broken(ctx context.Context, err error) error {
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.As(err, &certificate):
		return &apiError{kind: kindGarbled, cause: "its TLS certificate cannot be verified"}
	case ctx.Err() != nil, errors.As(err, &network) && network.Timeout():
		return &apiError{kind: kindUnwell, cause: "no answer in time"}
	default:
		return &apiError{kind: kindUnwell, cause: "the connection failed"}
	}
}
