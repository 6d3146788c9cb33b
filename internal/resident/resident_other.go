//go:build !linux

package resident

// ForgetProgram returns ErrUnsupported.
func ForgetProgram() error { return ErrUnsupported }
