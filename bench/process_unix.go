//go:build unix

package main

import "syscall"

// ownGroup keeps the terminal's ^C from the servers, so that they are ended in order and not all at once.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
