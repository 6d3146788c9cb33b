package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	_ "github.com/go-sql-driver/mysql" // the laboratory fills and asks its own database
)

const (
	dbName = "site"
	dbUser = "chatpass"
)

// lab is a private MariaDB, the built programs, and the servers that were started.
type lab struct {
	settings
	dir       string
	progress  io.Writer
	processes []*process

	dbAddress, phpAddress                            string
	dbPassword, login, password, siteKey, signingKey string
	chatpass, floor, naive                           string // programs
	versions                                         []string
}

func (l *lab) say(format string, args ...any) { fmt.Fprintf(l.progress, format+"\n", args...) }

func (l *lab) dsn() string {
	return fmt.Sprintf("%s:%s@tcp(%s)/%s", dbUser, l.dbPassword, l.dbAddress, dbName)
}

func (l *lab) setUp(ctx context.Context) error {
	l.login = "bench" // the PHP sample lowers the case of what it gets
	for _, secret := range []*string{&l.dbPassword, &l.password, &l.siteKey, &l.signingKey} {
		*secret = rand.Text() + rand.Text()
	}
	l.say("building")
	builds := []struct {
		program *string
		name    string
		source  string
	}{{&l.floor, "floor", "./bench/floor"}, {&l.naive, "naive", "./bench/naive"}, {&l.chatpass, "chatpass", "."}}
	for _, b := range builds {
		if l.skip && b.name == "chatpass" {
			continue
		}
		*b.program = filepath.Join(l.dir, b.name)
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", *b.program, b.source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", b.name, err, out)
		}
	}
	if err := l.startDatabase(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return l.prepareSite()
}

// close ends every program, the last first, and removes the folder.
func (l *lab) close() error {
	var errs []error
	for i := len(l.processes) - 1; i >= 0; i-- {
		errs = append(errs, l.processes[i].stop())
	}
	return errors.Join(append(errs, os.RemoveAll(l.dir))...)
}

func (l *lab) startDatabase(ctx context.Context) error {
	server, err := find("mariadbd", "mysqld")
	if err != nil {
		return err
	}
	installer, err := find("mariadb-install-db", "mysql_install_db")
	if err != nil {
		return err
	}
	data, socket := filepath.Join(l.dir, "db"), filepath.Join(l.dir, "db.sock")
	// A server that starts deletes the temporary tables of every other that keeps them in the same folder. Native asynchronous files fail where the limit of locked memory is small, and the table lies in memory anyway.
	common := []string{"--no-defaults", "--datadir=" + data, "--tmpdir=" + data, "--innodb-use-native-aio=0"}
	if os.Geteuid() == 0 {
		common = append(common, "--user=root")
	}
	install := exec.CommandContext(ctx, installer, append(common, "--auth-root-authentication-method=normal", "--skip-test-db")...)
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	if l.dbAddress, err = freeAddress(); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.dbAddress)
	if err != nil {
		return err
	}
	// The table fits in memory, so that the servers are compared and not the disk.
	p, err := l.start("mariadbd", os.Environ(), server, append(common, "--socket="+socket, "--bind-address=127.0.0.1", "--port="+port,
		"--pid-file="+filepath.Join(l.dir, "db.pid"), "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=256M",
		"--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--skip-name-resolve", "--max-connections=200",
		"--character-set-server=utf8mb4")...)
	if err != nil {
		return err
	}
	root, err := sql.Open("mysql", "root@unix("+socket+")/")
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for begin := time.Now(); root.PingContext(ctx) != nil; time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.ended:
			return p.failure(errors.New("ended by itself"))
		default:
		}
		if ctx.Err() != nil || time.Since(begin) > patience {
			return p.failure(errors.New("does not answer"))
		}
	}
	return l.fill(ctx, root)
}
