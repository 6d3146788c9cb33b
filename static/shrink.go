package static

import (
	"bytes"
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// tokenPattern is one token of our own JavaScript: white space, comment, text, regular expression, name or number, anything else. It is
// far from the whole language; what loader.js must therefore do without stands in the test of its rules. A division has a space behind
// its slash, a regular expression has none.
var tokenPattern = regexp.MustCompile(`\s+|//[^\n]*|'(?:[^'\\\n]|\\.)*'` +
	`|/(?:[^ /\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])*/[a-z]*` +
	`|[\w$]+|\.\.\.|=>|[=!]==?|.`)

var word = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

// reserved are words that may stand where a name gets a value and are none.
var reserved = []string{"const", "let", "of", "async", "await", "true", "false", "null", "undefined", "this"}

// shorter are ways to write a value.
var shorter = map[string]string{"true": "!0", "false": "!1", "undefined": "void 0"}

// token is one token without the white space and comments in front of it.
type token struct {
	text   string
	spaced bool // there was white space in front
	depth  int  // brackets of all kinds around it
	part   int  // which statement of the function around everything it belongs to
}

// shrink drops comments and white space and gives what the script declares short names. The script is one function around everything.
// What that function declares has one short name in the whole script; any other name has one within a statement of that function,
// so that scopes need not be known. Every statement ends with a semicolon.
func shrink(js []byte) []byte {
	tokens := scan(js)
	short := shortNames(tokens)
	var out bytes.Buffer
	begins := map[int]string{} // by depth: the first word of the statement
	for i, t := range tokens {
		text := t.text
		if word.MatchString(text) && (i == 0 || endsStatement(tokens[i-1])) {
			if i > 0 && tokens[i-1].text == ";" && text == "const" && begins[t.depth] == "const" {
				out.Truncate(out.Len() - 1)
				out.WriteByte(',') // one statement out of two
				continue
			}
			begins[t.depth] = text
		}
		if text == "}" && tokens[i-1].text == ";" {
			out.Truncate(out.Len() - 1) // the last semicolon of a block is optional
		}
		if name, ok := short[t.part][text]; ok && isVariable(tokens, i) {
			text = name
		} else if ok := shorter[text]; ok != "" && isVariable(tokens, i) {
			text = ok
		}
		if i > 0 && t.spaced && needSpace(out.Bytes()[out.Len()-1], text[0]) {
			out.WriteByte(' ')
		}
		out.WriteString(text)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func endsStatement(t token) bool { return t.text == ";" || t.text == "{" || t.text == "}" }

// bodyDepth is how many brackets are around the statements of (() => { … }).
const bodyDepth = 2

func scan(js []byte) (tokens []token) {
	spaced, depth, part := false, 0, 0
	for _, text := range tokenPattern.FindAllString(string(js), -1) {
		if strings.TrimSpace(text) == "" || strings.HasPrefix(text, "//") {
			spaced = true
			continue
		}
		if strings.Contains(")]}", text) {
			depth--
		}
		tokens = append(tokens, token{text, spaced, depth, part})
		spaced = false
		if strings.Contains("([{", text) {
			depth++
		}
		if text == ";" && depth == bodyDepth {
			part++
		}
	}
	return tokens
}

// needSpace reports whether two tokens would become one without a space.
func needSpace(a, b byte) bool {
	inWord := func(c byte) bool {
		return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return inWord(a) && inWord(b) || a == b && strings.IndexByte("+-/", a) >= 0
}

// isVariable reports whether token i is a name in use as a variable: neither a property (.name) nor a key (name:). The colon of a
// condition has a space in front.
func isVariable(tokens []token, i int) bool {
	if !word.MatchString(tokens[i].text) || i > 0 && tokens[i-1].text == "." {
		return false
	}
	return i+1 == len(tokens) || tokens[i+1].text != ":" || tokens[i+1].spaced
}

// names counts how often each name is in use, and tells which get a value.
type names struct {
	count map[string]int
	given map[string]bool
}

// shortNames gives short names by part: first to what the function around everything declares, then in each part to the rest.
func shortNames(tokens []token) map[int]map[string]string {
	all, parts := names{map[string]int{}, map[string]bool{}}, map[int]names{}
	outer := map[string]bool{}
	for i, t := range tokens {
		if !isVariable(tokens, i) || slices.Contains(reserved, t.text) {
			continue
		}
		if _, ok := parts[t.part]; !ok {
			parts[t.part] = names{map[string]int{}, map[string]bool{}}
		}
		all.count[t.text]++
		parts[t.part].count[t.text]++
		if getsValue(tokens, i) {
			all.given[t.text], parts[t.part].given[t.text] = true, true
		}
		if declares(tokens, i) {
			all.given[t.text], outer[t.text] = true, true
		}
	}
	everywhere := pick(outer, all.count, func(candidate string) bool { return all.count[candidate] == 0 || all.given[candidate] })
	short := map[int]map[string]string{}
	for part, own := range parts {
		var taken []string
		for name := range outer {
			delete(own.given, name)
			if own.count[name] > 0 {
				taken = append(taken, everywhere[name])
			}
		}
		short[part] = pick(own.given, own.count, func(candidate string) bool {
			return !slices.Contains(taken, candidate) && (own.count[candidate] == 0 || own.given[candidate])
		})
		maps.Copy(short[part], everywhere)
	}
	return short
}

// pick gives each of these names a short one that is free, the most frequent ones the shortest.
func pick(wanted map[string]bool, count map[string]int, free func(string) bool) map[string]string {
	order := slices.SortedFunc(maps.Keys(wanted), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
	const letters = "etaoinsrhldcumfpgwybvkxjqzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	short, next := map[string]string{}, 0
	for _, name := range order {
		for short[name] == "" {
			candidate := letters[next%len(letters) : next%len(letters)+1]
			if next >= len(letters) {
				candidate += letters[next/len(letters)-1 : next/len(letters)]
			}
			next++
			if free(candidate) {
				short[name] = candidate
			}
		}
	}
	return short
}

// declares reports whether the function around everything declares token i by const or let, by itself or in a list of names.
func declares(tokens []token, i int) bool {
	if tokens[i].depth == bodyDepth+1 { // const [a, b] = …
		for tokens[i].depth > bodyDepth {
			i--
		}
		return i > 0 && tokens[i].text != "(" && (tokens[i-1].text == "const" || tokens[i-1].text == "let")
	}
	if tokens[i].depth != bodyDepth || tokens[i-1].text != "const" && tokens[i-1].text != "let" && tokens[i-1].text != "," {
		return false
	}
	for i--; tokens[i].depth >= bodyDepth && (tokens[i].depth > bodyDepth || tokens[i].text != ";"); i-- {
		if text := tokens[i].text; tokens[i].depth == bodyDepth && (text == "const" || text == "let") {
			return true
		}
	}
	return false
}

// getsValue reports whether token i is a name that gets a value there: a = …, const a, a => …, (a, b) =>, [a, b] =, catch (a).
func getsValue(tokens []token, i int) bool {
	if i == 0 || i+2 >= len(tokens) {
		return false
	}
	next, before := tokens[i+1].text, tokens[i-1].text
	if next == "=" || next == "=>" || before == "const" || before == "let" {
		return true
	}
	first, last := i, i
	for first > 0 && (tokens[first-1].text == "," || word.MatchString(tokens[first-1].text)) {
		first--
	}
	for last+3 < len(tokens) && (tokens[last+1].text == "," || word.MatchString(tokens[last+1].text)) {
		last++
	}
	if first < 2 {
		return false
	}
	switch after, then := tokens[last+1].text, tokens[last+2].text; tokens[first-1].text {
	case "(":
		return after == ")" && (then == "=>" || tokens[first-2].text == "catch")
	case "[":
		return after == "]" && then == "="
	}
	return false
}
