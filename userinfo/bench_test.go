package userinfo_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// fixedRows is a source whose every query by key gives the same rows at no cost of its own.
type fixedRows struct {
	*source
	rows *userinfo.Rows
}

type fixedLookup struct{ rows *userinfo.Rows }

func (f fixedRows) ByKey(userinfo.Select, string) (userinfo.Lookup, error) {
	return fixedLookup{f.rows}, nil
}

func (f fixedLookup) Rows(context.Context, ...any) (*userinfo.Rows, error) { return f.rows, nil }

// benchTable is a table like the issue's, with n users.
func benchTable(n int) (userinfo.Settings, fixedRows, []string) {
	s := userinfo.Settings{
		Table: "t", ID: "user_id", Name: "display_name", Avatar: "https://img.example.com/avatars/{avatar}", ProfileURL: "{site}/members/{user_id}/",
		LastLogin: "last_login_date", Badge: "custom10", SiteURL: "https://www.example.com",
	}
	from := fixedRows{&source{tables: map[string]*table{"t": {columns: []userinfo.Column{
		col("user_id", userinfo.ColumnUint), col("display_name", userinfo.ColumnText), col("avatar", userinfo.ColumnText),
		col("last_login_date", userinfo.ColumnTime), col("custom10", userinfo.ColumnText),
	}}}}, userinfo.NewRows(5)}
	var texts []string
	for i := range n {
		id := strconv.Itoa(i + 1)
		texts = append(texts, id)
		// In the order the mapping names the columns.
		for _, cell := range []string{id, "Member number " + id, id + "/100x100.jpg", "2026-01-01 12:34:56", "Gold"} {
			from.rows.AppendCell([]byte(cell))
		}
	}
	return s, from, texts
}

// BenchmarkAnswersUncached is everything but the database: parsing, gathering, decoding and encoding.
func BenchmarkAnswersUncached(b *testing.B) {
	for _, n := range []int{1, 10, 100, 500} {
		b.Run(fmt.Sprintf("%d ids", n), func(b *testing.B) {
			s, from, texts := benchTable(n)
			benchAppend(b, answers(b, directory(b, s, from, userinfo.Options{}), userinfo.AnswersOptions{Encode: fullObject}), texts)
		})
	}
}

func BenchmarkAnswersCached(b *testing.B) {
	for _, n := range []int{1, 10, 100, 500} {
		b.Run(fmt.Sprintf("%d ids", n), func(b *testing.B) {
			s, from, texts := benchTable(n)
			benchAppend(b, answers(b, directory(b, s, from, userinfo.Options{}), userinfo.AnswersOptions{TTL: time.Hour, Encode: fullObject}), texts)
		})
	}
}

func benchAppend(b *testing.B, a *userinfo.Answers, texts []string) {
	b.Helper()
	out, _, err := a.Append(b.Context(), nil, texts)
	if err != nil || len(out) < 100*len(texts) {
		b.Fatalf("%d bytes, %v", len(out), err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if out, _, err = a.Append(b.Context(), out[:0], texts); err != nil {
			b.Fatal(err)
		}
	}
}

func fullObject(dst []byte, u *userinfo.User) []byte {
	dst = append(append(dst, `{"user_id":`...), u.ID...)
	dst = userinfo.AppendString(append(dst, `,"name":`...), u.Name)
	dst = userinfo.AppendString(append(dst, `,"avatar_url":`...), u.AvatarURL)
	dst = userinfo.AppendString(append(dst, `,"profile_url":`...), u.ProfileURL)
	dst = strconv.AppendInt(append(dst, `,"lastlogin":`...), u.LastLogin.Unix(), 10)
	return append(userinfo.AppendString(append(dst, `,"badge":`...), u.Badge), '}')
}

func BenchmarkKeyParse(b *testing.B) {
	for kind, text := range map[userinfo.KeyKind]string{userinfo.KeyUint: "123456", userinfo.KeyInt: "-123456", userinfo.KeyText: "žofie", userinfo.KeyUUID: aUUID} {
		b.Run(kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := kind.Parse(text); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
}
