package sitefile

import "strings"

// kind is what a token of PHP is.
type kind uint8

const (
	end      kind = iota // of the text; a lexer gives it for ever
	variable             // $name, without the $
	word                 // a name or keyword, with its namespace
	number
	single  // '…' and nowdoc: from and to are what is between the quotes
	double  // "…" and heredoc
	sign    // anything else; an operator of several characters is one token
	command // `…`
)

// token is a piece of PHP between two bytes of the text.
type token struct {
	kind     kind
	heredoc  bool
	line     int32
	from, to int32
}

// lexer cuts PHP into tokens, once through the text from front to back.
type lexer struct {
	src    string
	pos    int
	line   int
	tokens []token
}

// signs are the operators of several characters, longest first.
var signs = []string{
	"<<<", "===", "!==", "<=>", "**=", "...", "??=", "?->", "<<=", ">>=",
	"==", "!=", "<>", "=>", "->", "::", "??", "?:", ".=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "&&", "||", "++", "--", "<<", ">>", "<=", ">=", "**", "#[",
}

// lexPHP gives the tokens of everything that stands between <?php and ?>; a closing tag is a semicolon.
func lexPHP(src string) ([]token, error) {
	l := &lexer{src: src, line: 1}
	for l.outside() {
		if err := l.inside(); err != nil {
			return nil, err
		}
	}
	return l.tokens, nil
}

// outside skips text that is no PHP and the tag that opens PHP; false at the end.
func (l *lexer) outside() bool {
	for {
		at := strings.Index(l.src[l.pos:], "<?")
		if at < 0 {
			return false
		}
		l.advance(l.pos + at + 2)
		rest := l.src[l.pos:]
		switch {
		case len(rest) >= 3 && strings.EqualFold(rest[:3], "php"):
			l.advance(l.pos + 3)
			return true
		case strings.HasPrefix(rest, "="):
			l.advance(l.pos + 1)
			return true
		case rest == "" || isBlank(rest[0]):
			return true
		}
	}
}

// advance moves to a later byte and counts the lines between.
func (l *lexer) advance(to int) {
	l.line += strings.Count(l.src[l.pos:to], "\n")
	l.pos = to
}

func (l *lexer) emit(k kind, from, to, line int) {
	l.tokens = append(l.tokens, token{kind: k, from: int32(from), to: int32(to), line: int32(line)})
}

// inside reads PHP up to its closing tag.
func (l *lexer) inside() error {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case isBlank(c):
			l.advance(l.pos + 1)
		case strings.HasPrefix(l.src[l.pos:], "?>"):
			l.emit(sign, l.pos, l.pos, l.line)
			l.advance(l.pos + 2)
			return nil
		case c == '/' && l.next() == '/', c == '#' && l.next() != '[':
			l.lineComment()
		case c == '/' && l.next() == '*':
			closing := strings.Index(l.src[l.pos+2:], "*/")
			if closing < 0 {
				return fault(l.line, "a comment is not closed")
			}
			l.advance(l.pos + 2 + closing + 2)
		case c == '\'' || c == '"' || c == '`':
			if err := l.quoted(c); err != nil {
				return err
			}
		case c == '$' && isWordStart(l.next()):
			stop := l.wordEnd(l.pos+1, false)
			l.emit(variable, l.pos+1, stop, l.line)
			l.pos = stop
		case isWordStart(c) || c == '\\' && isWordStart(l.next()):
			stop := l.wordEnd(l.pos, true)
			l.emit(word, l.pos, stop, l.line)
			if strings.EqualFold(l.src[l.pos:stop], "__halt_compiler") {
				stop = len(l.src) // what follows is data
			}
			l.pos = stop
		case isDigit(c) || c == '.' && isDigit(l.next()):
			l.number()
		default:
			if err := l.sign(); err != nil {
				return err
			}
		}
	}
	return nil
}

// next is the byte behind the present one, 0 at the end.
func (l *lexer) next() byte {
	if l.pos+1 < len(l.src) {
		return l.src[l.pos+1]
	}
	return 0
}

// lineComment ends with its line, or before a closing tag.
func (l *lexer) lineComment() {
	for l.pos < len(l.src) && l.src[l.pos] != '\n' && l.src[l.pos] != '\r' && !strings.HasPrefix(l.src[l.pos:], "?>") {
		l.pos++
	}
}

// quoted reads up to the closing quote; a backslash keeps the next character from closing.
func (l *lexer) quoted(quote byte) error {
	line := l.line
	for i := l.pos + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
		case quote:
			l.emit(map[byte]kind{'\'': single, '"': double, '`': command}[quote], l.pos+1, i, line)
			l.advance(i + 1)
			return nil
		}
	}
	return fault(line, "a quote is not closed")
}

func (l *lexer) wordEnd(from int, namespaces bool) int {
	i := from
	for i < len(l.src) && (isWordStart(l.src[i]) || isDigit(l.src[i]) || namespaces && l.src[i] == '\\') {
		i++
	}
	return i
}

// number reads digits and what may stand among them; whether it is a decimal one is looked at when it is used.
func (l *lexer) number() {
	i := l.pos
	for i < len(l.src) && (isDigit(l.src[i]) || isWordStart(l.src[i]) || l.src[i] == '.' && i+1 < len(l.src) && isDigit(l.src[i+1])) {
		i++
	}
	l.emit(number, l.pos, i, l.line)
	l.pos = i
}

func (l *lexer) sign() error {
	rest := l.src[l.pos:]
	length := 1
	for _, s := range signs {
		if strings.HasPrefix(rest, s) {
			length = len(s)
			break
		}
	}
	if rest[:length] == "<<<" {
		return l.heredoc()
	}
	l.emit(sign, l.pos, l.pos+length, l.line)
	l.pos += length
	return nil
}

// heredoc reads <<<ID, <<<"ID" and <<<'ID'. The closing name stands first in its line, perhaps after blanks, and no letter follows it.
func (l *lexer) heredoc() error {
	line := l.line
	i := l.pos + 3
	for i < len(l.src) && (l.src[i] == ' ' || l.src[i] == '\t') {
		i++
	}
	k := double
	quote := byte(0)
	if i < len(l.src) && (l.src[i] == '\'' || l.src[i] == '"') {
		if quote = l.src[i]; quote == '\'' {
			k = single
		}
		i++
	}
	stop := l.wordEnd(i, false)
	name := l.src[i:stop]
	if name == "" || isDigit(name[0]) {
		return fault(line, "a heredoc has no name")
	}
	if quote != 0 {
		stop++ // the closing quote, or whatever stands there
	}
	newline := -1
	if stop <= len(l.src) {
		newline = strings.IndexByte(l.src[stop:], '\n')
	}
	if newline < 0 {
		return fault(line, "a heredoc is not closed")
	}
	start := stop + newline + 1
	for from := start; from <= len(l.src); {
		text := l.src[from:]
		next := strings.IndexByte(text, '\n')
		trimmed := strings.TrimLeft(text, " \t")
		if rest, ok := strings.CutPrefix(trimmed, name); ok && (rest == "" || !isWordStart(rest[0]) && !isDigit(rest[0])) {
			l.emit(k, start, max(start, from-1), line)
			l.tokens[len(l.tokens)-1].heredoc = true
			l.advance(len(l.src) - len(rest))
			return nil
		}
		if next < 0 {
			break
		}
		from += next + 1
	}
	return fault(line, "a heredoc is not closed")
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isWordStart holds for what PHP lets a name begin with: a letter, an underscore, any byte above ASCII.
func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
