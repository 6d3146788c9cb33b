package identity_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/userinfo"
)

// piece is a text of few characters, so that many are equal, begin alike, or are the end of one and the beginning of the next.
func piece(random *rand.Rand) string {
	letters := []string{"a", "b", "A", "=", ";", "; ", "\x00", "\x00\x00\x00\x00\x00\x00\x00\x01", "é", "\xff", "1", " "}
	var text strings.Builder
	for range random.IntN(6) {
		text.WriteString(letters[random.IntN(len(letters))])
	}
	return text.String()
}

// TestSEC40TwoVisitorsNeverShareAKey: of everything that is remembered of visitors, under any key.
func TestSEC40TwoVisitorsNeverShareAKey(t *testing.T) {
	t.Run("the key of whoami differs where cookie, browser or address do", func(t *testing.T) {
		random := rand.New(rand.NewPCG(40, 1))
		seen := map[[32]byte][3]string{}
		equal := 0
		for range 200_000 {
			v := [3]string{piece(random), piece(random), piece(random)}
			key := identity.VisitorKey(v[0], v[1], v[2])
			other, known := seen[key]
			if known && other != v {
				t.Fatalf("%q and %q have one key", other, v)
			}
			if known {
				equal++
			}
			seen[key] = v
		}
		if equal == 0 || len(seen) < 1000 {
			t.Errorf("%d keys, %d of them twice, prove too little", len(seen), equal)
		}
	})
	t.Run("nobody gets what was asked for somebody else at the same time", func(t *testing.T) {
		a := newWhoami(t, func(o *identity.WhoamiOptions) {
			o.Client = func(r *http.Request) string { return r.Header.Get("X-Of-The-Test") }
			o.Transport = trip(func(r *http.Request) (*http.Response, error) {
				// The site's answer depends on all it is told.
				return answers(fmt.Sprintf(`{"user_id":"%d"}`, number(r.Header.Get("Cookie"), r.UserAgent(), r.Header.Get("X-Forwarded-For")))), nil
			})
		})
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(40, uint64(w)))
				for range 500 {
					cookie, agent, address := fmt.Sprint("s=", random.IntN(5)), fmt.Sprint("B", random.IntN(3)), fmt.Sprint("192.0.2.", random.IntN(3))
					got, err := a.Resolve(t.Context(), request(stranger, "Cookie", cookie, "User-Agent", agent, "X-Of-The-Test", address))
					if want := fmt.Sprint(number(cookie, agent, address)); err != nil || string(got.UserID) != want {
						t.Errorf("%s, %s at %s is %+v, %v; want %s", cookie, agent, address, got, err, want)
						return
					}
				}
			})
		}
		wg.Wait()
	})
	t.Run("a used ticket uses up no other", func(t *testing.T) {
		random := rand.New(rand.NewPCG(40, 3))
		used, seen := identity.NewUsedTickets(), map[string]bool{}
		for range 20_000 {
			jti := piece(random) + piece(random)
			err := used.Add(jti, noon, noon.Add(time.Minute))
			if first := !seen[jti]; first != (err == nil) {
				t.Fatalf("jti %q, for the first time %t: %v", jti, first, err)
			}
			seen[jti] = true
		}
		if used.Len() != len(seen) || len(seen) < 1000 {
			t.Errorf("%d are remembered of %d", used.Len(), len(seen))
		}
	})
	t.Run("of the header nothing is remembered", func(t *testing.T) {
		h := newHeaders(t, "X-Chatpass-User", userinfo.KeyText)
		random := rand.New(rand.NewPCG(40, 4))
		for range 2000 {
			id := fmt.Sprint("u", random.IntN(50))
			if got, err := h.Resolve(t.Context(), request(proxy, "X-Chatpass-User", id)); err != nil || string(got.UserID) != id {
				t.Fatalf("%s is %+v, %v", id, got, err)
			}
			if got, err := h.Resolve(t.Context(), request(proxy)); err != nil || !got.Anonymous() {
				t.Fatalf("a guest after %s is %+v, %v", id, got, err)
			}
		}
	})
}

// number is the user of a visitor: no two of the test have the same.
func number(cookie, agent, address string) int {
	last := func(text string) int { return int(text[len(text)-1] - '0') }
	return 1000 + last(cookie)*100 + last(agent)*10 + last(address)
}

// TestSEC41KeysAreComparedInConstantTime reads the code: what a bearer token is compared with in this package is a digest, by subtle.ConstantTimeCompare,
// and no shorter way leads past it.
func TestSEC41KeysAreComparedInConstantTime(t *testing.T) {
	set := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	compares, callers := 0, 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			c := calls(fn)
			if c["subtle.ConstantTimeCompare"] {
				compares++
				if fn.Name.Name != "sameDigest" || !c["sha256.Sum256"] || branches(fn) {
					t.Errorf("%s compares otherwise than digest with digest, always", fn.Name.Name)
				}
			}
			if c["sameDigest"] {
				callers++
			}
			for _, easy := range []string{"bytes.Equal", "bytes.Compare", "reflect.DeepEqual", "strings.Compare"} {
				if c[easy] {
					t.Errorf("%s calls %s: is that no secret?", fn.Name.Name, easy)
				}
			}
			if c["Bearer"] {
				for _, text := range tokenComparisons(fn) {
					t.Errorf("%s compares the token by %s", fn.Name.Name, text)
				}
			}
		}
	}
	if compares != 1 || callers < 2 {
		t.Errorf("%d functions compare digests and %d let them; were they renamed?", compares, callers)
	}
}

func calls(fn *ast.FuncDecl) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			switch f := call.Fun.(type) {
			case *ast.Ident:
				found[f.Name] = true
			case *ast.SelectorExpr:
				if of, ok := f.X.(*ast.Ident); ok {
					found[of.Name+"."+f.Sel.Name] = true
				}
			}
		}
		return true
	})
	return found
}

// branches tells whether a function may end early.
func branches(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.SwitchStmt, *ast.ForStmt, *ast.RangeStmt:
			found = true
		case *ast.BinaryExpr:
			found = found || n.Op == token.LAND || n.Op == token.LOR
		}
		return !found
	})
	return found
}

// tokenComparisons are the comparisons of the variable token with anything but the empty text.
func tokenComparisons(fn *ast.FuncDecl) (found []string) {
	is := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && id.Name == "token"
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && (is(n.X) || is(n.Y)) {
				found = append(found, n.Op.String())
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 2 && (is(n.Args[0]) || is(n.Args[1])) {
				if of, ok := f.X.(*ast.Ident); ok && of.Name == "strings" {
					found = append(found, "strings."+f.Sel.Name)
				}
			}
		}
		return true
	})
	return found
}
