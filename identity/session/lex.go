package session

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// Bounds of expressions; those of our recipes have a quarter of it.
const (
	maxExpr  = 1024 // bytes
	maxDepth = 24   // of parentheses and operators within each other
	maxNodes = 256  // of an expression
)

// kind is what a token is.
type kind uint8

const (
	tokenEnd kind = iota
	tokenName
	tokenVariable
	tokenText
	tokenNumber
	tokenSign
)

// token is a word of an expression. text is without the marks around it.
type token struct {
	kind kind
	text string
}

// signs are the operators and marks, longer ones first.
var signs = []string{"<=", ">=", "!=", "=", "<", ">", "(", ")", ",", "+", "-", "*"}

// lex cuts an expression into tokens.
func lex(text string) ([]token, error) {
	if len(text) > maxExpr {
		return nil, fmt.Errorf("is longer than %d bytes", maxExpr)
	}
	var tokens []token
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			return append(tokens, token{}), nil
		}
		t, rest, err := next(text)
		if err != nil {
			return nil, err
		}
		tokens, text = append(tokens, t), rest
	}
}

// next reads the token a text begins with.
func next(text string) (token, string, error) {
	switch c := text[0]; {
	case c == '\'':
		return quoted(text)
	case c == '$':
		n := wordLength(text[1:])
		if n == 0 {
			return token{}, "", errors.New("has a $ without a name")
		}
		return token{tokenVariable, text[1 : n+1]}, text[n+1:], nil
	case c >= '0' && c <= '9':
		n := wordLength(text)
		if !wholeNumber(text[:n]) {
			return token{}, "", fmt.Errorf("has %q, which is no whole number", setting.Clip(text[:n]))
		}
		return token{tokenNumber, text[:n]}, text[n:], nil
	}
	if n := wordLength(text); n > 0 {
		return token{tokenName, text[:n]}, text[n:], nil
	}
	for _, sign := range signs {
		if rest, is := strings.CutPrefix(text, sign); is {
			return token{tokenSign, sign}, rest, nil
		}
	}
	return token{}, "", fmt.Errorf("has %q, which means nothing here", setting.ClipAt(text, 8))
}

// quoted reads 'text', in which two quotes stand for one.
func quoted(text string) (token, string, error) {
	var b strings.Builder
	for rest := text[1:]; ; {
		before, after, ok := strings.Cut(rest, "'")
		b.WriteString(before)
		if !ok {
			return token{}, "", errors.New("has a text without its closing quote")
		}
		if !strings.HasPrefix(after, "'") {
			return token{tokenText, b.String()}, after, nil
		}
		b.WriteByte('\'')
		rest = after[1:]
	}
}

func wordLength(text string) int {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return i
		}
	}
	return len(text)
}

// validName accepts names of variables and recipes.
func validName(name string) bool {
	return name != "" && len(name) <= 64 && wordLength(name) == len(name) && (name[0] < '0' || name[0] > '9')
}
