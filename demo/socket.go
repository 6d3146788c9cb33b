package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

const (
	helloTimeout = 10 * time.Second // a browser says hello as soon as it is connected
	writeTimeout = 10 * time.Second
	pingEvery    = 30 * time.Second // below the minute after which proxies cut silent connections
	frameLimit   = 64 << 10         // bytes: 4,000 characters, each at worst an escaped surrogate pair of 12 bytes, and a token
	queueLength  = 64               // events a slow tab may lag behind before it is cut off
	framesPerSec = 10               // what one tab may send, far above a fast typist
	frameBurst   = 30

	// statusRefused closes a connection whose token is missing, wrong or over: trying again with it is of no use.
	statusRefused websocket.StatusCode = 4401
	// statusBusy closes a connection for which there is no room now.
	statusBusy websocket.StatusCode = 4429
)

// socket accepts the connection of a widget. Browsers let any page connect anywhere, so the origin is what keeps other sites out.
func (p *provider) socket(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != p.world.site {
		p.logger.WarnContext(r.Context(), "connection from a page of another site refused")
		http.Error(w, "Only pages of "+p.world.site+" may connect.", http.StatusForbidden)
		return
	}
	if p.lifetime.Err() != nil {
		http.Error(w, "The provider is stopping.", http.StatusServiceUnavailable)
		return
	}
	p.sockets.Add(1)
	defer p.sockets.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the origin has been compared exactly above; the library takes patterns, in which an IPv6 host would be one
	})
	if err != nil {
		p.logger.DebugContext(r.Context(), "not a websocket", "error", err)
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(frameLimit)
	p.converse(conn)
}

// converse serves one connection from hello to its end.
func (p *provider) converse(conn *websocket.Conn) {
	ctx, cancel := context.WithCancel(p.lifetime)
	defer cancel()
	hello, err := readHello(ctx, conn)
	if err != nil {
		_ = conn.Close(statusRefused, "hello expected")
		return
	}
	user, ends, err := p.verifier.Widget(hello.Token)
	if err != nil {
		p.logger.WarnContext(ctx, "token refused", "error", err)
		_ = conn.Close(statusRefused, "token refused")
		return
	}
	t := &tab{provider: p, user: user, queue: make(chan event, queueLength), cut: cancel}
	if refusal := p.greet(ctx, t); refusal != nil {
		p.logger.WarnContext(ctx, "visitor not let in", "error", refusal)
		code := statusRefused
		if errors.Is(refusal, errTooMany) {
			code = statusBusy
		}
		_ = conn.Close(code, refusal.Error())
		return
	}
	defer p.hub.leave(user, t)
	p.logger.InfoContext(ctx, "token accepted, visitor connected")

	var writer sync.WaitGroup
	writer.Go(func() {
		t.write(ctx, conn, ends.Sub(p.world.now()))
		cancel()
	})
	defer writer.Wait()
	defer cancel()
	t.read(conn)
}

// readHello reads the first frame, which carries the token: in the address it would end in logs.
func readHello(ctx context.Context, conn *websocket.Conn) (request, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	_, frame, err := conn.Read(ctx)
	if err != nil {
		return request{}, err
	}
	var hello request
	if err := json.Unmarshal(frame, &hello); err != nil || hello.Type != "hello" {
		return request{}, errors.New("no hello")
	}
	return hello, nil
}

// tab is one connected browser tab.
type tab struct {
	provider *provider
	user     string // from the verified token, and from nowhere else
	queue    chan event
	cut      context.CancelFunc
}

// push queues an event. A tab that lags too far behind is cut off; it connects again and gets the whole picture.
func (t *tab) push(e event) {
	select {
	case t.queue <- e:
	default:
		t.cut()
	}
}

// write sends what is queued until ctx ends or the token does.
func (t *tab) write(ctx context.Context, conn *websocket.Conn, left time.Duration) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	over := time.NewTimer(left)
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = conn.Close(websocket.StatusGoingAway, "")
			return
		case <-over.C:
			_ = conn.Close(statusRefused, "token expired")
			return
		case <-ping.C:
			if deadline(ctx, conn.Ping) != nil {
				return
			}
		case e := <-t.queue:
			frame, err := json.Marshal(e)
			if err != nil {
				t.provider.logger.ErrorContext(ctx, "event cannot be encoded", "error", err)
				continue
			}
			if deadline(ctx, func(ctx context.Context) error { return conn.Write(ctx, websocket.MessageText, frame) }) != nil {
				return
			}
		}
	}
}

func deadline(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return do(ctx)
}

// read handles requests until the connection ends. It reads without a deadline of its own: a context that ends would cut
// the connection before the writer could say why; the writer's close ends it.
func (t *tab) read(conn *websocket.Conn) {
	limit := rate.NewLimiter(framesPerSec, frameBurst)
	for {
		kind, frame, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		var in request
		if kind != websocket.MessageText || json.Unmarshal(frame, &in) != nil {
			t.push(event{Type: "error", Error: "This message could not be read."})
			continue
		}
		if !limit.Allow() {
			t.push(event{Type: "error", Ref: in.Ref, Error: "Too many messages at once. Please wait a moment."})
			continue
		}
		t.handle(in)
	}
}
