package convert

import (
	"bytes"
	"html"
	"net/url"
	"path"
	"unicode/utf8"
)

func appendLower(dst, in []byte) []byte   { return append(dst, bytes.ToLower(in)...) }
func appendUpper(dst, in []byte) []byte   { return append(dst, bytes.ToUpper(in)...) }
func appendTrimmed(dst, in []byte) []byte { return append(dst, bytes.TrimSpace(in)...) }

// appendUnescaped decodes HTML entities, for sites that store names escaped (phpBB, SMF, MyBB).
func appendUnescaped(dst, in []byte) []byte { return append(dst, html.UnescapeString(string(in))...) }

func appendPathEscaped(dst, in []byte) []byte { return append(dst, url.PathEscape(string(in))...) }

func appendQueryEscaped(dst, in []byte) []byte { return append(dst, url.QueryEscape(string(in))...) }

// appendExt gives the file extension without its dot.
func appendExt(dst, in []byte) []byte {
	if ext := path.Ext(string(in)); len(ext) > 1 {
		return append(dst, ext[1:]...)
	}
	return dst
}

// appendSplit3 spreads a name over folders of three characters: abcdefghi becomes abc/def/ghi.
func appendSplit3(dst, in []byte) []byte {
	count := 0
	for len(in) > 0 {
		_, size := utf8.DecodeRune(in)
		if count > 0 && count%3 == 0 {
			dst = append(dst, '/')
		}
		dst = append(dst, in[:size]...)
		in = in[size:]
		count++
	}
	return dst
}

func newReplace(args []string, _ Env) (Func, error) {
	from, to := []byte(args[0]), []byte(args[1])
	if len(from) == 0 {
		return nil, errEmptyArgument
	}
	return func(dst, in []byte) []byte { return append(dst, bytes.ReplaceAll(in, from, to)...) }, nil
}

// newSub cuts b characters starting at character a, counted from 0.
func newSub(args []string, _ Env) (Func, error) {
	start, err := smallInt(args[0], 0)
	if err != nil {
		return nil, err
	}
	length, err := smallInt(args[1], 1)
	if err != nil {
		return nil, err
	}
	return func(dst, in []byte) []byte {
		for i := 0; len(in) > 0 && i < start+length; i++ {
			_, size := utf8.DecodeRune(in)
			if i >= start {
				dst = append(dst, in[:size]...)
			}
			in = in[size:]
		}
		return dst
	}, nil
}
