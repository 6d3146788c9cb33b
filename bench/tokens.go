package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/bench/hand"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

// tokenTurns is how often the two ways to sign take turns; the ratio is the median.
const tokenTurns = 5

// tokens measures the signing of a widget token in process, against an HMAC by hand that is keyed for every token.
func (l *lab) tokens(_ context.Context, r *report) error {
	now := time.Now
	signer, err := jwt.NewSigner(secret.New(l.signingKey), 16, time.Hour, now)
	if err != nil {
		return err
	}
	key := []byte(l.signingKey)
	token, expires, err := signer.Widget("123456", jwt.IDNumber)
	if err != nil {
		return err
	}
	if byHand := string(hand.AppendToken(nil, key, 123456, expires.Unix())); byHand != token {
		return errors.New("the two ways to sign give different tokens")
	}
	var failed error
	for range tokenTurns {
		ours := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := signer.Widget(userinfo.ID("123456"), jwt.IDNumber); err != nil {
					failed = err
				}
			}
		})
		byHand := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				// A string, as the signer gives; a caller could save this one allocation.
				_ = string(hand.AppendToken(nil, key, 123456, now().Add(time.Hour).Unix()))
			}
		})
		r.tokens.ours = append(r.tokens.ours, float64(ours.NsPerOp()))
		r.tokens.byHand = append(r.tokens.byHand, float64(byHand.NsPerOp()))
		r.tokens.ratios = append(r.tokens.ratios, float64(ours.NsPerOp())/float64(byHand.NsPerOp()))
		r.tokens.allocs = ours.AllocsPerOp()
	}
	return failed
}

// micro runs the packages' own benchmarks and keeps their lines.
func (l *lab) micro(ctx context.Context, r *report) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", "300ms", "./...")
	cmd.Env = os.Environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	pkg := ""
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		if p, ok := strings.CutPrefix(text, "pkg: "); ok {
			pkg = p[strings.LastIndexByte(p, '/')+1:]
		}
		fields := strings.Fields(text)
		if len(fields) < 8 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		r.micro = append(r.micro, microLine{pkg, strings.TrimPrefix(fields[0], "Benchmark"), fields})
	}
	return nil
}
