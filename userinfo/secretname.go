package userinfo

import (
	"slices"
	"strings"
)

// passwordWords are what passwords are called in languages other than English, without the blanks between words.
var passwordWords = []string{
	"contrasena", "contrasenia", "contraseña", "clave", "geheim", "haslo", "hasło", "kennwort", "mdp", "motdepasse", "palavrapasse", "parol",
	"parola", "parolachiave", "passwort", "senha", "sifre", "şifre", "wachtwoord", "пароль",
}

// PasswordWords returns what passwords are called in languages other than English, in small letters and without the blanks between words.
func PasswordWords() []string { return slices.Clone(passwordWords) }

// secretWords are words that make a column's name look like a secret, alone or written as several words: session_id, magic_link.
var secretWords = map[string]bool{
	"backupcode": true, "backupcodes": true, "bearer": true, "cookie": true, "cookies": true, "crypted": true, "digest": true, "jwt": true,
	"magiclink": true, "sessionid": true, "sessionids": true, "sid": true, "userpw": true,
	"otp": true, "totp": true, "otep": true, "mfa": true, "tfa": true, "hashes": true, "tokens": true, "salts": true,
	"secrets": true, "pw": true, "psw": true, "pswd": true, "credentials": true,
}

// countsAfter are words that make a number of the tokens before them.
var countsAfter = map[string]bool{"balance": true, "count": true, "left": true, "limit": true, "remaining": true, "spent": true, "total": true, "used": true}

// secretEnds are ends of words that do; "pass" alone is a beginning and an end.
var secretEnds = []string{
	"password", "passwd", "pwd", "hash", "salt", "token", "secret", "apikey", "authkey", "loginkey", "actkey", "privatekey", "sessioncode",
}

// harmlessPass are words with pass in them that mean something else.
var harmlessPass = []string{"passport", "passenger", "passive", "bypass", "compass", "trespass", "overpass", "underpass"}

// secretBefore are words that make a secret of the key or code that follows them.
var secretBefore = map[string]bool{
	"access": true, "activate": true, "activation": true, "api": true, "auth": true, "confirm": true, "confirmation": true,
	"encryption": true, "login": true, "me": true, "persist": true, "private": true, "recovery": true, "reset": true,
	"session": true, "signing": true, "validation": true, "verification": true, "verify": true,
}

// looksSecret tells by its name that a column holds what must never be shown: passwords, hashes, salts, tokens, keys.
func looksSecret(column string) bool {
	words := nameWords(column)
	for i, word := range words {
		if word == "tokens" && i+1 < len(words) && countsAfter[words[i+1]] {
			continue
		}
		if looksLikePass(word) || startsSecret(words[i:]) {
			return true
		}
		for _, end := range secretEnds {
			if strings.HasSuffix(word, end) {
				return true
			}
		}
		switch word {
		case "key", "keys", "code", "codes":
			if i > 0 && secretBefore[words[i-1]] {
				return true
			}
		}
	}
	return false
}

// startsSecret tells whether the first word, or the first two or three together, are one of secretWords.
func startsSecret(words []string) bool {
	if isSecretWord(words[0]) {
		return true
	}
	for n := 2; n <= min(3, len(words)); n++ {
		if isSecretWord(strings.Join(words[:n], "")) {
			return true
		}
	}
	return false
}

func isSecretWord(word string) bool { return secretWords[word] || slices.Contains(passwordWords, word) }

func looksLikePass(word string) bool {
	if !strings.HasPrefix(word, "pass") && !strings.HasSuffix(word, "pass") {
		return false
	}
	for _, harmless := range harmlessPass {
		if strings.HasPrefix(word, harmless) {
			return false
		}
	}
	return true
}

// nameWords splits a name at capitals and at whatever is no letter: userPass_2 is user, pass, and session-tokens is session, tokens.
func nameWords(name string) []string {
	var words []string
	start := 0
	cut := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c < 'A' || c > 'Z' && c < 'a' || c > 'z' && c < 0x80:
			cut(i)
			start = i + 1
		case c >= 'A' && c <= 'Z' && i > start && name[i-1] >= 'a' && name[i-1] <= 'z':
			cut(i)
			start = i
		}
	}
	cut(len(name))
	return words
}
