package handlers

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// backlogTimeout bounds the count of a scrape: what it does not tell in time the next may, and the other metrics do not wait.
const backlogTimeout = time.Second

// backlog is the metric of what providers are still to be told, counted whenever the metrics are read. Who counts changes with a reload.
type backlog struct {
	gauge *prometheus.Desc
	count atomic.Pointer[func(ctx context.Context) map[string]int64]
}

func newBacklog() *backlog {
	return &backlog{gauge: prometheus.NewDesc("chatpass_provider_changes_waiting", "Changes that a provider is still to be told, such as bans and new names; not there while they cannot be counted.", []string{"provider"}, nil)}
}

// Describe tells the metric's name.
func (b *backlog) Describe(told chan<- *prometheus.Desc) { told <- b.gauge }

// Collect tells of each provider for which something may wait.
func (b *backlog) Collect(told chan<- prometheus.Metric) {
	count := b.count.Load()
	if count == nil || *count == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
	defer cancel()
	for name, n := range (*count)(ctx) {
		told <- prometheus.MustNewConstMetric(b.gauge, prometheus.GaugeValue, float64(n), name)
	}
}
