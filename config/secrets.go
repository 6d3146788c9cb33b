package config

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

const (
	makeKey = "made with: openssl rand -base64 48"
	minKey  = 32 // bytes of a site key, ticket key or store key, as RFC 8725 §3.5 and RFC 7518 §3.2 ask of an HS256 key

	// weakPhrase is what ALLOW_WEAK_SECRETS must say, so that nobody sets it without having read what it does.
	weakPhrase = "yes, anyone may impersonate my users"

	// leastDistinct is how many different bytes a secret must have: 12 random hex digits have fewer once in 10,000 times.
	leastDistinct = 5
)

// placeholder is what is told of words such as the example of a key that nobody replaced.
const placeholder = "a word of examples and lists of guesses"

// known are the SHA-256 digests of secrets that stand in public examples and of placeholders nobody replaced.
var known = map[string]string{
	"6bd605c0e7b9d6a2fc10057ba681d203dd309599e9ed3fbf7db588c90ae97f2e": "ImbaChat's documented sample key",
	"e7bd7506548d2d72adbb3f6b84e0b9ebe43a27c58db35319b08f2cde59382f15": "a key in a published plugin",
	"ef08d82e1fde869abf5ac63f16c28b66efa7a67853a59a6ec2dcd51d316435fb": "a key in a published plugin",
	"35d02bb30889c46dabc0e2e98c4d0cb2ec45df019e4cc782adfe34cc4ee5139a": "a key in a published plugin",
	"de3641f0de86f885146818be870ed3a8269428aef2a74f0b5b6ce0d067a1024b": "a password in a published plugin",
	"ab532e6793c4a4b99f1138a6464330277acea7d7efbe1d3cfe7687dac46cf11f": "a password in a published plugin",
	"1709c1d5ab17801a9c7764b0bfda4b7b910eca17e1985c43c6b0edf642c90f8c": "a password in a published plugin",
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad": placeholder,
	"a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3": placeholder,
	"057ba03d6c44104863dc7361fe4578965d1887360f90a0895882e58a6248fc86": placeholder,
	"e2186dbdb1bb4193608605e84f33208765b5693b55edd4f730a719a100eeea6f": placeholder,
	"fb86fb757d1241d512865070e05ccb5d17dfaa11a4b2ca04b89bacad17530ad4": placeholder,
	"1f6e093f4ccaf5064c5377c6e137de63479c60654032f82cf5add75d73488922": placeholder,
	"7d5f5ad0674ec2f2960b1a34f33370a0f71471fa0e3ef0c0a692977d276dafe8": placeholder,
	"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8": placeholder,
	"0b14d501a594442a01c6859541bcb3e8164d183d32937b851835442f69d5c94e": placeholder,
	"ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f": placeholder,
	"b9c950640e1b3740e98acb93e669c65766f6670dd1609ba91ff41052ba48c6f3": placeholder,
	"008c70392e3abfbd0fa47bbc2ed96aa99bd49e159727fcba0f2e6abeb3a9d601": placeholder,
	"2e2b24f8ee40bb847fe85bb23336a39ef5948e6b49d897419ced68766b16967a": placeholder,
	"89e01536ac207279409d4de1e5253e01f4a1769e696db0d6062ca9b8f56767c8": placeholder,
	"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b": placeholder,
	"5f7365c0a79c6a0582c33798fadb2458dc42a2d61cc4124c4e30c68deaa39357": placeholder,
	"ad165b11320bc91501ab08613cc3a48a62a6caca4d5c8b14ca82cc313b3b96cd": placeholder,
	"85dbe15d75ef9308c7ae0f33c7a324cc6f4bf519a2ed2f3027bd33c140a4f9aa": placeholder,
	"6523e58bc0eec42c31b9635d5e0dfc23b6d119b73e633bf3a5284c79bb4a1ede": placeholder,
	"2afe16a6d630d94cd07c68d5e35568655bf5f60bef29c4f1321fc857816afec9": placeholder,
	"1311f8fc80a7ea28d78dd7723f09c44c1754cd35160ca8e7133ae3d7f636a19a": placeholder,
	"048af2438891a89a3536ac09cc96ccbd34a1714e88cf8fdb63e6186dcc3ff89d": placeholder,
	"a9ee59cf6f8bbd8bbe2485119bdb7b7334db052ac99a1a69a04c0efdd892fece": placeholder,
	"c179dbea62677fbab24805ecff9e3500239e3cee9f968edeab793bda35e97fad": placeholder,
	"f75778f7425be4db0369d09af37a6c2b9a83dea0e53e7bd57412e4b060e607f7": placeholder,
	"e706386a58190ee13247ffc85c07f5fee617aed1e339cd935e64bab32bfe8fc8": placeholder,
	"baf698c16450117dbe6aee29419e1553d1c39cce63a080adfedd229a1d9c9391": placeholder,
	"f7d838701b86c5dfb57bf95fbc5ce6df204cfc9f15ad6cdb39fd22f8776e47b6": placeholder,
	"465d9ad5d5528ebe287b5dce4fb51620833d09b290e49ddcc70ca6c4a0aea01b": placeholder,
	"8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918": placeholder,
	"4194d1706ed1f408d5e02d672777019f4d5385c766a8c6ca8acba3167d36a7b9": placeholder,
	"90572774c1531d51cdd4e1620d6bcb107239d765f5374443b159c24a694f17ee": placeholder,
	"2a5b1b8a706e53f1191cc6dde4bbf0796ffd85959a50aa0a23df8d8d035b1162": placeholder,
	"1c8bfe8f801d79745c4631d09fff36c82aa37fc4cce4fc946683d7b336b63032": placeholder,
	"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92": placeholder,
	"ef797c8118f02dfb649607dd5d3f8c7623048c9c063d532cc95c5ed7a898a64f": placeholder,
	"15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225": placeholder,
	"c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646": placeholder,
	"2a33349e7e606a8ad2e30e3c84521f9377450cf09083e162e0a9b1480ce0f972": placeholder,
	"7a51d064a1a216a692f753fcdab276e4ff201a01d8b66f56d50d4d719fd0dc87": placeholder,
	"65e84be33532fb784c48129675f9eff3a682b27168c0ea744b2cf58ee02337c5": placeholder,
	"9a900403ac313ba27a1bc81f0932652b8020dac92c234d98fa0b06bf0040ecfd": placeholder,
	"8bf4dec545e105bb54dafcfe6436b67ab8bf0c01d7b575d865810661b858d86f": placeholder,
	"67e2ad7ac39c349aa94140872d31cc585440e06c5758f82448f59bc877a191d4": placeholder,
	"a25afa7cc9237ab0ce11ca671e73d103a51083aecfb3298fd27d4a5c366b4c85": placeholder,
	"73ef2a4edd7a7fbf07fd5f6faf99674dc0c25a025fd74c221f4c35849e5c0fb3": placeholder,
	"5086a24dda146dc52d504e0ad0a8bf50625bd99583596ad84e4a9e0da804f4ad": placeholder,
	"1df4b07d05b9b3b1115b4b6b22af319a2f99564a2fa2573a34896063c7513c10": placeholder,
	"e9cfcc4980e32ec6f3e8fca563f4de3c5f53766a8f0cc37accffc8ce1d99ff98": placeholder,
	"c20cc404fe15337ce6d8a5b782576d9a21de03f8707065c8ccf7abb1cc939801": placeholder,
	"9c3f6fbb936c0a58598113d8a6df56eb3e5bb231fbf8456beb0a27362157ac9a": placeholder,
}

