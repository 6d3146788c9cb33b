package main

import (
	"context"

	"github.com/chatpass/chatpass/provider"
)

// providers asks the providers that can be called whether they take their settings.
func (r *report) providers(ctx context.Context, s *site) {
	for _, p := range s.providers {
		checker, ok := p.(provider.Checker)
		if !ok {
			continue
		}
		r.call.progress("calling " + p.Name())
		for _, f := range checker.Check(ctx) {
			r.add(f.Level, p.Name(), f.Text, f.Remedy)
		}
	}
}
