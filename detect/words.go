//nolint:misspell // most words of the dictionary are of other languages
package detect

import (
	"strings"

	"github.com/chatpass/chatpass/userinfo"
)

// The dictionary: how sites call a thing in English, German, French, Spanish, Italian, Polish, transliterated Russian, Dutch,
// Portuguese and Turkish. A name is compared as a whole, in lower case, without separators and digits (see forms). Within a line the
// language does not matter; the order of the lists in columnWords is that of preference.

// kind is what a column seems to hold.
type kind int

const (
	kindNone kind = iota
	kindKey
	kindEmail
	kindShown // a name made for others: display name, nickname
	kindFull  // a full or only name
	kindLogin
	kindFirst
	kindLast
	kindAvatar
	kindProfile
	kindSeen   // last login or visit
	kindGone   // a row that is deleted, banned, blocked
	kindActive // a row that counts
	kindState  // one of several states, told by an enum
	kindOwner  // refers to a row of another users table
)

var columnWords = map[kind]string{
	kindKey: `id uid uuid guid pk nr nummer number numer nomer num cislo idnumber userid usrid memberid memberno accountid customerid customerno clientid
 personid contactid profileid benutzerid nutzerid mitgliedid mitgliedsnr mitgliedsnummer kundenid kundeid kundennr kundennummer iduser idmember idcustomer
 idclient idusuario idusuarios idutilisateur idmembre idcompte idutente iduzytkownika idklienta idkonta idpolzovatelya polzovatelid idgebruiker
 gebruikerid klantid klantnr lidnr codigo codusuario idcliente idsocio kullaniciid uyeid uyeno musteriid musterino autoid recordid`,
	kindEmail: `email mail emailaddress emailaddr mailaddress mailaddr useremail usermail primaryemail contactemail emailprimary emailadresse mailadresse
 adresseemail adressemail adresemail adresmail courriel correo correoelectronico emailadres mailadres pochta elpochta epochta poczta pocztaemail
 posta postaelettronica indirizzoemail eposta epostaadresi mailadresi correioeletronico enderecoemail emailid elektropochta mejl meil`,
	kindShown: `displayname displayedname displayas nickname nick nicename screenname publicname shownname alias chatname profilename anzeigename
 spitzname pseudo pseudonyme surnom apodo apelido soprannome pseudonimo pseudonim ksywa nazwawyswietlana nik niknejm psevdonim otobrazhaemoeimya
 otobrazhimya bijnaam schermnaam weergavenaam nomeexibicao nomemostrado nombremostrado nomaffiche rumuz takmaad gorunenad gorunenisim`,
	kindFull: `name fullname realname personname membername customername clientname contactname fio polnoeimya imyafamiliya vollername gesamtname
 kundenname mitgliedsname nomcomplet nomprenom prenomnom nombrecompleto nombreyapellidos nomecompleto nomecognome cognomenome imienazwisko
 imieinazwisko naam volledigenaam adsoyad adisoyadi isimsoyisim adisoyad tamad nom nome nombre imie imya imja ad adi isim`,
	kindLogin: `login username userlogin loginname loginid accountname account uname handle user memberlogin benutzername benutzer nutzername nutzer
 loginnaam utilisateur nomutilisateur nomdutilisateur identifiant usuario nombreusuario nombredeusuario nomeusuario nomedeusuario nomeutente utente
 uzytkownik nazwauzytkownika polzovatel imyapolzovatelya logon signin gebruiker gebruikersnaam inlognaam kullanici kullaniciadi kadi uyeadi slug userslug`,
	kindFirst: `firstname first fname givenname forename vorname prenom nombre nombres primernombre nome primeironome imie imya imja voornaam ad adi isim`,
	kindLast: `lastname last lname surname familyname secondname nachname familienname zuname nom nomfamille nomdefamille apellido apellidos
 primerapellido cognome nazwisko familiya familija achternaam sobrenome ultimonome soyad soyadi soyisim`,
	kindAvatar: `avatar avatarurl avatarpath avatarfile avatarfilename avatarimage avatarimg avatarlink avatarsrc useravatar userpic userpicture userphoto
 userimage photo photourl photopath photofile photofilename foto fotourl fotka fotografia fotografija picture pictureurl pic picurl profilepic profilepicture
 profilephoto profilephotopath profileimage profileimageurl profileimg profilepicurl image imageurl imagepath imagefile img imgurl bild bilddatei bildurl
 profilbild benutzerbild portrait portret imagen imagenperfil fotoperfil fotodeperfil imagem imagemperfil immagine fotoprofilo immagineprofilo zdjecie
 zdjecieprofilowe obrazek kartinka izobrazhenie fotoprofilya profielfoto profielafbeelding afbeelding pasfoto photoprofil imageprofil resim resimyolu
 profilresmi profilresim fotograf thumb thumbnail icon usericon headshot mugshot picturefile`,
	kindProfile: `profileurl profilelink profilepage profilepath profileuri publicurl memberurl userurl userlink urlprofil urlprofilo profilurl
 profillink lienprofil urlperfil enlaceperfil profielurl profilelinkurl permalink`,
	kindSeen: `lastlogin lastvisit lastactive lastactivity lastseen lastonline lastaccess lastlogon lastsignin currentsignin lastloggedin loginlast lastauth
 lastlog seen dernierlogin onlinelast letzterlogin letzteanmeldung letzterbesuch letzteaktivitaet zuletztonline zuletztgesehen zuletzt derniereconnexion
 dernierevisite dernieracces derniereactivite ultimoacceso ultimologin ultimavisita ultimaconexion ultimaactividad ultimoaccesso ultimaattivita
 ostatnielogowanie ostatniologowany ostatniawizyta ostatniaaktywnosc poslednijvhod posledniyvhod poslednijvizit poslednyayaaktivnost poslvhod
 poslednijlogin bylonline laatstelogin laatstbezocht laatsteinlog laatstingelogd laatstebezoek laatstactief ultimoacesso ultimoacessoem songiris
 songiristarihi sonziyaret songorulme soncevrimici wasonline`,
	kindGone: `banned ban blocked block suspended suspend disabled deactivated inactive deleted removed trashed archived spam isban gesperrt
 gesperrtam blockiert geloescht geloeschtam geloscht deaktiviert inaktiv supprime supprimele bloque banni desactive suspendu bloqueado borrado eliminado
 baneado suspendido desactivado bloccato bannato eliminato cancellato sospeso disattivato zablokowany zbanowany usuniety zablokirovan zabanen udalen
 udalyon otklyuchen geblokkeerd verwijderd verbannen geschorst excluido banido suspenso engelli yasakli silindi silinmis`,
	kindActive: `active activated enabled approved confirmed aktiv aktiviert freigeschaltet bestaetigt actif actif valide activo activado
 habilitado attivo attivato abilitato confermato aktywny aktywowany potwierdzony aktiven aktivnyj aktivnyi aktivirovan podtverzhden actief geactiveerd
 bevestigd ativo ativado aktif onayli onaylandi`,
	kindState: `status state userstatus accountstatus stan estado statut stato durum durumu zustand sostoyanie toestand situacao`,
	kindOwner: `userid memberid customerid clientid accountid personid contactid profileid benutzerid kundenid mitgliedid iduser idmember idcustomer idclient
 idusuario idcliente idutilisateur idmembre idutente iduzytkownika idklienta polzovatelid idpolzovatelya gebruikerid klantid kullaniciid uyeid
 parentid ownerid authorid createdby`,
}

