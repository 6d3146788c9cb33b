package sitedb_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/sitedb"
)

func TestAddressesThatAreAccepted(t *testing.T) {
	for _, address := range []string{
		"mysql://app:pw@127.0.0.1:3306/site", "mysql://app@localhost/site", "mysql:///site", "mariadb://app:p%40ss%2Fw%25@[::1]:3307/site?tls=true",
		"mysql://app:pw@localhost/site?socket=/run/mysqld/mysqld.sock", "mysql://app:pw@db/site?charset=utf8mb4&serverVersion=8.0&multiStatements=false",
		"app:p@ss/w:rd@tcp(db:3306)/site", "app:pw@tcp(db)/site?parseTime=true&loc=Local&collation=utf8mb4_unicode_ci", "app@unix(/run/mysqld/mysqld.sock)/site", "/site",
		"postgres://app:pw@db:5432/site", "postgresql://app@localhost/site?sslmode=disable", "postgres://app:pw@db/site?sslmode=prefer",
		"sqlite:/srv/site/db.sqlite3", "sqlite:db.sqlite3", "sqlite:///srv/site/db.sqlite3", "sqlite:/srv/db.sqlite3?mode=ro",
	} {
		if faults := sitedb.CheckURL(secret.New(address)); len(faults) != 0 {
			t.Errorf("%s: %v", address, faults)
		}
		db, err := sitedb.Open(sitedb.Options{URL: secret.New(address)})
		if err != nil {
			t.Errorf("open %s: %v", address, err)
			continue
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAddressesThatAreRefusedAreNotPrinted(t *testing.T) {
	for address, want := range map[string]string{
		"":                                                        "is empty",
		"canary":                                                  "no address of a database",
		"mysql://app:canary@db:3306/":                             "names no database",
		"mysql://app:canary@db":                                   "names no database",
		"app:canary@tcp(db:3306)/":                                "names no database",
		"postgres://app:canary@db":                                "names no database",
		"mysql://app:canary%zz@db/site":                           "cannot be read",
		"mysql://app:can#ary@db/site":                             "",
		"mysql://app:canary@db/site#":                             "holds a #",
		"mysql://app:canary@db:port/site":                         "cannot be read",
		"mysql://app:canary@db/site\n":                            "line break",
		"oracle://app:canary@db/site":                             "scheme",
		"sqlite3://canary/db":                                     "scheme",
		"sqlite:":                                                 "names no database file",
		"sqlite::memory:":                                         "names no database file",
		"sqlite:/x/canary.db?mode=rwc":                            "mode=ro",
		"sqlite:/x/canary.db?_pragma=x":                           "mode=ro",
		"postgres://app:canary@db:x/site":                         "cannot be read",
		"postgres://a:canary@db/s?sslmode=x":                      "cannot be read",
		"app:canary@udp(db:3306)/site":                            "network",
		"app:canary@tcp(db:3306/site":                             "go-sql-driver DSN",
		"app:canary@tcp(db)/site?strict=true":                     "unknown option",
		"app:canary@tcp(db)/site?multiStatements=true":            "multiStatements",
		"app:canary@tcp(db)/site?multiStatements=canary":          "multiStatements",
		"mysql://app:canary@db/site?allowAllFiles=1":              "allowAllFiles",
		"mysql://app:canary@db/site?allowCleartextPasswords=true": "allowCleartextPasswords",
		"app:canary@tcp(db)/site?allowOldPasswords=true":          "allowOldPasswords",
		"app:canary@tcp(db)/site?allowFallbackToPlaintext=true":   "allowFallbackToPlaintext",
		"app:canary@tcp(db)/site?tls=skip-verify":                 "tls",
		"mysql://app:canary@db/site?tls=preferred":                "tls",
		"app:canary@tcp(db)/site?charset=gbk":                     "charset",
		"app:canary@tcp(db)/site?charset=utf8mb4,sjis":            "charset",
		"mysql://app:canary@db/site?collation=gbk_chinese_ci":     "collation",
		"mysql://app:canary@db/site?sql_mode=ANSI_QUOTES":         "sql_mode",
		"mysql://app:canary@db/site?time_zone=%zz":                "cannot be read",
	} {
		faults := sitedb.CheckURL(secret.New(address))
		if len(faults) == 0 {
			t.Errorf("%q is accepted", address)
			continue
		}
		all := fmt.Sprint(faults)
		if !strings.Contains(all, want) || faults[0].Var != "DATABASE_URL" || faults[0].Remedy == "" {
			t.Errorf("%q: %s, want %q and a remedy", address, all, want)
		}
		_, err := sitedb.Open(sitedb.Options{URL: secret.New(address)})
		if err == nil || strings.Contains(all, "canary") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: opened, or its fault holds the address: %s, %v", address, all, err)
		}
	}
}

func TestEveryWeakOptionOfAnAddressIsNamedAtOnce(t *testing.T) {
	faults := sitedb.CheckURL(secret.New("app:pw@tcp(db)/site?multiStatements=true&allowAllFiles=true&tls=skip-verify&charset=big5"))
	if len(faults) != 4 {
		t.Errorf("%d faults of 4: %v", len(faults), faults)
	}
}

func FuzzCheckURLNeverPrintsThePasswordOrPanics(f *testing.F) {
	for _, s := range []string{
		"mysql://app:%s@db/site", "app:%s@tcp(db)/site?tls=x", "postgres://app:%s@db/site?sslmode=x", "mysql://app:%s@db/site?multiStatements=1", "x://%s",
		"sqlite:/%s?mode=x", "app:%s@tcp(db)/site?strict=true", "mysql://app:%s@db/site?a=%%zz",
	} {
		f.Add(s)
	}
	const password = "Zq8canaryZq8"
	f.Fuzz(func(t *testing.T, pattern string) {
		if strings.Contains(pattern, "canary") || !strings.Contains(pattern, ":%s@") {
			return
		}
		address := strings.Replace(pattern, ":%s@", ":"+password+"@", 1)
		if _, options, _ := strings.Cut(address, "?"); strings.Contains(options, password) {
			return // an option's name is printed
		}
		faults := sitedb.CheckURL(secret.New(address))
		if strings.Contains(fmt.Sprint(faults), password) {
			t.Errorf("a fault holds the password: %v", faults)
		}
		db, err := sitedb.Open(sitedb.Options{URL: secret.New(address)})
		if (err == nil) != (len(faults) == 0) {
			t.Errorf("CheckURL says %v, Open says %v", faults, err)
		}
		if err == nil {
			_ = db.Close()
		} else if strings.Contains(err.Error(), password) {
			t.Error("the error holds the password")
		}
	})
}