// secrets checks all secrets that are set, and whether the owner allows weak ones.
func (l *loader) secrets(c *Config) {
	const name = "ALLOW_WEAK_SECRETS"
	if l.isSet(name) {
		c.AllowWeakSecrets = l.raw.AllowWeakSecrets == weakPhrase
		if c.AllowWeakSecrets {
			l.warn(name, "is set, so secrets are accepted that others can guess", "make strong secrets, "+makeKey+", and remove it")
		} else {
			l.fault(name, "does not read exactly: "+weakPhrase, "remove it, and make strong secrets")
		}
	}
	var all []setting.Secret
	for _, own := range []setting.Secret{{Var: "SITE_KEY", Value: c.SiteKey}, {Var: "TICKET_KEY", Value: c.TicketKey}, {Var: "STORE_KEY", Value: c.StoreKey}, {Var: "STORE_KEY_PREVIOUS", Value: c.StoreKeyPrevious}} {
		if !own.Value.IsZero() {
			own.Min, own.Remedy = minKey, "use one "+makeKey
			all = append(all, own)
		}
	}
	for _, s := range c.Sections {
		for _, listed := range s.Secrets() {
			switch {
			case !listed.Value.IsZero():
				all = append(all, listed)
			case !l.faulty[listed.Var]: // never allowed, whatever the phrase: an empty password lets everybody in
				l.fault(listed.Var, "is missing", listed.Remedy)
			}
		}
	}
	report := l.fault
	if c.AllowWeakSecrets {
		report = l.warn
	}
	for i, s := range all {
		l.checkSecret(s, report)
		for _, other := range all[:i] {
			if other.Var != s.Var && other.Value.Equal(s.Value) {
				report(s.Var, "has the same value as "+setting.Prefix+other.Var, sameRemedy(other.Var, s.Var))
				break
			}
		}
	}
}