// privateWords are what a mapping may show but a proposal should not. Names of passwords are those of [userinfo.PasswordWords].
const privateWords = `losung ww otpkey pin pincode ssn cvv iban kreditkarte`

// userTables and personTables are words in names of tables that hold users, and people who may be no users of the site.
const (
	userTables = `user users usr usrs member members membership memberships account accounts login logins auth benutzer nutzer mitglied mitglieder anwender
 konten konto teilnehmer utilisateur utilisateurs membre membres compte comptes adherent adherents usuario usuarios miembro miembros cuenta cuentas socio socios
 utente utenti membri iscritti uzytkownik uzytkownicy konta czlonkowie polzovatel polzovateli uchastnik uchastniki akkaunty akkaunt yuzer yuzery
 gebruiker gebruikers leden lid deelnemers membros conta contas kullanici kullanicilar uye uyeler hesap hesaplar`
	personTables = `customer customers client clients person persons people profile profiles player players student students subscriber subscribers buyer buyers
 author authors kunde kunden person personen schueler kaeufer client clients clientes cliente clienti acheteurs klient klienci klienty pokupatel pokupateli lyudi
 klant klanten personas pessoas musteri musteriler kisiler ogrenci ogrenciler`
)

// staffTables are words in names of tables of those who run the site, who mostly have names and passwords too.
const staffTables = `admin admins administrator administrators staff employee employees backend manager managers operator operators moderator moderators
 mitarbeiter redakteure employes empleados dipendenti pracownicy sotrudniki medewerkers funcionarios calisanlar`

