package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestAFingerprintIsOfARegularFileOnly(t *testing.T) {
	done := make(chan error, 1)
	pipe := filepath.Join(t.TempDir(), "wp-config.php")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := fingerprint(pipe)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a pipe has a fingerprint")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a pipe without a writer is waited for")
	}
	if _, err := fingerprint(filepath.Join(t.TempDir(), "gone.php")); err == nil {
		t.Error("a file that is not there has a fingerprint")
	}
}
