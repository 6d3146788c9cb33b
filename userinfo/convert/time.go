package convert

import (
	"bytes"
	"strconv"
	"time"
)

// newUnix gives the Unix seconds of a point in time in any form Unix reads.
func newUnix(_ []string, env Env) (Func, error) {
	return func(dst, in []byte) []byte {
		if t := Time(in, env.Zone); !t.IsZero() {
			return strconv.AppendInt(dst, t.Unix(), 10)
		}
		return dst
	}, nil
}

// Time reads a point in time: "2006-01-02 15:04:05[.999]" and "2006-01-02" in zone (nil is UTC), the same with T and an offset or Z,
// and whole numbers since 1970 whose size tells their unit (9 to 11 digits seconds, 12–14 ms, 15–17 µs, 18–19 ns).
// Zero dates, times at or before 1970, numbers below 10^8 (a year, a counter) and everything else are the zero time. Fractions of a second are cut off.
func Time(in []byte, zone *time.Location) time.Time {
	in = bytes.TrimSpace(in)
	if len(in) == 0 || len(in) > 40 {
		return time.Time{}
	}
	if t, ok := number(in); ok {
		return positive(t)
	}
	if zone == nil {
		zone = time.UTC
	}
	if t, ok := sqlTime(in, zone); ok {
		return positive(t)
	}
	text := string(in)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-07", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return positive(t)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return positive(t)
		}
	}
	return time.Time{}
}

func positive(t time.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	if t.Nanosecond() != 0 {
		t = t.Truncate(time.Second)
	}
	return t.UTC()
}

// firstNumber is the least number that is a time: 1973 in seconds. Years, counters and flags are smaller.
const firstNumber = 1e8

func number(in []byte) (time.Time, bool) {
	unsigned := in
	if in[0] == '-' || in[0] == '+' {
		unsigned = in[1:]
	}
	if _, ok := digits(unsigned); !ok || len(unsigned) == 0 {
		return time.Time{}, false // without ParseInt, which would make an error of every SQL time
	}
	n, err := strconv.ParseInt(string(in), 10, 64)
	if err != nil {
		return time.Time{}, true // beyond 64 bits
	}
	switch {
	case n < firstNumber:
		return time.Time{}, true
	case n < 1e11:
		return time.Unix(n, 0), true
	case n < 1e14:
		return time.UnixMilli(n), true
	case n < 1e17:
		return time.UnixMicro(n), true
	default:
		return time.Unix(0, n), true
	}
}

// sqlTime reads the commonest form without allocating: it is on the path of every users-info answer.
func sqlTime(in []byte, zone *time.Location) (time.Time, bool) {
	if len(in) < 19 || in[4] != '-' || in[7] != '-' || in[10] != ' ' || in[13] != ':' || in[16] != ':' {
		return time.Time{}, false
	}
	for _, c := range in[19:] {
		if c != '.' && (c < '0' || c > '9') {
			return time.Time{}, false
		}
	}
	year, ok1 := digits(in[0:4])
	month, ok2 := digits(in[5:7])
	day, ok3 := digits(in[8:10])
	hour, ok4 := digits(in[11:13])
	minute, ok5 := digits(in[14:16])
	second, ok6 := digits(in[17:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return time.Time{}, false
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, true // a zero date, or one MySQL stored although it does not exist
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, zone), true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

func digits(in []byte) (int, bool) {
	n := 0
	for _, c := range in {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
