package userinfo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// PasswordField is the private field that changes whenever a user's password does, and tells nothing else: its text is that of [digest], so its expression alone may name a
// secret. It is that of USERS_PASSWORD, else that of the mapping file. [Directory.Scan] leaves it out. It is missing where no column is mapped or found.
const PasswordField = "password"

// noPassword is USERS_PASSWORD for what takes the place of a mapping file's.
const noPassword = "off"

// meansOff is what people write for off elsewhere.
var meansOff = []string{"none", "-", "no", "false"}

// password takes over what changes with a user's password, if a provider asks for that.
func (c *compiler) password(setting string, asked []PrivateField, offered []extraField) {
	m := c.m
	at := Place{Var: "USERS_PASSWORD"}
	var field []extraField
	switch i := slices.IndexFunc(offered, func(x extraField) bool { return x.digest }); {
	case strings.EqualFold(setting, noPassword):
		m.passwordOff = true
	case setting != "":
		e, problem, remedy := m.parsePassword(setting)
		if problem != "" {
			c.fault(at, problem, remedy)
			return
		}
		field = []extraField{{PasswordField, e, at, true}}
	case i >= 0:
		field = offered[i : i+1]
	default:
	}
	if slices.ContainsFunc(asked, func(f PrivateField) bool { return f.Name == PasswordField }) {
		m.private = append(m.private, field...)
	}
}

// parsePassword reads USERS_PASSWORD, or says what is wrong with it and what to write.
func (m *Mapping) parsePassword(text string) (e expr, problem, remedy string) {
	const column = "set it to the column with the hashed password, such as password, or to off"
	if slices.ContainsFunc(meansOff, func(word string) bool { return strings.EqualFold(word, text) }) {
		return e, fmt.Sprintf("is %q, which is no column", text), "write off"
	}
	if table, name, dotted := strings.Cut(text, "."); dotted && validIdentifier(name) && slices.ContainsFunc(m.tables, func(t string) bool { return strings.EqualFold(t, table) }) {
		if _, join := m.kinds[table]; !join {
			return e, "names the users table before the column", "write only the column: " + name
		}
	}
	e, err := m.parser().parse(text, false)
	switch {
	case err != nil:
		return e, err.Error(), column
	case !e.constant():
		return e, "", ""
	case quoted(text):
		remedy = "quotes make a constant text of it"
		if name := unquote(text); validIdentifier(name) {
			return e, errConstant.Error(), remedy + ": write " + name + " without them"
		}
		return e, errConstant.Error(), remedy + ": " + column
	default:
		return e, errConstant.Error(), column
	}
}

func quoted(text string) bool { return text != unquote(text) }

// digest is what is known of a password's hash: of, which tells what it is of (see passmark and digestOf), and 96 bits of SHA-256, in hexadecimal. Even of an empty one, so that
// its coming and going is seen. Whoever changes its outcome raises digestVersion.
func digest(dst []byte, of string, text []byte) []byte {
	sum := sha256.Sum256(append([]byte("chatpass password\x00"), text...))
	return hex.AppendEncode(append(dst, of...), sum[:12])
}
