package jwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

type valueKind uint8

const (
	otherValue valueKind = iota // true, false, null
	stringValue
	numberValue
)

// value is a claim as it is spelled.
type value struct {
	kind valueKind
	text string
}

// claims is a flat set of claims. Unlike the library's it keeps numbers as they are spelled and refuses a name that stands twice,
// of which two readers could believe different ones.
type claims struct {
	values map[string]value
}

// UnmarshalJSON reads one flat object; nested values, repeated names and anything behind it are refused.
func (c *claims) UnmarshalJSON(data []byte) error {
	c.values = make(map[string]value, 4)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("claims are no object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if _, twice := c.values[name]; twice {
			return fmt.Errorf("claim %q stands twice", name)
		}
		if t, err = d.Token(); err != nil {
			return err
		}
		switch v := t.(type) {
		case string:
			c.values[name] = value{stringValue, v}
		case json.Number:
			c.values[name] = value{numberValue, v.String()}
		case json.Delim:
			return fmt.Errorf("claim %q is no plain value", name)
		default:
			c.values[name] = value{}
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data behind the claims")
	}
	return nil
}

// date reads a NumericDate: whole seconds only, no exponent, before the year 9999.
func (c *claims) date(name string) (*gojwt.NumericDate, error) {
	v, ok := c.values[name]
	if !ok {
		return nil, nil //nolint:nilnil // the library's way to say that a claim is not there
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || v.kind != numberValue || strconv.FormatInt(n, 10) != v.text || n < 0 || n > 253402300799 {
		return nil, fmt.Errorf("claim %s is no time in whole seconds", name)
	}
	return gojwt.NewNumericDate(time.Unix(n, 0)), nil
}

func (c *claims) time(name string) time.Time {
	if d, err := c.date(name); err == nil && d != nil {
		return d.Time
	}
	return time.Time{}
}

func (c *claims) text(name string) (string, error) {
	v, ok := c.values[name]
	if ok && v.kind != stringValue {
		return "", fmt.Errorf("claim %s is no text", name)
	}
	return v.text, nil
}

// GetExpirationTime returns the claim exp (RFC 7519 §4.1.4), nil if there is none.
func (c *claims) GetExpirationTime() (*gojwt.NumericDate, error) { return c.date("exp") }

// GetIssuedAt returns the claim iat, nil if there is none.
func (c *claims) GetIssuedAt() (*gojwt.NumericDate, error) { return c.date("iat") }

// GetNotBefore returns the claim nbf, nil if there is none.
func (c *claims) GetNotBefore() (*gojwt.NumericDate, error) { return c.date("nbf") }

// GetIssuer returns the claim iss.
func (c *claims) GetIssuer() (string, error) { return c.text("iss") }

// GetSubject returns the claim sub.
func (c *claims) GetSubject() (string, error) { return c.text("sub") }

// GetAudience returns the claim aud as a set of one.
func (c *claims) GetAudience() (gojwt.ClaimStrings, error) {
	aud, err := c.text("aud")
	if aud == "" || err != nil {
		return nil, err
	}
	return gojwt.ClaimStrings{aud}, nil
}
