package userinfo_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

func TestNamesThatLookLikeASecret(t *testing.T) {
	const secrets = `password user_pass passwordHash salt auth_token tokens tokens2 api_key otp_secret parol kennwort Kennwort geheim contrasena contraseña senha clave
 wachtwoord haslo hasło пароль mot_de_passe motDePasse motdepasse mdp parola_chiave session_id sessionid sessionId user_session_id sid user_sid jwt last_jwt
 cookie cookie_data bearer userpw backup_codes backupCodes magic_link crypted crypted_password digest password_digest tokens_left_secret`
	for name := range strings.FieldsSeq(secrets) {
		if !userinfo.LooksSecret(name) {
			t.Errorf("%s may be shown", name)
		}
	}
	const harmless = `tokens_left tokens_used tokensRemaining name session session_count residence sidebar side inside encrypted digestive magic link backup codes
 parolee wordcount passport compass user_id sessions_total mot de clavier claves_x`
	for name := range strings.FieldsSeq(harmless) {
		if userinfo.LooksSecret(name) {
			t.Errorf("%s is taken for a secret", name)
		}
	}
}
