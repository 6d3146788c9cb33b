package main

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Enqueue adds a job.
func (k *keeper) Enqueue(ctx context.Context, j provider.Job) error {
	s, err := k.Open(ctx)
	if err != nil {
		return err
	}
	job := store.NewJob{Provider: j.Provider, App: j.App, Kind: j.Kind, SiteUser: string(j.User), Address: j.Address}
	if j.Urgent {
		job.At = time.UnixMilli(1) // due since ever: those due for longest are claimed first
	}
	return s.Enqueue(ctx, job)
}

// Claim gives jobs that are due to a worker alone.
func (k *keeper) Claim(ctx context.Context, name, app, worker string, n int, lease time.Duration) ([]provider.Job, error) {
	s, err := k.Open(ctx)
	if err != nil {
		return nil, err
	}
	claimed, err := s.Claim(ctx, name, app, worker, n, lease)
	if err != nil {
		return nil, err
	}
	jobs := make([]provider.Job, len(claimed))
	for i, j := range claimed {
		jobs[i] = provider.Job{
			ID: j.ID, Provider: j.Provider, App: j.App, Kind: j.Kind, User: userinfo.ID(j.SiteUser), Address: j.Address,
			Attempts: j.Attempts - 1, Claim: j.Claim,
		}
	}
	return jobs, nil
}

// Prolong has the lease of a claimed job begin anew.
func (k *keeper) Prolong(ctx context.Context, j provider.Job, lease time.Duration) error {
	s, err := k.Open(ctx)
	if err != nil {
		return err
	}
	return s.Prolong(ctx, store.Job{ID: j.ID, Claim: j.Claim}, lease)
}

// Done ends a claimed job.
func (k *keeper) Done(ctx context.Context, j provider.Job) error {
	s, err := k.Open(ctx)
	if err != nil {
		return err
	}
	return s.Done(ctx, store.Job{ID: j.ID, Claim: j.Claim})
}

// Retry gives a claimed job back.
func (k *keeper) Retry(ctx context.Context, j provider.Job, at time.Time, class string) error {
	s, err := k.Open(ctx)
	if err != nil {
		return err
	}
	return s.Retry(ctx, store.Job{ID: j.ID, Claim: j.Claim}, at, class)
}

// waiting counts what each provider is still to be told; nil while the store is not open or does not answer.
func (k *keeper) waiting(ctx context.Context) map[string]int64 {
	s, _, _ := k.known() // not Open: whoever counts makes no store
	if s == nil {
		return nil
	}
	list, err := s.Pending(ctx)
	if err != nil {
		k.log.Debug("what providers are still to be told cannot be counted", "error", err.Error())
		return nil
	}
	counts := map[string]int64{}
	for name := range k.apps {
		counts[name] = 0
	}
	for _, p := range list {
		if app, set := k.apps[p.Provider]; set && app == p.App { // nobody tells what waits for another application
			counts[p.Provider] = p.Open()
		}
	}
	return counts
}
