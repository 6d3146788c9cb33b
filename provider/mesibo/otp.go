package mesibo

import (
	"context"
	"time"
)

// Bounds of a code that Mesibo makes (reference A8).
const (
	otpTries = 5
	otpLife  = 300 * time.Second
	otpReuse = 1
)

// otp has Mesibo make a log-in code for a phone, which issue is given with what was typed. The error is an *apiError, or ctx's.
func (p *Provider) otp(ctx context.Context, phone string) (string, error) {
	got, err := p.client.call(ctx, opOTP, struct {
		Address string `json:"address"`
		Tries   int    `json:"tries"`
		Expiry  int    `json:"expiry"` // seconds
		Reuse   int    `json:"reuse"`
	}{phone, otpTries, int(otpLife / time.Second), otpReuse})
	if err != nil {
		return "", err
	}
	if n := len(got.OTP); n < 4 || n > 10 { // digits that somebody can type
		return "", &apiError{kind: kindGarbled, status: 200, cause: "it holds no code"}
	}
	return string(got.OTP), nil
}
