package mesibo

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/store"
)

// The limits of log-ins. Phones are counted by their one spelling, as keyed hashes.
var (
	// Messages to a phone cost money and patience (SEC-92).
	askLimits  = []rule{{30 * time.Second, 1}, {10 * time.Minute, 3}, {24 * time.Hour, 10}}
	askAddress = []rule{{10 * time.Minute, 20}} // of all phones that one address asks codes for
	askUnknown = []rule{{10 * time.Minute, 40 * 20}}
	linkLimits = []rule{{10 * time.Minute, 5}, {24 * time.Hour, 20}}
	tryLimits  = []rule{{24 * time.Hour, maxTries}} // of tries that met a live code
	tryAddress = []rule{{10 * time.Minute, 60}, {24 * time.Hour, 400}}
	tryUnknown = []rule{{10 * time.Minute, 40 * 60}, {24 * time.Hour, 40 * 400}}
	openLimits = []rule{{time.Hour, 200}, {24 * time.Hour, 1000}} // of messages to phones that nobody on the site has, whoever asks: somebody could be paid for each
	// maxTries is of a phone a day. 10 codes that are sent and 20 link codes die after five wrong tries each, so 150 is all there can be, and nobody is locked out by it. At
	// most two codes of six digits are alive at a time: 200 * 2 / 10^6 = 4 in 10,000, were there more codes ever (SEC-91 wants 5).
	maxTries = 200
)

// rule is how often something may happen within a time.
type rule struct {
	window time.Duration
	most   int
}

// The labels of keyed hashes, so that none is good for two purposes.
const (
	phoneLabel   = "mesibo phone"
	codeLabel    = "mesibo code"
	addressLabel = "mesibo address"
	userLabel    = "mesibo user"
)

// counted makes limits of rules on one scope.
func counted(list []store.Limit, scope string, rules []rule) []store.Limit {
	for _, r := range rules {
		list = append(list, store.Limit{Scope: scope, Window: r.window, Most: r.most})
	}
	return list
}

// addressed adds the limits of an address. All whose address is not known, as behind a proxy that nobody told of, share one with limits that are 40 times as wide: so many
// sign in at once nowhere, and one who guesses has an end all the same.
func addressed(list []store.Limit, s state, what, address string, known, unknown []rule) []store.Limit {
	if address == "" {
		return counted(list, "mesibo "+what+" unknown", unknown)
	}
	return counted(list, "mesibo "+what+" address "+s.KeyedHash(addressLabel, address), known)
}

// count counts an event, or returns the refusal that names the wait.
func count(ctx context.Context, s state, limits []store.Limit) error {
	wait, err := s.Spend(ctx, limits...)
	switch {
	case err != nil:
		return err
	case wait > 0:
		return &refusal{code: rateLimit, text: "That was too often. Please wait a while, and try again.", wait: wait}
	}
	return nil
}
