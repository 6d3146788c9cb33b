package mesibo_test

import (
	"os"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := mysqltest.Main(m)
	pgtest.Stop()
	os.Exit(code)
}