// checkSecret reports the gravest weakness of one secret.
func (l *loader) checkSecret(s setting.Secret, report func(name, problem, remedy string)) {
	remedy := s.Remedy
	if remedy == "" {
		remedy = "use one " + makeKey
	}
	digest := s.Value.Digest()
	switch origin, public := known[hex.EncodeToString(digest[:])]; {
	case public:
		report(s.Var, "is known to everybody: it is "+origin, remedy)
	case s.Value.Len() < s.Min:
		report(s.Var, fmt.Sprintf("is shorter than %d bytes", s.Min), remedy)
	case fillIn(s.Value.Reveal()):
		report(s.Var, "is "+placeholder, remedy)
	case distinct(s.Value) < leastDistinct:
		report(s.Var, fmt.Sprintf("has fewer than %d different characters", leastDistinct), remedy)
	}
	text := s.Value.Reveal()
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		l.warn(s.Var, "stands in quotes, which are part of the value", "remove the quotes: outside .env nobody takes them away")
	}
	if strings.TrimSpace(text) != text {
		l.warn(s.Var, "begins or ends with white space, which is part of the value", "remove the white space, unless the other side has it too")
	}
}

// fillIn tells texts that examples leave for the reader to replace; the digests above know only whole ones.
func fillIn(text string) bool {
	low := strings.ToLower(text)
	for _, mark := range []string{"your-", "your_", "changeme", "change-me", "change_me", "secret-key", "secret_key", "replace-me", "<", "..."} {
		if strings.HasPrefix(low, mark) {
			return true
		}
	}
	return strings.HasPrefix(low, "#") && strings.Contains(low, " ")
}

// sameRemedy says what to do about two equal secrets.
func sameRemedy(first, second string) string {
	const previous = "_PREVIOUS"
	if first == second+previous || second == first+previous {
		return "remove the one that ends in " + previous + ", it is for the time in which both values are in use"
	}
	return "give each its own, " + makeKey
}

// distinct counts the different bytes of a secret.
func distinct(s secret.Secret) int {
	seen := map[byte]bool{}
	for _, b := range []byte(s.Reveal()) {
		seen[b] = true
	}
	return len(seen)
}
