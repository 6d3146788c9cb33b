package sitedb

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"

	"github.com/chatpass/chatpass/userinfo"
)

// The classes of failures, as the metric names them.
const (
	ClassConnect = "connect" // no connection: refused, unreachable, no TLS, too many, broken twice, or the breaker is open
	ClassTimeout = "timeout" // no answer in time
	ClassDenied  = "denied"  // the account may not connect or not read, or there is no such database
	ClassMapping = "mapping" // a table or column does not exist
	ClassLimit   = "limit"   // the server ended the statement
	ClassOther   = "other"
)

// Refusal is why the server lets an account not in at all.
type Refusal string

// The refusals, as far as servers tell them.
const (
	RefusedLogin    Refusal = "login"    // user name or password, or the account is for another machine or needs TLS: MySQL says the same of all
	RefusedPlugin   Refusal = "plugin"   // the account is proven in another way than by a password
	RefusedDatabase Refusal = "database" // there is none of this name
	RefusedRight    Refusal = "right"    // no right on a database of this name, or there is none
	RefusedOrigin   Refusal = "origin"   // it may not log in, or not from this machine or in this way
	RefusedBlocked  Refusal = "blocked"  // this machine is shut out for a while
	RefusedAccount  Refusal = "account"  // locked, or its password has expired
	RefusedCrowd    Refusal = "crowd"    // the server has no connection left
	RefusedLimit    Refusal = "limit"    // the account may not have more connections, or not send more queries, for now
)

// Error is a failure of the site's database. It wraps [userinfo.ErrUnavailable] or [userinfo.ErrMapping]; its text holds neither
// the address of the database with its password nor a value of a query.
type Error struct {
	class    string
	sentinel error
	text     string
	cause    error   // only a context's error; a driver's own may hold values
	idle     bool    // the failure says nothing about the database: it was not asked
	refusal  Refusal // denied, or no connection: why the server lets the account not in
	unread   bool    // denied: it may not read something
}

// Error is the class's sentinel and what happened.
func (e *Error) Error() string { return e.sentinel.Error() + ": " + e.text }

// Class is one of the Class constants.
func (e *Error) Class() string { return e.class }

// Refusal is why the account is not let in, "" if it is or that is not what failed.
func (e *Error) Refusal() Refusal { return e.refusal }

// Unwrap gives the sentinel, the context's error if it was a deadline, and [userinfo.ErrDenied] if a right to read is missing.
func (e *Error) Unwrap() []error {
	all := []error{e.sentinel}
	if e.cause != nil {
		all = append(all, e.cause)
	}
	if e.unread {
		all = append(all, userinfo.ErrDenied)
	}
	return all
}

func unavailable(class, text string) *Error {
	return &Error{class: class, sentinel: userinfo.ErrUnavailable, text: text}
}

func mappingFault(text string) *Error {
	return &Error{class: ClassMapping, sentinel: userinfo.ErrMapping, text: text}
}

// errWaiting marks a deadline that passed while waiting for a free connection of the pool.
var errWaiting = errors.New("waiting for a free connection")

