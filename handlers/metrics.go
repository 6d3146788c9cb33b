package handlers

import (
	"database/sql"
	"maps"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics is what Chatpass counts (CONTRACT §7). No label ever holds a user id, an address or a raw path.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	minted   *prometheus.CounterVec
	failures *prometheus.CounterVec
	dbErrors *prometheus.CounterVec
	cache    *prometheus.CounterVec
	provider *prometheus.CounterVec
	ailing   *ailments
	backlog  *backlog
	hits     prometheus.Counter
	misses   prometheus.Counter
	stale    prometheus.Counter
	adding   sync.Mutex
	series   atomic.Pointer[map[seriesKey]*series] // never changed, only replaced: resolving labels costs more than counting
}

type seriesKey struct {
	route, method string
	code          int
}

type series struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

// NewMetrics returns the metrics in a registry of their own, with those of Go and of the process.
func NewMetrics(version, revision string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.series.Store(&map[seriesKey]*series{})
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chatpass_" + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.requests = counter("http_requests_total", "Answered requests.", "route", "method", "code")
	m.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "chatpass_http_request_duration_seconds", Help: "Time to answer.",
		// From a cached answer to the longest a request may take.
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"route"})
	m.minted = counter("tokens_minted_total", "Tokens signed.", "provider")
	m.failures = counter("auth_failures_total", "Refused credentials.", "kind", "reason")
	m.dbErrors = counter("db_errors_total", "Failed questions to the site's database.", "class")
	m.cache = counter("cache_total", "Users answered from memory (hit), from the database (miss), or from old memory while the database was down (stale).", "result")
	m.provider = counter("provider_requests_total", "Requests to a provider.", "provider", "code")
	m.ailing, m.backlog = newAilments(), newBacklog()
	m.hits, m.misses, m.stale = m.cache.WithLabelValues("hit"), m.cache.WithLabelValues("miss"), m.cache.WithLabelValues("stale")
	m.failures.WithLabelValues("site", "wrong")
	for _, class := range []string{"connect", "timeout", "denied", "mapping", "limit", "other"} {
		m.dbErrors.WithLabelValues(class)
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "chatpass_build_info", Help: "1, with the version as labels.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "goversion": runtime.Version()},
	})
	info.Set(1)
	m.registry.MustRegister(m.duration, info, m.ailing, m.backlog, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Database adds the statistics of the connection pool to the site's database, in place of those of the pool before.
func (m *Metrics) Database(db *sql.DB) {
	c := collectors.NewDBStatsCollector(db, "site")
	m.registry.Unregister(c) // collectors of the same name are one to the registry
	m.registry.MustRegister(c)
}

// DroppedLogLines adds the number of log lines that found no room.
func (m *Metrics) DroppedLogLines(count func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "chatpass_log_dropped_total", Help: "Log lines dropped because the log's reader was too slow."},
		func() float64 { return float64(count()) },
	))
}

// WeakSecrets tells that weak secrets were allowed.
func (m *Metrics) WeakSecrets(weak bool) {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "chatpass_weak_secret", Help: "1 while weak secrets are allowed."})
	if weak {
		g.Set(1)
	}
	m.registry.MustRegister(g)
}

// AuthFailure counts a refused credential: by the resolver or the kind of credential, and why.
func (m *Metrics) AuthFailure(kind, reason string) { m.failures.WithLabelValues(kind, reason).Inc() }

// DBError counts a failed question by its class.
func (m *Metrics) DBError(class string) { m.dbErrors.WithLabelValues(class).Inc() }

// ProviderRequest counts a call to a provider by the code of its answer, which is out of a small set.
func (m *Metrics) ProviderRequest(provider, code string) {
	m.provider.WithLabelValues(provider, code).Inc()
}

// Minted counts a token a provider issued beside its widget.
func (m *Metrics) Minted(provider string) { m.minted.WithLabelValues(provider).Inc() }

// Cache counts users by where their answer came from: hit, miss or stale.
func (m *Metrics) Cache(result string, n int) {
	switch result {
	case "hit":
		m.hits.Add(float64(n))
	case "stale":
		m.stale.Add(float64(n))
	default:
		m.misses.Add(float64(n))
	}
}

// announce makes the series of a provider that calls back appear before the first event, so that a rate can be taken of that.
func (m *Metrics) announce(provider string, inboundToken bool) {
	m.minted.WithLabelValues(provider)
	m.provider.WithLabelValues(provider, codeText(http.StatusOK))
	for _, reason := range []string{"missing", "wrong", "limited"} {
		m.failures.WithLabelValues("basic", reason)
	}
	if inboundToken {
		m.failures.WithLabelValues("inbound_token", "wrong")
	}
}

func (m *Metrics) observe(route, method string, code int, took time.Duration) {
	key := seriesKey{route, knownMethod(method), code}
	s := (*m.series.Load())[key]
	if s == nil {
		s = m.add(key)
	}
	s.count.Inc()
	s.duration.Observe(took.Seconds())
}

// add makes the series of an answer that was not given before. Routes, methods and codes are few, so it needs no bound.
func (m *Metrics) add(key seriesKey) *series {
	m.adding.Lock()
	defer m.adding.Unlock()
	old := *m.series.Load()
	if s := old[key]; s != nil {
		return s
	}
	s := &series{m.requests.WithLabelValues(key.route, key.method, codeText(key.code)), m.duration.WithLabelValues(key.route)}
	more := make(map[seriesKey]*series, len(old)+1)
	maps.Copy(more, old)
	more[key] = s
	m.series.Store(&more)
	return s
}
