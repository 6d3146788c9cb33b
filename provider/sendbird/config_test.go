package sendbird_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/secret"
)

func TestAnAPITokenThatNoHeaderCarriesIsRefused(t *testing.T) {
	for name, odd := range map[string]string{"a line break": "\n", "a carriage return": "\r", "a space": " ", "a no-break space": "\u00a0", "a letter of no ASCII": "é", "a DEL": "\x7f"} {
		config := settings()
		config.APIToken = secret.New("0123456789abcdef0123" + odd + "456789abcdef01234567")
		faults := config.Faults()
		if len(faults) != 1 || faults[0].Var != "SENDBIRD_API_TOKEN" || faults[0].Remedy == "" || strings.Contains(faults[0].String(), "0123") {
			t.Errorf("%s: %v", name, faults)
		}
	}
}
