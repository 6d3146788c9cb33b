package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// settle is how long a server rests before its memory is read.
const settle = 2 * time.Second

// begin starts targets and waits until each has answered.
func (l *lab) begin(ctx context.Context, starters ...func() (*target, error)) ([]*target, error) {
	var targets []*target
	for _, start := range starters {
		if start == nil {
			continue
		}
		t, err := start()
		if err != nil {
			return nil, err
		}
		if _, err := l.ready(ctx, t, time.Now()); err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}

func end(targets []*target) error {
	for _, t := range targets {
		if err := t.process.stop(); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) floorOf(kind string) func() (*target, error) {
	return func() (*target, error) { return l.startFloor(kind) }
}

func (l *lab) chatpassWith(cacheTTL string) func() (*target, error) {
	if l.skip {
		return nil
	}
	return func() (*target, error) { return l.startChatpass(cacheTTL) }
}

// users measures users-info without a cache, over the whole table.
func (l *lab) users(ctx context.Context, r *report) error {
	targets, err := l.begin(ctx, l.chatpassWith("0"), l.floorOf("users"), l.startPHP)
	if err != nil {
		return err
	}
	if err := l.sameUsers(ctx, targets); err != nil {
		return err
	}
	if err := r.remember(&r.idle, targets); err != nil {
		return err
	}
	for _, ids := range l.lengths {
		for _, conns := range l.connections {
			c, err := l.compete(ctx, load{"users", ids, l.rows, conns}, targets)
			if err != nil {
				return err
			}
			r.users = append(r.users, c)
		}
	}
	if err := r.remember(&r.loaded, targets); err != nil {
		return err
	}
	return end(targets)
}

// cached measures users-info of users who are all in the cache.
func (l *lab) cached(ctx context.Context, r *report) error {
	targets, err := l.begin(ctx, l.chatpassWith("1h"), l.floorOf("cached"), l.floorOf("gin"), l.floorOf("gin-headers"), l.startPHP)
	if err != nil {
		return err
	}
	if err := l.sameUsers(ctx, targets); err != nil {
		return err
	}
	for _, t := range targets {
		if err := l.warm(ctx, t); err != nil {
			return err
		}
	}
	for _, ids := range l.lengths {
		for _, conns := range l.connections {
			c, err := l.compete(ctx, load{"users", ids, l.hot, conns}, targets)
			if err != nil {
				return err
			}
			r.cached = append(r.cached, c)
		}
	}
	return end(targets)
}

// warm asks once for every user of the hot set.
func (l *lab) warm(ctx context.Context, t *target) error {
	for first := 1; first <= l.hot; first += 500 {
		ids := make([]string, 0, 500)
		for id := first; id < first+500 && id <= l.hot; id++ {
			ids = append(ids, strconv.Itoa(id))
		}
		request, err := l.usersRequest(t, strings.Join(ids, ","))
		if err != nil {
			return err
		}
		if _, err := fetch(ctx, request, http.StatusOK); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// widgets measures the inline widget, which is minted anew for every request and never from a cache.
func (l *lab) widgets(ctx context.Context, r *report) error {
	targets, err := l.begin(ctx, l.chatpassWith("10s"), l.floorOf("widget"), l.floorOf("bare-widget"), l.startPHP)
	if err != nil {
		return err
	}
	if err := l.sameWidgets(ctx, targets); err != nil {
		return err
	}
	for _, conns := range l.connections {
		c, err := l.compete(ctx, load{"widget", 1, l.rows, conns}, targets)
		if err != nil {
			return err
		}
		r.widgets = append(r.widgets, c)
	}
	return end(targets)
}

// starts measures the time from exec to the first users answer, a look-up in the database included.
func (l *lab) starts(ctx context.Context, r *report) error {
	starters := map[string]func() (*target, error){
		"chatpass": l.chatpassWith("0"), "floor": l.floorOf("users"), "naive": l.startNaive, "php-fpm": l.startPHP,
	}
	for range l.settings.starts {
		for name, start := range starters {
			if start == nil {
				continue
			}
			begin := time.Now()
			t, err := start()
			if err != nil {
				return err
			}
			took, err := l.ready(ctx, t, begin)
			if err != nil {
				return err
			}
			r.starts[name] = append(r.starts[name], took)
			if err := t.process.stop(); err != nil {
				return err
			}
		}
	}
	return nil
}

// remember notes the resident memory of targets after a rest.
func (r *report) remember(where *map[string]int64, targets []*target) error {
	time.Sleep(settle)
	*where = map[string]int64{}
	for _, t := range targets {
		if t.name == "php" { // its memory lies in eight children that share pages; a sum would be unfair
			continue
		}
		bytes, err := t.process.resident()
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		(*where)[t.name] = bytes
	}
	return nil
}
