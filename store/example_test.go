package store_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/chatpass/chatpass/store"
)

func Example() {
	dir, err := os.MkdirTemp("", "chatpass-example-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: time.Now})
	if err != nil {
		panic(err)
	}
	defer func() { _ = s.Close() }()
	john, err := s.PutIdentity(ctx, store.Identity{Provider: "sendbird", App: "APP-1", SiteUser: "6", Address: "prod-6"})
	if err != nil {
		panic(err)
	}
	if err := s.Enqueue(ctx, store.NewJob{Provider: "sendbird", App: "APP-1", Kind: "revoke", SiteUser: "6", Address: john.Address}); err != nil {
		panic(err)
	}
	jobs, err := s.Claim(ctx, "sendbird", "APP-1", "worker-1", 10, time.Minute)
	if err != nil {
		panic(err)
	}
	for _, j := range jobs {
		fmt.Println(j.Kind, j.Address)
		if err := s.Done(ctx, j); err != nil {
			panic(err)
		}
	}
	// Output: revoke prod-6
}
