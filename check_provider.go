package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
)

// routes looks whether the paths that the settings give to providers are free, by making the routes that serve makes.
func (r *report) routes(s *site) {
	_, answers, err := s.server(slog.New(slog.DiscardHandler), nil, true, handlers.NewMetrics(version, revision()))
	if err == nil {
		answers.Close()
		return
	}
	if fault, ok := takenPath(err); ok { // what else is wrong is told where it is looked at
		r.fail(setting.Prefix+fault.Var, fault.Problem+": serve will refuse to start", fault.Remedy)
	}
}

// providers asks the providers that can be called whether they take their settings.
func (r *report) providers(ctx context.Context, s *site) {
	for _, p := range s.providers {
		checker, ok := p.(provider.Checker)
		if !ok {
			continue
		}
		r.call.progress("calling " + p.Name())
		for _, f := range checker.Check(ctx) {
			r.add(f.Level, p.Name(), r.once(f.Text), f.Remedy)
		}
	}
}

// once is a text without the faults of the mapping that are told already.
func (r *report) once(text string) string {
	for _, f := range r.told {
		what := "what is said of the mapping above"
		if f.Var != "" {
			what = setting.Prefix + f.Var + " above"
		}
		text = strings.ReplaceAll(text, f.String(), "see "+what)
	}
	return text
}