// classify turns the error of a query into what callers get. The caller's own cancelling stays what it is.
func (db *DB) classify(parent context.Context, err error) error {
	if errors.Is(parent.Err(), context.Canceled) {
		return parent.Err()
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var dial *dialError
	dialling := errors.As(err, &dial)
	if dialling {
		err = dial.cause
	}
	if f := db.dialect.fault(err); f != nil {
		if _, postgres := db.dialect.(*postgresDialect); dialling && postgres && f.unread { // there is nothing to read yet
			f = lockedOut(RefusedRight, "the account has no right to connect to this database")
		}
		if dialling && f.class != ClassDenied {
			f.class = ClassConnect
		}
		if dialling {
			f.sentinel, f.idle = userinfo.ErrUnavailable, false
		}
		return f
	}
	if dialling { // after the server's own words: pgx joins them with those of an attempt with TLS that it may do without
		if text := tlsText(err); text != "" {
			return unavailable(ClassConnect, text)
		}
	}
	var timeout net.Error
	switch {
	case errors.Is(err, errWaiting):
		return &Error{class: ClassTimeout, sentinel: userinfo.ErrUnavailable, text: "every connection is busy", cause: context.DeadlineExceeded, idle: true}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		text := "no answer in time"
		if dialling {
			text = "no connection in time"
		}
		return &Error{class: ClassTimeout, sentinel: userinfo.ErrUnavailable, text: text, cause: context.DeadlineExceeded}
	case db.broken(err):
		return unavailable(ClassConnect, "the connection broke")
	case dialling:
		return unavailable(ClassConnect, dialText(err))
	default:
		return unavailable(ClassOther, "the query failed")
	}
}

// dialText says why there is no connection, without the address, which may hold a password.
func dialText(err error) string {
	var dns *net.DNSError
	var errno syscall.Errno
	switch {
	case errors.As(err, &dns):
		return "the host name of the database cannot be resolved"
	case errors.As(err, &errno):
		return "no connection: " + errno.Error()
	default:
		return "no connection"
	}
}

// tlsText says what is wrong with the server's TLS, "" if that is not why there is no connection.
func tlsText(err error) string {
	var unverified *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, mysql.ErrNoTLS), strings.Contains(err.Error(), "server refused TLS connection"): // pgconn has no value for it
		return "the server offers no TLS, which tls=true or sslmode in the address asks for"
	case errors.As(err, &unverified):
		return "the certificate of the server's TLS cannot be verified"
	case errors.As(err, &record):
		return "the server does not speak TLS"
	default:
		return ""
	}
}

// broken reports that a connection ended under a query, so that another one may answer it.
func (db *DB) broken(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) || db.dialect.broken(err)
}

// isDown reports a failure that counts against the database: it could not be reached or did not answer.
func isDown(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.class == ClassConnect || e.class == ClassTimeout || e.refusal != "")
}

// isNoEvidence reports a failure that says nothing about the database.
func isNoEvidence(err error) bool {
	var e *Error
	return errors.Is(err, context.Canceled) || errors.As(err, &e) && e.idle
}

// lockedOut is an account that may not connect at all.
func lockedOut(why Refusal, text string) *Error {
	e := unavailable(ClassDenied, text)
	e.refusal = why
	return e
}

// crowded is a server that has no room for the account just now.
func crowded(why Refusal, text string) *Error {
	e := unavailable(ClassConnect, text)
	e.refusal = why
	return e
}

// deniedRead is an account that may connect but not read what it must. message is what the server says of it, of which the names of a table and a column are told.
func deniedRead(message string) *Error {
	text := "the account may not read a table or column of the mapping"
	if m := deniedColumn.FindStringSubmatch(message); m != nil {
		text = "the account may not read column " + m[1] + " of table " + m[2] + "; GRANT SELECT (" + m[1] + ") ON " + m[2]
	} else if m := deniedTable.FindStringSubmatch(message); m != nil {
		text = "the account may not read what the mapping needs of table " + m[1] + "; GRANT SELECT ON " + m[1]
	}
	e := unavailable(ClassDenied, text)
	e.unread = true
	return e
}

// What servers say. Only plain names are taken, so that nothing else of a message is told.
var (
	deniedColumn = regexp.MustCompile("for column '([A-Za-z0-9_$]{1,64})' in table '([A-Za-z0-9_$]{1,64})'$")
	deniedTable  = regexp.MustCompile("(?:for table |permission denied for (?:table|view|relation|materialized view|foreign table) )['`\"]?(?:[A-Za-z0-9_$-]{1,64}[`.]{1,3})?([A-Za-z0-9_$]{1,64})['`\"]?$")
)

// fail tells the metric and returns the error.
func (db *DB) fail(err error) error {
	var e *Error
	if errors.As(err, &e) {
		db.onError(e.class)
	}
	return err
}
