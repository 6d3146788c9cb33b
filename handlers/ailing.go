package handlers

import (
	"context"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chatpass/chatpass/provider"
)

// ailments are the metric of providers that cannot work until their owner does something. The providers change with a reload.
type ailments struct {
	gauge     *prometheus.Desc
	providers atomic.Pointer[[]provider.Provider]
}

func newAilments() *ailments {
	return &ailments{gauge: prometheus.NewDesc("chatpass_provider_ailing", "1 while a provider cannot work: it refuses Chatpass and its owner has to act, or what has to be read first was not read yet.", []string{"provider"}, nil)}
}

// Describe tells the metric's name.
func (a *ailments) Describe(told chan<- *prometheus.Desc) { told <- a.gauge }

// Collect tells of each provider that knows it.
func (a *ailments) Collect(told chan<- prometheus.Metric) {
	list := a.providers.Load()
	if list == nil {
		return
	}
	for _, p := range *list {
		if one, can := p.(provider.Ailing); can {
			value := 0.0
			if one.Ailing() != "" {
				value = 1
			}
			told <- prometheus.MustNewConstMetric(a.gauge, prometheus.GaugeValue, value, p.Name())
		}
	}
}

// state is how the server is, and why. A provider that is refused takes its own chat away and nothing else, so that requests still belong here.
func (s *Server) state(ctx context.Context) (state, reason string) {
	state, reason = s.health.state(ctx)
	if state != "ready" {
		return state, reason
	}
	for _, p := range s.o.Providers {
		if one, can := p.(provider.Ailing); can {
			if why := one.Ailing(); why != "" {
				return "degraded", why
			}
		}
	}
	return state, reason
}
