package convert

import (
	"bytes"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
)

// NewTime returns the converter that gives the Unix seconds of a point in time, in decimals, without a fraction. as is what the input holds:
//
//   - auto: a text of sql or iso, a number of 14 digits that is a mw14, or another whole number whose size tells its unit, as [Time] says;
//   - unix, unix_ms, unix_ns: a number since 1970 in seconds, milliseconds, nanoseconds, with a fraction or not;
//   - sql: "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", with a fraction of a second or an offset ("+01", "+01:00", "Z") or neither;
//   - iso: the same with T between, and ISO 8601 without hyphens and colons ("20060102T150405Z");
//   - mw14: 14 digits, "20060102150405";
//   - ticks: 100 nanoseconds since the year 1, as .NET counts.
//
// Texts without an offset are in zone; nil is UTC. An hour that the zone leaves out counts as the hour behind it, one that comes twice as its first.
// Zero dates, what cannot be read, and times before 1971 or after 9999 give nothing. An unknown as is an error that lists those that exist.
func NewTime(as string, zone *time.Location) (Func, error) {
	read, ok := timeForms[as]
	if !ok {
		return nil, fmt.Errorf("unknown form of time %q; forms are %s", as, strings.Join(TimeForms(), ", "))
	}
	if zone == nil {
		zone = time.UTC
	}
	return func(dst, in []byte) []byte {
		in = bytes.TrimSpace(in)
		if len(in) == 0 || len(in) > maxTime {
			return dst
		}
		if seconds, ok := read(in, zone); ok && seconds >= firstSecond && seconds <= lastSecond {
			return strconv.AppendInt(dst, seconds, 10)
		}
		return dst
	}, nil
}

// TimeForms lists the forms of [NewTime] in alphabetical order.
func TimeForms() []string {
	forms := make([]string, 0, len(timeForms))
	for form := range timeForms {
		forms = append(forms, form)
	}
	sort.Strings(forms)
	return forms
}

// The times NewTime gives: 1971-01-01 00:00:00 to 9999-12-31 23:59:59 UTC. In 1970 lie the zero dates of many sites, in whatever zone.
const (
	firstSecond = 31_536_000
	lastSecond  = 253_402_300_799
)

var timeForms = map[string]func(in []byte, zone *time.Location) (int64, bool){
	"auto": func(in []byte, zone *time.Location) (int64, bool) {
		t := Time(in, zone)
		return t.Unix(), !t.IsZero()
	},
	"iso": func(in []byte, zone *time.Location) (int64, bool) {
		t, ok := textTime(in, zone)
		if !ok {
			t, ok = basicISO(in, zone)
		}
		return t.Unix(), ok
	},
	"mw14": func(in []byte, zone *time.Location) (int64, bool) {
		t, ok := mediaWiki(in, zone)
		return t.Unix(), ok
	},
	"sql": func(in []byte, zone *time.Location) (int64, bool) {
		t, ok := textTime(in, zone)
		return t.Unix(), ok
	},
	"ticks":   units(10_000_000, -62_135_596_800),
	"unix":    units(1, 0),
	"unix_ms": units(1_000, 0),
	"unix_ns": units(1_000_000_000, 0),
}

// units reads a number of which perSecond make a second, counted from epoch, in Unix seconds.
func units(perSecond, epoch int64) func([]byte, *time.Location) (int64, bool) {
	return func(in []byte, _ *time.Location) (int64, bool) {
		whole, fraction, pointed := bytes.Cut(in, []byte("."))
		if _, ok := digits(fraction); !ok || pointed && len(fraction) == 0 || !isWhole(whole) {
			return 0, false
		}
		n, err := strconv.ParseInt(string(whole), 10, 64)
		if err != nil || n < 0 || n == math.MaxInt64 { // the greatest number means never
			return 0, false
		}
		return n/perSecond + epoch, true
	}
}

// mediaWiki reads 14 digits: year, month, day, hour, minute, second.
func mediaWiki(in []byte, zone *time.Location) (time.Time, bool) {
	if len(in) != 14 {
		return time.Time{}, false
	}
	return compact(in[:8], in[8:], zone)
}

// compact reads eight digits of a date and six of a time.
func compact(date, clock []byte, zone *time.Location) (time.Time, bool) {
	year, ok1 := digits(date[:4])
	month, ok2 := digits(date[4:6])
	day, ok3 := digits(date[6:])
	hour, ok4 := digits(clock[:2])
	minute, ok5 := digits(clock[2:4])
	second, ok6 := digits(clock[4:])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return time.Time{}, false
	}
	return civil(year, month, day, hour, minute, second, zone)
}

// basicISO reads ISO 8601's form without hyphens and colons, with an offset or without.
func basicISO(in []byte, zone *time.Location) (time.Time, bool) {
	if len(in) == 15 && in[8] == 'T' {
		return compact(in[:8], in[9:], zone)
	}
	for _, layout := range []string{"20060102T150405Z0700", "20060102T150405Z07"} {
		if t, err := time.Parse(layout, string(in)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
