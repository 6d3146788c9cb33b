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

// maxTime is the most bytes of a point in time; the longest form has 35.
const maxTime = 40

// Time reads a point in time: "2006-01-02 15:04:05[.999]" and "2006-01-02" in zone (nil is UTC), the same with T and an offset or Z,
// and whole numbers since 1970 whose size tells their unit (9 to 11 digits seconds, 12–14 ms, 15–17 µs, 18–19 ns). Of 14 digits those that are a
// date and time from 1900 to 2099 (MediaWiki's 20060102150405) are that, in zone: as milliseconds they would lie in the 26th century.
// An hour that the zone leaves out in spring counts as the hour behind it, one that comes twice in autumn as its first.
// Zero dates, times at or before 1970, numbers below 10^8 (a year, a counter) and everything else are the zero time. Fractions of a second are cut off.
func Time(in []byte, zone *time.Location) time.Time {
	in = bytes.TrimSpace(in)
	if len(in) == 0 || len(in) > maxTime {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	if t, ok := number(in, zone); ok {
		return positive(t)
	}
	if t, ok := textTime(in, zone); ok {
		return positive(t)
	}
	return time.Time{}
}

// The forms of a date and time besides the commonest, with an offset and without.
var (
	offsetLayouts = []string{
		time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-07", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05 -0700",
	}
	localLayouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02T15:04"}
)

// textTime reads a date, with a time or without.
func textTime(in []byte, zone *time.Location) (time.Time, bool) {
	if t, ok := sqlTime(in, zone); ok {
		return t, !t.IsZero()
	}
	if len(in) == len(time.DateOnly) {
		return dateOnly(in, zone)
	}
	if len(in) < len(time.DateOnly) || in[4] != '-' || in[7] != '-' {
		return time.Time{}, false // without time.Parse, which would make an error of every layout
	}
	text := string(in)
	for _, layout := range offsetLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	for _, layout := range localLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return wall(t.Unix(), zone), true
		}
	}
	return time.Time{}, false
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

func number(in []byte, zone *time.Location) (time.Time, bool) {
	unsigned := in
	if in[0] == '-' || in[0] == '+' {
		unsigned = in[1:]
	}
	if _, ok := digits(unsigned); !ok || len(unsigned) == 0 {
		return time.Time{}, false // without ParseInt, which would make an error of every SQL time
	}
	if len(in) == 14 && (string(in[:2]) == "19" || string(in[:2]) == "20") {
		if t, ok := mediaWiki(in, zone); ok {
			return t, true
		}
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
	t, _ := civil(year, month, day, hour, minute, second, zone)
	return t, true // the zero time for a zero date, or one MySQL stored although it does not exist
}

// dateOnly reads a date as its midnight.
func dateOnly(in []byte, zone *time.Location) (time.Time, bool) {
	year, ok1 := digits(in[0:4])
	month, ok2 := digits(in[5:7])
	day, ok3 := digits(in[8:10])
	if !ok1 || !ok2 || !ok3 || in[4] != '-' || in[7] != '-' {
		return time.Time{}, false
	}
	return civil(year, month, day, 0, 0, 0, zone)
}

// civil is a date and time in zone; false when there is none such.
func civil(year, month, day, hour, minute, second int, zone *time.Location) (time.Time, bool) {
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	shown := int64(daysBefore(year, month, day))*86_400 + int64(hour*3600+minute*60+second)
	if zone == time.UTC {
		return time.Unix(shown, 0), true
	}
	return wall(shown, zone), true
}

// daysBefore is the number of days from 1970-01-01 to a date. Years are counted from March, so that the day of leap years is their last.
func daysBefore(year, month, day int) int {
	if month < 3 {
		year, month = year-1, month+12
	}
	year += 400 // none is negative then
	return year*365 + year/4 - year/100 + year/400 + (153*month-457)/5 + day - 865_566
}

// wall is the point in time at which clocks in zone show what they show in UTC at shown, in Unix seconds. time.Date leaves open what it makes of an hour that
// does not exist or comes twice, and differs between zones: here the first of two counts, and in a gap the clock goes on as if it had not been put forward.
func wall(shown int64, zone *time.Location) time.Time {
	const day = 24 * 60 * 60 // beyond every offset and gap, so that at most one change lies between
	dayBefore := time.Unix(shown-day, 0).In(zone)
	_, before := dayBefore.Zone()
	early := time.Unix(shown-int64(before), 0)
	if _, change := dayBefore.ZoneBounds(); change.IsZero() || change.Unix() > shown+day {
		return early
	}
	_, after := time.Unix(shown+day, 0).In(zone).Zone()
	late := time.Unix(shown-int64(after), 0)
	if offset(early, zone) != before && offset(late, zone) == after {
		return late
	}
	return early
}

func offset(t time.Time, zone *time.Location) int {
	_, seconds := t.In(zone).Zone()
	return seconds
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
