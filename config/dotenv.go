package config

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/joho/godotenv"

	"github.com/chatpass/chatpass/internal/setting"
)

// maxQuotedLines bounds a quoted value that spans lines: twice a PEM block of a 4096-bit key.
const maxQuotedLines = 100

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	reference    = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
	comment      = regexp.MustCompile(`[ \t]+#`)

	errMalformed = errors.New("is malformed")
	errOpenQuote = errors.New("opens a quote that is never closed")
)

// dotenv reads the file .env; none is as good as an empty one.
func (l *loader) dotenv(path string) map[string]string {
	content, mode, err := readSmall(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		l.fault("", fmt.Sprintf("the file %s cannot be read: %v", dotenvName, err), "make it a text file that this process may read, or remove it")
		return nil
	}
	found := l.parseDotenv(content)
	if mode.Perm()&0o004 != 0 {
		for _, v := range l.vars.list {
			if v.secret && found[setting.Prefix+v.name] != "" {
				l.warn("", "the file "+dotenvName+" holds secrets and every user of this machine can read it", "chmod 600 it")
				break
			}
		}
	}
	return found
}

// parseDotenv gives godotenv one statement at a time, because godotenv stops at its first fault, does not know the line, and
// prints what stands there. A statement is a line, or the lines of a quoted value.
func (l *loader) parseDotenv(content string) map[string]string {
	content = strings.ReplaceAll(strings.TrimPrefix(content, "\ufeff"), "\r\n", "\n")
	lines := strings.Split(content, "\n")
	found, lineOf := map[string]string{}, map[string]int{}
	for at := 0; at < len(lines); {
		used, name, text, err := statement(lines[at:])
		switch {
		case err != nil:
			l.fault("", fmt.Sprintf("line %d of %s %v", at+1, dotenvName, err), "write NAME=value, with the value in single quotes if it holds spaces, quotes or #")
		case name != "":
			l.judge(name, text, at+1, lineOf[name])
			found[name], lineOf[name] = text, at+1
		}
		at += used
	}
	return found
}

// judge warns of a line of .env that may not mean what its writer thinks; before is the line in which the name stood already, or 0.
func (l *loader) judge(full, text string, line, before int) {
	name, ours := strings.CutPrefix(full, setting.Prefix)
	if !ours {
		return
	}
	if before > 0 {
		l.warn(setting.Clip(clean(name)), fmt.Sprintf("stands in lines %d and %d of %s, of which the last counts", before, line, dotenvName), "remove one of them")
	}
	if reference.MatchString(text) {
		l.warn(setting.Clip(clean(name)), fmt.Sprintf("in line %d of %s refers to another variable, but is taken as it stands", line, dotenvName), "write the value itself")
	}
}

// statement parses the first statement of lines and returns how many lines it takes. The name is empty for comments and empty lines.
func statement(lines []string) (used int, name, text string, err error) {
	for used = 1; used <= len(lines) && used <= maxQuotedLines; used++ {
		if used > 1 && !strings.ContainsAny(lines[used-1], `'"`) {
			continue // cannot end a quoted value
		}
		name, text, err = parseStatement(strings.Join(lines[:used], "\n") + "\n")
		if !errors.Is(err, errOpenQuote) {
			break
		}
	}
	if err != nil {
		return 1, "", "", err
	}
	return used, name, text, nil
}

// dollar stands for $ while godotenv reads. godotenv would replace $NAME by another value, or by nothing, and drop the $ of $(,
// which changes a password without a word; in Docker's and systemd's environment files a $ is a character like any other.
const dollar = "\x00"

// hideDollars puts dollar in the place of every $ that no backslash guards.
func hideDollars(statement string) string {
	var b strings.Builder
	for i := range len(statement) {
		if statement[i] == '$' && (i == 0 || statement[i-1] != '\\') {
			b.WriteString(dollar)
		} else {
			b.WriteByte(statement[i])
		}
	}
	return b.String()
}

// parseStatement lets godotenv parse one statement. Its errors never hold what stands there.
func parseStatement(statement string) (name, text string, err error) {
	if strings.Contains(statement, dollar) {
		return "", "", errMalformed
	}
	parsed, err := godotenv.Unmarshal(hideDollars(statement))
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "unterminated quoted value"):
		return "", "", errOpenQuote
	case err != nil || len(parsed) > 1:
		return "", "", errMalformed
	}
	for name, text = range parsed {
		if !variableName.MatchString(name) {
			return "", "", errMalformed
		}
	}
	behind := statement[strings.IndexAny(statement, "=:")+1:]
	raw := strings.TrimSpace(behind)
	if comment.MatchString(behind) && strings.HasPrefix(raw, "#") {
		return name, "", nil // NAME=   # only a comment: godotenv would take the comment for the value
	}
	if !strings.HasPrefix(raw, `"`) && !strings.HasPrefix(raw, "'") {
		if at := comment.FindStringIndex(text); at != nil {
			text = text[:at[0]] // godotenv takes the last " #" for the comment, not the first
		}
	}
	return name, strings.ReplaceAll(text, dollar, "$"), nil
}
