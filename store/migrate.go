package store

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

// migrations are the changes of the tables in their order: NUMBER_NAME.DIALECT.sql. One that was published is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// schemaTable holds which of them were done.
const schemaTable = "chat_schema"

// errNewer says that a newer Chatpass has changed the tables.
var errNewer = errors.New("the tables were changed by a newer version")

// migrate brings the tables up to date, one instance at a time.
func migrate(db *gorm.DB, d dialect) error {
	steps, err := steps(d)
	if err != nil {
		return err
	}
	return d.exclusively(db, func(db *gorm.DB) error {
		err := gormigrate.New(db, &gormigrate.Options{TableName: schemaTable, ValidateUnknownMigrations: true, IDColumnSize: 64}, steps).Migrate()
		if errors.Is(err, gormigrate.ErrUnknownPastMigration) {
			return errNewer
		}
		return err
	})
}

// steps reads the migrations for a dialect.
func steps(d dialect) ([]*gormigrate.Migration, error) {
	dialect := d.name()
	files, err := fs.Glob(migrations, "migrations/*."+dialect+".sql") // sorted
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no migrations for %s", dialect)
	}
	list := make([]*gormigrate.Migration, len(files))
	for i, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return nil, err
		}
		id := strings.TrimSuffix(strings.TrimPrefix(file, "migrations/"), "."+dialect+".sql")
		list[i] = &gormigrate.Migration{ID: id, Migrate: func(tx *gorm.DB) error {
			for statement := range strings.SplitSeq(string(text), ";\n") { // no driver takes several at once in every setting
				if statement = strings.TrimSpace(statement); statement == "" {
					continue
				}
				if err := tx.Exec(statement).Error; err != nil && !d.done(err) {
					return err
				}
			}
			return nil
		}}
	}
	return list, nil
}