// activeValues, yesValues and noValues are what an enum says.
const (
	activeValues = `active aktiv actif activo attivo aktywny aktiven aktivnyj actief ativo aktif enabled ok normal approved confirmed live`
	yesValues    = `1 y yes true on j ja o oui s si t tak da e evet`
	noValues     = `0 n no false off nein non nie net nee nao h hayir`
)

// sideTables are words in names of tables that belong to users without being them.
const sideTables = `log logs history archive archived archiv bak backup old tmp temp temporary copy test demo import imports export session sessions token tokens
 reset resets role roles right rights group groups perm perms permission permissions meta setting settings option options config preferences message
 messages mail mails newsletter order orders invoice invoices cart address addresses note notes comment comments ban bans banlist friend friends follower
 followers field fields data attempt attempts failed queue job jobs file files image images photo photos device devices notification notifications
 category categories type types status stats statistics invite invites event events payment payments bestellung bestellungen protokoll adressen rollen
 gruppen sitzungen commande commandes pedido pedidos ordini zamowienia zakazy bestellingen siparis siparisler`

// columnKinds and the sets below are the dictionary by word. A word may stand in several lists.
var (
	columnKinds = byWord(columnWords)
	secretSet   = set(privateWords)
	passSet     = set(strings.Join(userinfo.PasswordWords(), " "))
	userSet     = set(userTables)
	personSet   = set(personTables)
	staffSet    = set(staffTables)
	sideSet     = set(sideTables)
	activeSet   = set(activeValues)
	yesSet      = set(yesValues)
	noSet       = set(noValues)
)

// place is where a word stands in the dictionary.
type place struct {
	kind kind
	rank int // in its list; the lower the better
}

// spelling evens out the ways Russian is written in Latin letters: poslednij, posledniy.
var spelling = strings.NewReplacer("ij", "y", "iy", "y", "yj", "y", "ja", "ya", "ju", "yu")

func byWord(lists map[kind]string) map[string][]place {
	words := make(map[string][]place)
	for k, list := range lists {
		for i, w := range strings.Fields(list) {
			w = spelling.Replace(w)
			words[w] = append(words[w], place{k, i})
		}
	}
	return words
}

func set(list string) map[string]bool {
	words := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		words[w] = true
	}
	return words
}

// fillers are words that may stand at the end of a name, or before it, without changing what it is: last_login_at, is_banned.
var (
	fillersBehind = set("at on date time datetime ts timestamp unix utc data datum tarih tarihi fecha dt")
	fillersBefore = set("is was has date datum data fecha dt")
)

// maxName is the most characters of a name that a mapping takes.
const maxName = 64

// plain tells whether a mapping can name it.
func plain(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$') {
			return false
		}
	}
	return true
}

// words splits a name at separators, digits and capitals, in lower case: lastLogin_2 is last, login.
func words(name string) []string {
	var list []string
	start := -1
	cut := func(end int) {
		if start >= 0 {
			list = append(list, lower(name[start:end]))
		}
		start = -1
	}
	for i := range len(name) {
		c := name[i]
		small, capital := 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z'
		switch {
		case !small && !capital:
			cut(i)
		case capital && i > 0 && 'a' <= name[i-1] && name[i-1] <= 'z':
			cut(i)
			start = i
		case start < 0:
			start = i
		}
	}
	cut(len(name))
	return list
}

// forms are the ways a name may stand in the dictionary, the most telling first: whole, without the word its table puts before every
// column (kd_vorname), without fillers.
func forms(name, shared string) []string {
	list := words(name)
	var all []string
	add := func(w []string) {
		if len(w) > 0 {
			all = append(all, strings.Join(w, ""))
		}
	}
	trim := func(w []string) {
		add(w)
		for len(w) > 1 && fillersBehind[w[len(w)-1]] {
			w = w[:len(w)-1]
			add(w)
		}
		for len(w) > 1 && fillersBefore[w[0]] {
			w = w[1:]
			add(w)
		}
	}
	trim(list)
	if shared != "" && len(list) > 1 && list[0] == shared {
		trim(list[1:])
	}
	return all
}

// sharedWord is the word before most columns of a table, as in k_id, k_name, k_mail; "" if there is none.
func sharedWord(t *Table) string {
	count := make(map[string]int)
	best := ""
	for i := range t.Columns {
		if list := words(t.Columns[i].Name); len(list) > 1 {
			count[list[0]]++
			if count[list[0]] > count[best] {
				best = list[0]
			}
		}
	}
	if n := count[best]; n < 3 || 2*n < len(t.Columns) {
		return ""
	}
	return best
}
