package convert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/userinfo/convert"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

func TestTimesInEveryForm(t *testing.T) {
	const utc, berlin, kolkata = "UTC", "Europe/Berlin", "Asia/Kolkata"
	for _, c := range []struct{ name, in, zone, want string }{
		{"SQL", "2026-01-01 12:34:56", utc, "2026-01-01T12:34:56Z"},
		{"SQL with a fraction", "2026-01-01 12:34:56.999999", utc, "2026-01-01T12:34:56Z"},
		{"SQL in winter", "2026-01-01 12:00:00", berlin, "2026-01-01T11:00:00Z"},
		{"SQL in summer", "2026-07-01 12:00:00", berlin, "2026-07-01T10:00:00Z"},
		{"SQL in a zone of half hours", "2026-07-01 12:00:00", kolkata, "2026-07-01T06:30:00Z"},
		{"before the hour that summer time leaves out", "2026-03-29 01:59:59", berlin, "2026-03-29T00:59:59Z"},
		{"after the hour that summer time leaves out", "2026-03-29 03:00:00", berlin, "2026-03-29T01:00:00Z"},
		{"before the hour that comes twice", "2026-10-25 01:59:59", berlin, "2026-10-24T23:59:59Z"},
		{"after the hour that comes twice", "2026-10-25 03:00:00", berlin, "2026-10-25T02:00:00Z"},
		{"spaces around", "  2026-01-01 12:34:56\n", utc, "2026-01-01T12:34:56Z"},
		{"an offset counts and the zone does not", "2026-01-01 12:00:00+02:00", berlin, "2026-01-01T10:00:00Z"},
		{"PostgreSQL's short offset", "2026-01-01 12:00:00.5-07", berlin, "2026-01-01T19:00:00Z"},
		{"RFC 3339", "2026-01-01T12:00:00Z", berlin, "2026-01-01T12:00:00Z"},
		{"RFC 3339 with an offset", "2026-01-01T12:00:00.123+05:30", utc, "2026-01-01T06:30:00Z"},
		{"T without an offset is in the zone", "2026-01-01T12:00:00", berlin, "2026-01-01T11:00:00Z"},
		{"without seconds", "2026-01-01 12:34", utc, "2026-01-01T12:34:00Z"},
		{"a date is midnight in the zone", "2026-01-02", berlin, "2026-01-01T23:00:00Z"},
		{"seconds", "1767225600", berlin, "2026-01-01T00:00:00Z"},
		{"milliseconds", "1767225600123", utc, "2026-01-01T00:00:00Z"},
		{"microseconds", "1767225600123456", utc, "2026-01-01T00:00:00Z"},
		{"nanoseconds", "1767225600123456789", utc, "2026-01-01T00:00:00Z"},
		{"the first second of a date", "1970-01-01 00:00:01", utc, "1970-01-01T00:00:01Z"},
		{"the first number that is a time", "100000000", utc, "1973-03-03T09:46:40Z"},
		{"the last number that is none", "99999999", utc, ""},
		{"a year", "2025", utc, ""},
		{"a date as a number", "20250131", utc, ""},
		{"a flag", "1", utc, ""},
		{"beyond 2038", "4102444800", utc, "2100-01-01T00:00:00Z"},
		{"29 February", "2024-02-29 00:00:00", utc, "2024-02-29T00:00:00Z"},
		{"nothing", "", utc, ""},
		{"a zero date", "0000-00-00 00:00:00", utc, ""},
		{"a zero date with a fraction", "0000-00-00 00:00:00.000000", utc, ""},
		{"a zero date alone", "0000-00-00", utc, ""},
		{"a zero month", "2026-00-10 00:00:00", utc, ""},
		{"a zero day", "2026-01-00 00:00:00", utc, ""},
		{"30 February", "2026-02-30 00:00:00", utc, ""},
		{"29 February of no leap year", "2026-02-29 00:00:00", utc, ""},
		{"29 February 1900", "1900-02-29 00:00:00", utc, ""},
		{"31 April", "2026-04-31 00:00:00", utc, ""},
		{"hour 24", "2026-01-01 24:00:00", utc, ""},
		{"second 60", "2026-01-01 00:00:60", utc, ""},
		{"before 1970", "1969-12-31 23:59:59", utc, ""},
		{"1970 itself", "1970-01-01 00:00:00", utc, ""},
		{"1970 in a zone east", "1970-01-01 00:30:00", berlin, ""},
		{"zero", "0", utc, ""},
		{"a negative number", "-1", utc, ""},
		{"a number beyond 64 bits", "99999999999999999999", utc, ""},
		{"a fraction", "1767225600.5", utc, ""},
		{"words", "yesterday", utc, ""},
		{"a date of another land", "01.02.2026", utc, ""},
		{"NUL bytes", "\x00\x00", utc, ""},
		{"too long", strings.Repeat("1", 41), utc, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := convert.Time([]byte(c.in), zone(t, c.zone))
			text := ""
			if !got.IsZero() {
				text = got.Format(time.RFC3339Nano)
			}
			if text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
	t.Run("no zone is UTC", func(t *testing.T) {
		if got := convert.Time([]byte("2026-01-01 12:00:00"), nil); got.Format(time.RFC3339) != "2026-01-01T12:00:00Z" {
			t.Errorf("got %s", got)
		}
	})
}

func TestEveryDayOfFourCenturiesIsTheOneOfTheCalendar(t *testing.T) {
	for day := time.Date(1971, 1, 1, 12, 34, 56, 0, time.UTC); day.Year() < 2401; day = day.AddDate(0, 0, 1) {
		if got := convert.Time(day.AppendFormat(nil, time.DateTime), nil); !got.Equal(day) {
			t.Fatalf("%s is read as %s", day, got)
		}
	}
}

func TestEveryHourOfAYearIsTheOneOfItsZone(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "America/St_Johns"} {
		z := zone(t, name)
		shown := map[string]bool{}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, z); at.Year() == 2026; at = at.Add(30 * time.Minute) {
			text := at.Format(time.DateTime)
			if shown[text] {
				continue // comes twice, and the first counts
			}
			shown[text] = true
			if got := convert.Time([]byte(text), z); !got.Equal(at) {
				t.Errorf("%s in %s is read as %s, and is %s", text, name, got, at.UTC())
			}
		}
	}
}

// FuzzTime: what comes out is a whole second after 1970 in UTC, or nothing; and it reads back as itself.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		"2026-01-01 12:34:56", "2026-03-29 02:30:00", "0000-00-00 00:00:00", "2026-01-01T12:00:00.5+05:30", "1767225600", "1767225600123", "-1",
		"2026-01-01", "9999-12-31 23:59:59", "2026-02-30 00:00:00", "2026-01-01 12:00:00-07", "９", "2026-01-01 00:00:00.",
	} {
		f.Add(seed)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, in string) {
		for _, z := range []*time.Location{nil, time.UTC, berlin} {
			got := convert.Time([]byte(in), z)
			if got.IsZero() {
				continue
			}
			if got.Unix() <= 0 || got.Nanosecond() != 0 || got.Location() != time.UTC {
				t.Errorf("%q is %s", in, got)
			}
			if got.Year() > 9999 {
				continue // beyond what the text form of a time can hold
			}
			if back := convert.Time([]byte(got.Format(time.DateTime)), time.UTC); !back.Equal(got) {
				t.Errorf("%q is %s, which reads back as %s", in, got, back)
			}
		}
	})
}
