package mesibo

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// BenchmarkSweep scans a million users, of whom three in four have a phone: what a scan costs of time, and of memory beside what is there before.
func BenchmarkSweep(b *testing.B) {
	const users = 1_000_000
	for _, kind := range []string{"sqlite", "mariadb"} {
		b.Run(kind, func(b *testing.B) {
			s := newTown(b, kind, "BIGINT")
			number, series := "printf('+91 98765%06d', i)", "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 1000000) "
			insert := "INSERT INTO users (id, nick, phone, active, role) "
			row := "SELECT i, 'somebody', CASE WHEN i % 4 = 0 THEN NULL ELSE " + number + " END, 1, 'member' FROM s"
			if kind == "mariadb" {
				row = insert + "SELECT seq, 'somebody', CASE WHEN seq % 4 = 0 THEN NULL ELSE CONCAT('+91 98765', LPAD(seq, 6, '0')) END, 1, 'member' FROM seq_1_to_1000000"
			} else {
				row = series + insert + row
			}
			s.exec(row)
			runtime.GC()
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			peak := uint64(0)
			scan := s.people.scan
			s.people.scan = func(ctx context.Context, at userinfo.Cursor) (userinfo.Page, error) {
				if pages, _ := s.counted(); pages%100 == 0 {
					runtime.GC() // what is held, not what is left
					runtime.ReadMemStats(&now)
					peak = max(peak, now.HeapAlloc)
				}
				return scan(ctx, at)
			}
			for b.Loop() {
				s.pass(time.Minute)
				s.swept()
			}
			pages, _ := s.counted()
			b.ReportMetric(float64(users)*float64(b.N)/b.Elapsed().Seconds(), "users/s")
			b.ReportMetric(float64(pages)/float64(b.N), "pages/op")
			b.ReportMetric(float64(int64(peak)-int64(before.HeapAlloc))/(1<<20), "MB-more")
			if got := s.holder("9198765999999"); got != "999999" {
				b.Error(got)
			}
		})
	}
}
