package detect_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/userinfo"
)

// types are the classes of columns in the short form of a table.
var types = map[string]userinfo.ColumnType{
	"int": userinfo.ColumnInt, "uint": userinfo.ColumnUint, "text": userinfo.ColumnText, "time": userinfo.ColumnTime, "date": userinfo.ColumnDate,
	"bool": userinfo.ColumnBool, "uuid": userinfo.ColumnUUID, "bytes": userinfo.ColumnBytes, "blob": userinfo.ColumnBytes, "number": userinfo.ColumnNumber,
}

// table reads the short form of a table: "name col:type col …"; a ! behind a type is a unique index, no type is text of 100 characters,
// and an unknown type is the database's own, of texts.
func table(text string) detect.Table {
	fields := strings.Fields(text)
	t := detect.Table{Name: fields[0], Rows: -1}
	for _, f := range fields[1:] {
		name, kind, _ := strings.Cut(f, ":")
		kind, unique := strings.CutSuffix(kind, "!")
		c := userinfo.Column{Name: name, Type: userinfo.ColumnText, Size: 100, Unique: unique, Indexed: unique, DBType: kind}
		if k, ok := types[kind]; ok {
			c.Type, c.Size = k, 0
		}
		switch kind {
		case "char24":
			c.Size = 24
		case "char36":
			c.Size = 36
		case "bytes":
			c.Size = 16
		}
		t.Columns = append(t.Columns, detect.Column{Column: c})
	}
	return t
}

var ignoreReasons = cmpopts.IgnoreFields(detect.Guess{}, "Reasons", "Score")

