package mesibo

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/chatpass/chatpass/provider"
)

// The ways a code gets to its user.
const (
	byLink    = "linkcode" // it does not: the user fetches one on the site
	byWebhook = "webhook"
	bySMTP    = "smtp"
	byLog     = "log"
)

// Limits of sending.
const (
	sendTime    = 20 * time.Second // of one message, with its repetition
	sendWorkers = 4                // messages on their way at a time: gateways take dozens a second
	sendQueue   = 256              // that wait; at a second each, the last goes out after a minute, when its code still has four
	drainTime   = 8 * time.Second  // for what waits at the end: containers are killed after 10 s
	troubleTime = 30 * time.Second // for which nobody is promised a code after troubleRow could not be sent
	troubleRow  = 2                // in a row: each was tried twice
)

// message is a code on its way to a user.
type message struct {
	phone string // digits
	mail  string // empty for none
	name  string // of the user; may be empty
	code  string
	site  string // as people call it
}

// text is what the user reads. The code stands in front, where the phone shows it without opening the message.
func (m *message) text() string {
	return m.code + " is your code for the chat of " + m.site + ". It is good for five minutes. Tell it nobody."
}

// courier sends messages. Its errors never hold a code, a phone, an address of a user or a credential.
type courier interface {
	send(ctx context.Context, m message) error
}

// outage marks an error that is no message's own: others will fail too.
type outage struct{ err error }

func (o *outage) Error() string { return o.err.Error() }
func (o *outage) Unwrap() error { return o.err }

// errNoMail: codes go by mail, and the user has no address.
var errNoMail = errors.New("the user has no mail address")

// post sends messages beside the answers. It is safe for concurrent use.
type post struct {
	courier courier // nil: codes are fetched on the site
	now     func() time.Time
	log     *slog.Logger
	ctx     context.Context //nolint:containedctx // lives exactly as long as the post
	end     context.CancelFunc
	work    sync.WaitGroup
	queue   chan func(ctx context.Context)
	drain   time.Duration // at the end

	mu      sync.Mutex
	failed  int           // how often sending failed in a row
	broken  time.Time     // when sending failed last, if it was not the first in a row
	waiting int           // tasks that were put and are not over
	closing bool          // no more are put
	empty   chan struct{} // closed when it is closing and none are waiting
}

// newPost returns the post that the settings describe. No network is used.
func newPost(c *Config, d provider.Deps) (*post, error) {
	courier, err := newCourier(c, d)
	if err != nil {
		return nil, err
	}
	log := d.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &post{courier: courier, now: d.Now, log: log, queue: make(chan func(context.Context), sendQueue), drain: drainTime, empty: make(chan struct{})}
	p.ctx, p.end = context.WithCancel(context.Background())
	if courier != nil {
		for range sendWorkers {
			p.work.Go(p.run)
		}
	}
	return p, nil
}

// newCourier returns what sends; nil where nothing is sent.
func newCourier(c *Config, d provider.Deps) (courier, error) {
	kind, rest, _ := strings.Cut(c.OTPDelivery.Reveal(), ":")
	switch {
	case !c.legacy(), kind == byLink:
		return nil, nil //nolint:nilnil // nobody sends
	case kind == byWebhook:
		return newWebhook(rest, c.OTPTemplate)
	case kind == bySMTP:
		return newMailer(c.OTPDelivery.Reveal())
	case kind == byLog && c.loopback && d.Logger != nil:
		return logCourier{d.Logger}, nil
	default:
		return nil, errDelivery
	}
}

// errDelivery: the settings were not looked at for faults.
var errDelivery = errors.New("mesibo: OTP_DELIVERY names no way to send codes")

