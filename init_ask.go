package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"charm.land/huh/v2"
)

var (
	errAborted   = errors.New("interrupted")
	errNeeded    = errors.New("this is needed")
	errNoAddress = errors.New("this is no address of a site; it begins with https:// or http://")
)

// asker asks the person at the terminal. Questions go to standard error, since standard output is for results.
type asker struct {
	in    io.Reader
	out   io.Writer
	plain bool // line by line, without colours and movements of the cursor
}

// asker is nil where nobody can be asked: in a pipe, or with quiet.
func (c *call) asker(quiet bool) *asker {
	if in, ok := c.stdin.(*os.File); ok && !quiet && isTerminal(in) && isTerminal(c.stderr) {
		return &asker{in: in, out: c.stderr, plain: c.dumb() || c.value("NO_COLOR") != ""}
	}
	return nil
}

// choose asks for one of several and returns its place among them. The first stands out.
func (a *asker) choose(ctx context.Context, title string, choices []string) (int, error) {
	options := make([]huh.Option[int], len(choices))
	for n, choice := range choices {
		options[n] = huh.NewOption(printable(choice), n)
	}
	n := 0
	if err := a.ask(ctx, huh.NewSelect[int]().Title(title).Options(options...).Value(&n)); err != nil {
		return 0, err
	}
	return n, nil
}

// text asks for a text; value is what enter alone gives. check says what is wrong with an answer.
func (a *asker) text(ctx context.Context, title, value string, check func(string) error) (string, error) {
	answer := value
	if a.plain { // the library shows no default there, and checks the empty answer that means it
		shown := title
		if value != "" {
			shown += " [" + printable(value) + "]"
		}
		title = shown + ":"
		whole := check
		check = func(text string) error {
			if strings.TrimSpace(text) == "" {
				text = value
			}
			return whole(text)
		}
	}
	if err := a.ask(ctx, huh.NewInput().Title(title).Value(&answer).Validate(check)); err != nil {
		return "", err
	}
	return answer, nil
}

// confirm asks for yes or no; enter alone is yes.
func (a *asker) confirm(ctx context.Context, title string) (bool, error) {
	answer := true
	if err := a.ask(ctx, huh.NewConfirm().Title(title).Value(&answer)); err != nil {
		return false, err
	}
	return answer, nil
}

// ask shows one field and waits for the answer; errAborted if there will be none. It does not wait for a read that nothing ends once
// ctx is done: the program ends then.
func (a *asker) ask(ctx context.Context, field huh.Field) error {
	in := &ending{Reader: a.in}
	form := huh.NewForm(huh.NewGroup(field)).WithOutput(a.out).WithAccessible(a.plain).WithShowHelp(false)
	if a.plain {
		form = form.WithInput(in).WithTheme(huh.ThemeFunc(func(bool) *huh.Styles { return &huh.Styles{} }))
	} else {
		form = form.WithInput(a.in)
	}
	done := make(chan error, 1)
	go func() { done <- form.RunWithContext(ctx) }()
	select {
	case err := <-done:
		switch {
		case errors.Is(err, huh.ErrUserAborted), ctx.Err() != nil, a.plain && in.ended:
			return errAborted
		}
		return err
	case <-ctx.Done():
		if !a.plain {
			return errors.Join(errAborted, <-done) // which ends by ctx, and gives the terminal back
		}
		return errAborted
	}
}

// ending is a reader that knows whether it came to its end, which the library takes for an empty answer.
type ending struct {
	io.Reader

	ended bool
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	e.ended = e.ended || err != nil
	return n, err
}
