// Program seed writes the users table of a pretend site into an SQLite file: seed FILE <names.json, a list of base64 names. It is
// compiled within the parent module, so that the SQLite driver stays out of this one.
package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"

	_ "github.com/glebarez/go-sqlite" // driver "sqlite", pure Go
)

func main() {
	if err := seed(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func seed(file string) error {
	var names [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&names); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT, avatar TEXT)"); err != nil {
		return err
	}
	for i, name := range names {
		// The cast keeps bytes that are no UTF-8.
		if _, err := db.Exec("INSERT INTO members VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))", i+1, name, name); err != nil {
			return err
		}
	}
	return nil
}