// deliveryProblem tells what is wrong with OTP_DELIVERY or OTP_TEMPLATE, and which of both; "" for nothing. It never quotes them: they may hold a password.
func (c *Config) deliveryProblem() (variable, problem, remedy string) {
	kind, rest, _ := strings.Cut(c.OTPDelivery.Reveal(), ":")
	if c.OTPTemplate != "" && kind != byWebhook {
		return "OTP_TEMPLATE", "is set, but CHATPASS_MESIBO_OTP_DELIVERY is no webhook", "remove it"
	}
	switch kind {
	case byWebhook:
		if problem := webhookProblem(rest); problem != "" {
			return "OTP_DELIVERY", problem, "use webhook: and an https address, such as webhook:https://sms.example.com/send"
		}
		if problem := templateProblem(c.OTPTemplate); problem != "" {
			return "OTP_TEMPLATE", problem, `write JSON or a form with {to} and {text} or {code} in it, such as {"to":"{to}","body":"{text}"} or To=%2B{to}&Body={text}`
		}
	case bySMTP:
		if problem := mailProblem(c.OTPDelivery.Reveal()); problem != "" {
			return "OTP_DELIVERY", problem, "use an address such as smtp://user:password@mail.example.com:587?from=chat@example.com, escaped as in any URL"
		}
	default:
	}
	return "", "", ""
}

// run sends what is in the queue.
func (p *post) run() {
	for {
		select {
		case task := <-p.queue:
			if p.ctx.Err() != nil {
				return
			}
			ctx, cancel := context.WithTimeout(p.ctx, sendTime)
			task(ctx)
			cancel()
			p.over()
		case <-p.ctx.Done():
			return
		}
	}
}

// over notes that a task is over, or was never begun.
func (p *post) over() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	if p.closing && p.waiting == 0 {
		close(p.empty)
	}
}

// close takes no more, and ends it when all that was promised is sent, or after drainTime.
func (p *post) close() {
	p.mu.Lock()
	again := p.closing
	p.closing = true
	if !again && p.waiting == 0 {
		close(p.empty)
	}
	p.mu.Unlock()
	timer := time.NewTimer(p.drain)
	defer timer.Stop()
	select {
	case <-p.empty:
	case <-timer.C:
		p.mu.Lock()
		left := p.waiting
		p.mu.Unlock()
		p.log.Warn("codes for log-ins were promised and are not sent, since the program ends", "codes", left)
	}
	p.end()
	p.work.Wait()
}

// linkOnly reports whether nothing is sent.
func (p *post) linkOnly() bool { return p.courier == nil }

// put queues a task. The error is a refusal: more wait than can be sent while their codes live, or it is closed.
func (p *post) put(task func(ctx context.Context)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cause := errors.New("too many codes wait to be sent")
	if p.closing {
		cause = errors.New("the program ends")
	} else {
		select {
		case p.queue <- task:
			p.waiting++
			return nil
		default:
		}
	}
	return &refusal{code: "BADAPP", text: "No code can be sent now. Please try again later.", cause: cause}
}

// deliver sends a message.
func (p *post) deliver(ctx context.Context, m message) {
	err := p.courier.send(ctx, m)
	bad := (*outage)(nil)
	switch {
	case err == nil:
		p.mu.Lock()
		p.failed, p.broken = 0, time.Time{}
		p.mu.Unlock()
		return
	case p.ctx.Err() != nil: // at the end
		return
	case errors.As(err, &bad):
		p.trouble(p.now())
	default:
	}
	p.log.Warn("a code for a log-in was not sent", "error", err.Error())
}

// trouble notes that a code did not get out. A single one, even tried again, may be a hiccup of the gateway, for which others must not wait.
func (p *post) trouble(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed++; p.failed >= troubleRow {
		p.broken = now
	}
}

// failing reports whether no codes got out just now, or no more can wait. It is the same for all phones.
func (p *post) failing(now time.Time) bool {
	if len(p.queue) == cap(p.queue) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.broken.IsZero() && now.Sub(p.broken) < troubleTime
}

// logCourier writes codes to the log, for trials on one machine.
type logCourier struct{ log *slog.Logger }

func (l logCourier) send(_ context.Context, m message) error {
	l.log.Warn("a code for a log-in, since CHATPASS_MESIBO_OTP_DELIVERY is log", "code", m.code, "phone", masked(m.phone))
	return nil
}
