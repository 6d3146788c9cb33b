package imbachat

import (
	"strconv"

	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/userinfo"
)

// Format is how users are written in users-info; it works without credentials.
type Format struct {
	avatarFalse bool
	idAs        string // "number", "string", or empty: by the kind of the keys
	keyKind     func() userinfo.KeyKind
}

// Format returns how these settings write users.
func (c *Config) Format(keyKind func() userinfo.KeyKind) Format {
	return Format{avatarFalse: c.AvatarEmpty == "false", idAs: c.UserIDAs, keyKind: keyKind}
}

// idFormat is how ids are written: as set, else as numbers where the site's keys are numbers.
func (p *Format) idFormat() jwt.IDFormat {
	switch {
	case p.idAs == "string":
		return jwt.IDString
	case p.idAs == "number" || p.keyKind().Numeric():
		return jwt.IDNumber
	default:
		return jwt.IDString
	}
}

// AppendUser appends the users-info object (CONTRACT §3). A user whose id JSON readers would round to another's is left out.
func (p *Format) AppendUser(dst []byte, u *userinfo.User) []byte {
	before := len(dst)
	dst = append(dst, `{"user_id":`...)
	if p.idFormat() == jwt.IDNumber {
		if _, exact := u.ID.ExactNumber(); !exact {
			return dst[:before]
		}
		dst = append(dst, u.ID...)
	} else {
		dst = userinfo.AppendString(dst, string(u.ID))
	}
	dst = userinfo.AppendString(append(dst, `,"name":`...), u.Name)
	if u.AvatarURL != "" {
		dst = userinfo.AppendString(append(dst, `,"avatar_url":`...), u.AvatarURL)
	} else if p.avatarFalse {
		dst = append(dst, `,"avatar_url":false`...)
	}
	if u.ProfileURL != "" {
		dst = userinfo.AppendString(append(dst, `,"profile_url":`...), u.ProfileURL)
	}
	if !u.LastLogin.IsZero() {
		dst = strconv.AppendInt(append(dst, `,"lastlogin":`...), u.LastLogin.Unix(), 10)
	}
	if u.Badge != "" {
		dst = userinfo.AppendString(append(dst, `,"badge":`...), u.Badge)
	}
	if u.Role != "" {
		dst = userinfo.AppendString(append(dst, `,"chat_role":`...), u.Role)
	}
	for _, f := range u.Extra {
		dst = append(userinfo.AppendString(append(dst, ','), f.Name), ':')
		if f.Type == userinfo.FieldText {
			dst = userinfo.AppendString(dst, f.Text)
		} else {
			dst = append(dst, f.Text...)
		}
	}
	return append(appendProfiles(appendPermissions(dst, u.Permissions), u.Profiles), '}')
}

// appendPermissions appends the rights of a user, if any are mapped.
func appendPermissions(dst []byte, rights []userinfo.Permission) []byte {
	for i, r := range rights {
		if i == 0 {
			dst = append(dst, `,"permissions":{`...)
		} else {
			dst = append(dst, ',')
		}
		dst = strconv.AppendBool(append(userinfo.AppendString(dst, r.Name), ':'), r.Allowed)
	}
	if len(rights) > 0 {
		dst = append(dst, '}')
	}
	return dst
}

// appendProfiles appends the further personas of a user, by their keys.
func appendProfiles(dst []byte, profiles []userinfo.Profile) []byte {
	for i, p := range profiles {
		if i == 0 {
			dst = append(dst, `,"profiles":{`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(userinfo.AppendString(dst, p.Key), `:{"user_id":`...)
		dst = userinfo.AppendString(append(userinfo.AppendString(dst, p.UserID), `,"name":`...), p.Name)
		if p.AvatarURL != "" {
			dst = userinfo.AppendString(append(dst, `,"avatar_url":`...), p.AvatarURL)
		}
		dst = append(dst, '}')
	}
	if len(profiles) > 0 {
		dst = append(dst, '}')
	}
	return dst
}
