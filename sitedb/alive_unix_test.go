//go:build unix

package sitedb_test

import (
	"net"
	"testing"
	"time"

	"github.com/chatpass/chatpass/sitedb"
)

// TestALookAtAnIdleConnectionWaitsForNobody: pgx leaves a reader behind in the background after a slow write. A look that waited for it would
// never end, whatever the request's deadline.
func TestALookAtAnIdleConnectionWaitsForNobody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		var b [1]byte
		_, _ = client.Read(b[:])
		_, _ = client.Read(b[:])
	}()
	if _, err := server.Write([]byte{1}); err != nil { // so that the reader is at its second read, or about to be
		t.Fatal(err)
	}
	look := func() bool {
		t.Helper()
		seen := make(chan bool, 1)
		go func() { seen <- sitedb.Alive(client) }()
		select {
		case alive := <-seen:
			return alive
		case <-time.After(10 * time.Second):
			t.Fatal("the look waits for the reader")
			return false
		}
	}
	for deadline := time.Now().Add(10 * time.Second); !look(); {
		if time.Now().After(deadline) {
			t.Fatal("an open connection is taken for a closed one")
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	<-reading
	if look() {
		t.Error("a closed connection is taken for an open one")
	}
}
