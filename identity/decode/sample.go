package decode

import "regexp/syntax"

// maxSample bounds a made-up name; a pattern may ask for thousands of characters.
const maxSample = 256

// Sample returns a cookie name that the pattern matches; empty where none is easily found. suffix stands in for what a pattern with * leaves open.
func (n Names) Sample(suffix string) string {
	name := n.text
	switch {
	case n.expr != nil:
		expr, err := syntax.Parse(n.text[1:], syntax.Perl)
		if err != nil {
			return ""
		}
		name = string(sample(nil, expr.Simplify()))
	case n.prefix:
		name += suffix
	}
	if len(name) > maxSample || !n.match(name) {
		return ""
	}
	return name
}

// Match reports whether a cookie of this name, as the browser sends it, is one of the pattern to a site that reads cookies so.
func (n Names) Match(name string, read Reading) bool {
	name, ok := read.name(name)
	return ok && n.match(name)
}

// sample appends a shortest text that a regular expression matches, as far as that can be told of its parts one by one.
func sample(dst []byte, expr *syntax.Regexp) []byte {
	if len(dst) > maxSample {
		return dst
	}
	switch expr.Op {
	case syntax.OpLiteral:
		return append(dst, string(expr.Rune)...)
	case syntax.OpCharClass:
		return append(dst, string(anyOf(expr.Rune))...)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return append(dst, 'x')
	case syntax.OpConcat:
		for _, part := range expr.Sub {
			dst = sample(dst, part)
		}
		return dst
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		return sample(dst, expr.Sub[0])
	default: // what may be left out, and what has no width
		return dst
	}
}

// anyOf is a character of a class, one that cookies may have if possible.
func anyOf(ranges []rune) rune {
	for i := 0; i+1 < len(ranges); i += 2 {
		for _, c := range "x0a_" {
			if ranges[i] <= c && c <= ranges[i+1] {
				return c
			}
		}
	}
	if len(ranges) == 0 {
		return 'x'
	}
	return ranges[0]
}
