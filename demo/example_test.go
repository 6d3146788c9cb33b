package demo_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/chatpass/chatpass/demo"
)

// The caller brings the sidecar; everything else is in the package. This runs until Ctrl+C.
func ExampleRun() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	runSidecar := func(ctx context.Context, environ []string, ready func(public string)) error {
		ready("127.0.0.1:41234") // where it listens, as soon as it answers
		<-ctx.Done()
		return nil
	}
	if err := demo.Run(ctx, demo.Options{Stdout: os.Stdout, Stderr: os.Stderr, Serve: runSidecar}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