func TestGuessesReadTenLanguages(t *testing.T) {
	tests := []struct {
		name, table string
		want        detect.Guess
	}{
		{
			"English", "tblusers UserID:int! UserName FirstName LastName EmailAddress PasswordHash ProfilePicture LastLoginDate:time IsBanned:bool",
			detect.Guess{Table: "tblusers", ID: "UserID", Name: "UserName", Email: "EmailAddress", Avatar: "ProfilePicture", LastLogin: "LastLoginDate", Where: "IsBanned = false"},
		},
		{
			"German", "mitglieder mitgliedsnr:int! name vorname mailadresse passwort bild letzter_besuch:time",
			detect.Guess{Table: "mitglieder", ID: "mitgliedsnr", Name: "{vorname} {name}", Email: "mailadresse", Avatar: "bild", LastLogin: "letzter_besuch"},
		},
		{
			"French", "utilisateurs id_utilisateur:int! nom prenom courriel mot_de_passe photo_profil derniere_connexion:time actif:int",
			detect.Guess{Table: "utilisateurs", ID: "id_utilisateur", Name: "{prenom} {nom}", Email: "courriel", Avatar: "photo_profil", LastLogin: "derniere_connexion", Where: "actif = 1"},
		},
		{
			"French with a pen name", "membres id:int! pseudo mdp email avatar banni:int",
			detect.Guess{Table: "membres", ID: "id", Name: "pseudo", Email: "email", Avatar: "avatar", Where: "banni = 0"},
		},
		{
			"Spanish", "usuarios id_usuario:int! nombre apellidos correo contrasena foto ultimo_acceso:time eliminado:int",
			detect.Guess{Table: "usuarios", ID: "id_usuario", Name: "{nombre} {apellidos}", Email: "correo", Avatar: "foto", LastLogin: "ultimo_acceso", Where: "eliminado = 0"},
		},
		{
			"Spanish with one name", "socios codigo:int! nombre clave correo_electronico imagen",
			detect.Guess{Table: "socios", ID: "codigo", Name: "nombre", Email: "correo_electronico", Avatar: "imagen"},
		},
		{
			"Italian", "utenti id:int! nome_utente nome cognome posta_elettronica parola_chiave immagine ultima_visita:time bloccato:int",
			detect.Guess{Table: "utenti", ID: "id", Name: "nome_utente", Email: "posta_elettronica", Avatar: "immagine", LastLogin: "ultima_visita", Where: "bloccato = 0"},
		},
		{
			"Polish", "uzytkownicy id:int! nazwa_uzytkownika haslo imie nazwisko poczta zdjecie ostatnie_logowanie:time aktywny:int",
			detect.Guess{Table: "uzytkownicy", ID: "id", Name: "nazwa_uzytkownika", Email: "poczta", Avatar: "zdjecie", LastLogin: "ostatnie_logowanie", Where: "aktywny = 1"},
		},
		{
			"Russian", "klienty id:int! fio pochta parol foto posledniy_vizit:time udalen:int",
			detect.Guess{Table: "klienty", ID: "id", Name: "fio", Email: "pochta", Avatar: "foto", LastLogin: "posledniy_vizit", Where: "udalen = 0"},
		},
		{
			"Dutch", "leden lidnr:int! voornaam achternaam emailadres wachtwoord pasfoto laatst_ingelogd:time geblokkeerd:int",
			detect.Guess{Table: "leden", ID: "lidnr", Name: "{voornaam} {achternaam}", Email: "emailadres", Avatar: "pasfoto", LastLogin: "laatst_ingelogd", Where: "geblokkeerd = 0"},
		},
		{
			"Portuguese", "usuarios cod_usuario:int! nome apelido endereco_email senha imagem_perfil ultimo_acesso:time ativo:int",
			detect.Guess{Table: "usuarios", ID: "cod_usuario", Name: "apelido", Email: "endereco_email", Avatar: "imagem_perfil", LastLogin: "ultimo_acesso", Where: "ativo = 1"},
		},
		{
			"Turkish", "uyeler uye_id:int! kullanici_adi ad soyad eposta sifre resim son_giris:time yasakli:int",
			detect.Guess{Table: "uyeler", ID: "uye_id", Name: "kullanici_adi", Email: "eposta", Avatar: "resim", LastLogin: "son_giris", Where: "yasakli = 0"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			others := []detect.Table{
				table("pages id:int! title body image"), table("orders id:int! user_id:int email total:number"), table("user_log id:int! user_id:int login email"),
			}
			got := detect.Guesses(append(others, table(tt.table)))
			if len(got) == 0 {
				t.Fatal("no guess")
			}
			if diff := cmp.Diff(tt.want, got[0], ignoreReasons); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// only is the guess for a database of one table.
func only(t *testing.T, text string) detect.Guess {
	t.Helper()
	got := detect.Guesses([]detect.Table{table(text)})
	if len(got) != 1 {
		t.Fatalf("%d guesses for %s", len(got), text)
	}
	return got[0]
}

func TestTheKeyIsWhatOneRowHasAlone(t *testing.T) {
	tests := []struct{ name, columns, want string }{
		{"a number before a login", "login:text! id:int! email pass", "id"},
		{"a number before a UUID that is meant for outside", "uuid:char36! id:uint! login email pass", "id"},
		{"an id of letters before a UUID that is meant for outside", "id:char24! uuid:char36! login email pass", "id"},
		{"a UUID in characters", "id:char36! login email pass", "id"},
		{"a UUID in bytes", "guid:bytes! login email pass", "guid"},
		{"a native UUID", "id:uuid! login email pass", "id"},
		{"a login where there is nothing else", "login:text! email:text! pass", "login"},
		{"a view has no indexes", "id:int login email pass", "id"},
		{"a unique number of any name", "xyz:int! login email pass", "xyz"},
		{"not the number of the facebook account", "facebook:int! id:int! login email pass", "id"},
		{"not the e-mail address", "email:text! member_no:int login pass", "member_no"},
		{"not what looks like a secret", "api_key:text! session_token:int! id:int login email pass", "id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := only(t, "members "+tt.columns).ID; got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestTheNameIsWhatOthersMaySee(t *testing.T) {
	tests := []struct{ name, columns, want string }{
		{"a nickname before the login", "login nickname", "nickname ?? login"},
		{"a display name before the nickname", "nick display_name login", "display_name ?? login"},
		{"the whole name before its parts", "first_name last_name full_name", "full_name"},
		{"the login before the names of a passport", "first_name last_name login", "login"},
		{"the parts where there is nothing else", "last_name first_name", "{first_name} {last_name}"},
		{"the first name alone", "first_name", "first_name"},
		{"the surname alone", "surname", "surname"},
		{"name beside first name is the surname", "name firstname", "{firstname} {name}"},
		{"user_name of a table that puts user before all is a login", "user_id:int user_mail user_name user_nickname", "user_nickname ?? user_name"},
		{"never the e-mail address", "city", ""},
		{"never a number", "login:int", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := only(t, "users id:int! email pass last_login:time "+tt.columns).Name; got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestConditionsAreGuessedOnlyWhereTheTypeTells(t *testing.T) {
	tests := []struct{ name, columns, want, note string }{
		{"a flag", "banned:int", "banned = 0", ""},
		{"a flag for the others", "is_active:int", "is_active = 1", ""},
		{"a boolean", "blocked:bool", "blocked = false", ""},
		{"a time of deletion", "deleted_at:time", "deleted_at is null", ""},
		{"a time of activation", "activated_at:date", "activated_at is not null", ""},
		{"seconds leave a doubt", "deleted_at:int", "", `"deleted_at" may tell who is hidden, but not by which value`},
		{"a text leaves a doubt", "active:text", "", `"active" may tell who is hidden, but not by which value`},
		{"an enum of yes and no", "disabled:enum('Y','N')", "disabled = 'N'", ""},
		{"an enum of yes and no for the others", "enabled:enum('no','yes')", "enabled = 'yes'", ""},
		{"an enum of states", "status:enum('new','Active','gone')", "status = 'Active'", ""},
		{"an enum nobody understands", "status:enum('x','y;drop')", "", `"status" may tell by one of its values who is hidden`},
		{"a state in numbers", "status:int", "", `"status" may tell by one of its values who is hidden`},
		{"several", "banned:int deleted_at:time", "banned = 0; deleted_at is null", ""},
		{"at most four", "banned:int blocked:int deleted:int spam:int removed:int", "banned = 0; blocked = 0; deleted = 0; spam = 0", ""},
		{"who banned is no flag", "banned_by:int banned_until:time ban_reason", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := only(t, "users id:int! login email pass "+tt.columns)
			if got.Where != tt.want {
				t.Errorf("got %q; want %q", got.Where, tt.want)
			}
			if tt.note != "" && !slices.Contains(got.Reasons, tt.note) {
				t.Errorf("reasons %q; want %q among them", got.Reasons, tt.note)
			}
		})
	}
}

func TestAPictureThatIsNoAddressIsOnlyNoted(t *testing.T) {
	for columns, note := range map[string]string{
		"avatar:int": `"avatar" is not used as the picture: a number is no address`, "photo:blob": `"photo" is not used as the picture: a binary file is no address`,
	} {
		text := table("users id:int! login email pass " + columns)
		last := &text.Columns[len(text.Columns)-1]
		last.DBType = strings.ReplaceAll(last.DBType, "blob", "longblob")
		got := detect.Guesses([]detect.Table{text})
		if len(got) != 1 || got[0].Avatar != "" || !slices.Contains(got[0].Reasons, note) {
			t.Errorf("%s: got %+v; want no avatar and the reason %q", columns, got, note)
		}
	}
}

func TestTablesBesideTheUsersComeAfterThem(t *testing.T) {
	users := "site_users id:int! login email pass"
	tests := []struct{ name, other string }{
		{"a log", "users_log id:int! login email pass last_login:time avatar"},
		{"an archive", "users_old id:int! login email pass last_login:time avatar"},
		{"those who run the site", "admin_users id:int! login email pass last_login:time"},
		{"people without passwords", "customers id:int! name email avatar"},
		{"profiles of the users", "profiles id:int! user_id:int nickname email avatar"},
		{"a newsletter", "newsletter id:int! name email"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, tables := range [][]detect.Table{{table(users), table(tt.other)}, {table(tt.other), table(users)}} {
				got := detect.Guesses(tables)
				if len(got) == 0 || got[0].Table != "site_users" {
					t.Errorf("got %s", explain(got))
				}
			}
		})
	}
}

func TestOfEqualTablesTheFullerOneIsTheUsers(t *testing.T) {
	few, many := table("users_a id:int! login email pass"), table("users_b id:int! login email pass")
	few.Rows, many.Rows = 2, 1234567
	got := detect.Guesses([]detect.Table{few, many})
	if len(got) != 2 || got[0].Table != "users_b" || !slices.Contains(got[0].Reasons, "rows, about: 1,234,567") {
		t.Errorf("got %s", explain(got))
	}
}

func TestNothingIsGuessedWithoutEvidence(t *testing.T) {
	tests := []struct{ name, table string }{
		{"no key", "users login email pass"},
		{"a name alone", "users id:int! login"},
		{"an e-mail address alone", "users id:int! email"},
		{"names of things", "articles id:int! name image active:int"},
		{"a table a mapping cannot name", "us-ers id:int! login email pass"},
		{"columns a mapping cannot name", "users id:int! lögin e-mail pass"},
		{"nothing", "users"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := detect.Guesses([]detect.Table{table(tt.table)}); len(got) != 0 {
				t.Errorf("got %s", explain(got))
			}
		})
	}
}

func TestGuessesAreAtMostFive(t *testing.T) {
	var tables []detect.Table
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		tables = append(tables, table(name+"_users id:int! login email pass"))
	}
	if got := detect.Guesses(tables); len(got) != 5 || got[0].Table != "a_users" {
		t.Errorf("got %s", explain(got))
	}
}

func FuzzGuesses(f *testing.F) {
	f.Add("users id:int! login email password_hash:text! avatar", int64(12))
	f.Add("kunden kd_nr:int! kd_vorname kd_name kd_mail kd_kennwort:text! kd_status:enum('aktiv','weg')", int64(-1))
	f.Add("u id:uuid! pass_name name_hash:int token:int! Email:bytes Avatar:int", int64(math.MaxInt64))
	f.Add("x $ __ 1: A:enum( b:enum('", int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, text string, rows int64) {
		if len(strings.Fields(text)) == 0 {
			return
		}
		fuzzed := table(text)
		fuzzed.Rows = rows
		for _, g := range detect.Guesses([]detect.Table{fuzzed}) {
			if math.IsNaN(g.Score) || math.IsInf(g.Score, 0) {
				t.Errorf("score %v", g.Score)
			}
			named := append(strings.FieldsFunc(g.Name, func(r rune) bool { return strings.ContainsRune("{} ?", r) }), g.ID, g.Email, g.Avatar, g.ProfileURL, g.LastLogin)
			for _, name := range named {
				if userinfo.LooksSecret(name) {
					t.Errorf("%q of %q is proposed", name, text)
				}
				if name != "" && !slices.ContainsFunc(fuzzed.Columns, func(c detect.Column) bool { return c.Name == name }) {
					t.Errorf("%q is proposed, which is no column of %q", name, text)
				}
			}
		}
	})
}
