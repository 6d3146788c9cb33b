package pagecheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
)

// Token is a pass of a user that lies open in an answer: it has the form and the claims of those that Chatpass, or an old plugin of the
// provider, signs. Nothing is verified.
type Token struct {
	Owner   string // id of the user it lets in
	Dialog  bool   // opens one conversation; Owner is who writes
	Expires time.Time
	Where   string // "body", or the name of a header
	Text    secret.Secret
}

// Fingerprint is 8 hexadecimal digits by which two tokens can be told apart.
func (t *Token) Fingerprint() string {
	sum := sha256.Sum256([]byte(t.Text.Reveal()))
	return hex.EncodeToString(sum[:4])
}

// MaxTokens bounds how many different tokens of an answer are looked at. A page has one, and one for each button.
const MaxTokens = 200

// tokenForm is a JWT: its header is an object, which begins with {" in base64.
var tokenForm = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}`)

// escaped are other spellings of the characters of a token besides letters and digits: in HTML, JSON and addresses.
var escaped = strings.NewReplacer(
	"&#46;", ".", "&#x2e;", ".", "&#x2E;", ".", "&period;", ".", `\u002e`, ".", `\u002E`, ".", "%2E", ".", "%2e", ".",
	"&#45;", "-", "&#x2d;", "-", "&#x2D;", "-", `\u002d`, "-", `\u002D`, "-", "%2D", "-", "%2d", "-",
	"&#95;", "_", "&#x5f;", "_", "&#x5F;", "_", "&lowbar;", "_", `\u005f`, "_", `\u005F`, "_", "%5F", "_", "%5f", "_",
)

// FindTokens finds the tokens of users in the body, decoded to UTF-8, and in the header of an answer.
func FindTokens(body []byte, header http.Header) []Token {
	found := tokensIn("body", body, nil)
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			found = tokensIn(name, []byte(value), found)
		}
	}
	return found
}

func tokensIn(where string, text []byte, found []Token) []Token {
	if !bytes.Contains(text, []byte("eyJ")) {
		return found
	}
	for _, match := range tokenForm.FindAllString(escaped.Replace(string(text)), 4*MaxTokens) {
		if len(found) == MaxTokens {
			break
		}
		t, ok := read(match)
		if !ok || slices.ContainsFunc(found, func(x Token) bool { return x.Text.Equal(t.Text) }) {
			continue
		}
		t.Where = where
		found = append(found, t)
	}
	return found
}

// read reads the claims of a token. Others than a widget token and an open-dialog token have (ImbaChat §3.1, §3.2) make it somebody else's.
func read(text string) (Token, bool) {
	_, rest, _ := strings.Cut(text, ".")
	payload, _, _ := strings.Cut(rest, ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return Token{}, false
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal(raw, &claims) != nil {
		return Token{}, false
	}
	var exp int64
	if json.Unmarshal(claims["exp"], &exp) != nil || exp <= 0 {
		return Token{}, false
	}
	t := Token{Expires: time.Unix(exp, 0), Text: secret.New(text)}
	_, starts := claims["initiator"]
	switch {
	case starts && len(claims) == 4 && claims["status"] != nil:
		t.Owner, t.Dialog = plainID(claims["initiator"]), true
	case len(claims) == 2:
		t.Owner = plainID(claims["user_id"])
	}
	return t, t.Owner != ""
}

// plainID is an id in JSON, as number or text; empty for anything else.
func plainID(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
