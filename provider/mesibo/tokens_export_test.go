package mesibo

import (
	"context"
	"errors"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// The words of refusals that tests compare with.
var (
	ErrNobody  = errNobody
	ErrNoPhone = errNoPhone
)

// IssueIn asks for a token as a log-in of the stock messengers does.
func (p *Provider) IssueIn(ctx context.Context, u store.MesiboUser, app, device, otp string) (token string, ends time.Time, err error) {
	got, err := p.issue(ctx, u, app, device, otp, "")
	return got.token.Reveal(), got.expires, err
}

// Enroll returns the row of a user of the site, and EnrollPhone that of somebody without the site.
func (p *Provider) Enroll(ctx context.Context, site *userinfo.User, phone string) (store.MesiboUser, error) {
	return p.enroll(ctx, site, phone, false)
}

// EnrollProven returns the row of a user of the site who knows a code that was sent to the phone.
func (p *Provider) EnrollProven(ctx context.Context, site *userinfo.User, phone string) (store.MesiboUser, error) {
	return p.enroll(ctx, site, phone, true)
}

// EnrollPhone returns the row of somebody who is no user of the site.
func (p *Provider) EnrollPhone(ctx context.Context, phone string) (store.MesiboUser, error) {
	return p.enrollPhone(ctx, phone)
}

// JobLease is how long a job is a process's that was killed.
const JobLease = jobLease

// EndFormer ends tokens from before a new password, as the watch does.
func (p *Provider) EndFormer(ctx context.Context, u store.MesiboUser) error {
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	return p.endFormer(ctx, s, u)
}

// Bearer returns whose token it is.
func (p *Provider) Bearer(ctx context.Context, token string) (store.MesiboUser, int64, *userinfo.User, error) {
	m, site, err := p.bearer(ctx, token)
	return m.MesiboUser, m.token.ID, site, err
}

// Revoke ends tokens of a user.
func (p *Provider) Revoke(ctx context.Context, u store.MesiboUser, id int64) error {
	return p.revoke(ctx, u, id)
}

// Call makes a call of an operation.
func (p *Provider) Call(ctx context.Context, op string, part any) error {
	_, err := p.client.call(ctx, op, part)
	return err
}

// OTP has Mesibo make a code.
func (p *Provider) OTP(ctx context.Context, phone string) (string, error) { return p.otp(ctx, phone) }

// RefusalCode is the code of the legacy protocol in an error; "" for none.
func RefusalCode(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.code
	}
	return ""
}

// SetSignup changes the setting, as a start with another one would.
func (p *Provider) SetSignup(word string) { p.c.Signup = word }

// Job does a job.
func (p *Provider) Job(ctx context.Context, j provider.Job) error { return p.job(ctx, j) }
