package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
	"time"
)

// target is a server that is measured.
type target struct {
	name          string
	process       *process
	users, widget string // addresses of its pages; empty when it has none
	admin         string // address of Chatpass's metrics
	ask           *question
}

// question is what one target is asked beside what a case asks of all.
type question struct{ kind, credential string }

func (l *lab) basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(l.login+":"+l.password))
}

func (l *lab) bearer() string { return "Bearer " + l.siteKey }

// usersRequest asks a target for users; widgetRequest for the widget page of one.
func (l *lab) usersRequest(t *target, ids string) (*http.Request, error) {
	return l.request(t.users+"?user_ids="+ids, l.basic())
}

func (l *lab) widgetRequest(t *target, id string) (*http.Request, error) {
	return l.request(t.widget+"?mode=inline&user_id="+id, l.bearer())
}

func (l *lab) request(address, credential string) (*http.Request, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err == nil {
		request.Header.Set("Authorization", credential)
	}
	return request, err
}

// ready waits for a target's first good answer, counted from begin.
func (l *lab) ready(ctx context.Context, t *target, begin time.Time) (time.Duration, error) {
	ask := l.usersRequest
	id := "3"
	if t.users == "" {
		ask = l.widgetRequest
	}
	request, err := ask(t, id)
	if err != nil {
		return 0, err
	}
	return t.process.waitFor(ctx, begin, request)
}

// startFloor starts the hand-written server in one of its kinds.
func (l *lab) startFloor(kind string) (*target, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p, err := l.start("floor-"+kind, os.Environ(), l.floor, "-listen", address, "-kind", kind, "-dsn", l.dsn(),
		"-login", l.login, "-password", l.password, "-site-key", l.siteKey, "-signing-key", l.signingKey)
	if err != nil {
		return nil, err
	}
	t := &target{name: kind, process: p}
	if kind == "widget" || kind == "bare-widget" {
		t.widget = "http://" + address + "/widget"
	} else {
		t.users = "http://" + address + "/users"
	}
	return t, nil
}

func (l *lab) startNaive() (*target, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p, err := l.start("naive", os.Environ(), l.naive, "-listen", address, "-dsn", l.dsn(), "-login", l.login, "-password", l.password)
	return &target{name: "naive", process: p, users: "http://" + address + "/users"}, err
}

// startChatpass starts the built program beside the video site.
func (l *lab) startChatpass(cacheTTL string) (*target, error) {
	return l.startProgram("chatpass", []string{
		"CHATPASS_USERS_TABLE=ktvs_users",
		"CHATPASS_USERS_ID=user_id",
		"CHATPASS_USERS_NAME=display_name",
		"CHATPASS_USERS_AVATAR=https://www.example.com/contents/avatars/{avatar}",
		"CHATPASS_USERS_PROFILE_URL=https://www.example.com/members/{user_id}/",
		"CHATPASS_USERS_LASTLOGIN=last_login_date",
		"CHATPASS_USERS_BADGE=custom10",
		"CHATPASS_CACHE_TTL=" + cacheTTL,
	})
}

// startProgram starts the built program as a site owner would: from the environment alone, its log as it is by default.
func (l *lab) startProgram(name string, settings []string) (*target, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	environ := append([]string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + l.dir,
		"CHATPASS_LISTEN=" + address,
		"CHATPASS_ADMIN_LISTEN=" + admin,
		"CHATPASS_SITE_URL=https://www.example.com",
		"CHATPASS_DATABASE_URL=mysql://" + dbUser + ":" + l.dbPassword + "@" + l.dbAddress + "/" + dbName,
		"CHATPASS_SITE_KEY=" + l.siteKey,
		"CHATPASS_DRAIN_DELAY=0s",
		"CHATPASS_IMBACHAT_WIDGET_ID=276",
		"CHATPASS_IMBACHAT_API_LOGIN=" + l.login,
		"CHATPASS_IMBACHAT_API_PASSWORD=" + l.password,
		"CHATPASS_IMBACHAT_SECRET_KEY=" + l.signingKey,
	}, settings...)
	p, err := l.start(name, environ, l.chatpass, "serve")
	if err != nil {
		return nil, err
	}
	base := "http://" + address + "/chat"
	return &target{name: name, process: p, users: base + "/users", widget: base + "/widget", admin: "http://" + admin}, nil
}

// prepareSite writes the PHP pages and starts nginx in front of them; php-fpm is started by startPHP.
func (l *lab) prepareSite() error {
	server, err := find("nginx")
	if err != nil {
		return err
	}
	_, dbPort, err := net.SplitHostPort(l.dbAddress)
	if err != nil {
		return err
	}
	if l.phpAddress, err = freeAddress(); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.phpAddress)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(l.dir, "php"), 0o755); err != nil {
		return err
	}
	data := map[string]any{
		"Dir": l.dir, "Root": os.Geteuid() == 0, "Port": port, "Login": l.login, "Password": l.password, "SiteKey": l.siteKey,
		"SigningKey": l.signingKey, "DBUser": dbUser, "DBPassword": l.dbPassword, "DBName": dbName, "DBPort": dbPort,
	}
	for source, file := range map[string]string{
		"users.php.tmpl": "php/users.php", "widget.php.tmpl": "php/widget.php", "nginx.conf.tmpl": "nginx.conf", "fpm.conf.tmpl": "fpm.conf",
	} {
		t, err := template.ParseFiles(filepath.Join("bench", "php", source))
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := t.Option("missingkey=error").Execute(&text, data); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(l.dir, file), text.Bytes(), 0o600); err != nil {
			return err
		}
	}
	_, err = l.start("nginx", os.Environ(), server, "-p", l.dir, "-e", filepath.Join(l.dir, "nginx-error.log"),
		"-c", filepath.Join(l.dir, "nginx.conf"), "-g", "daemon off;")
	return err
}

func (l *lab) startPHP() (*target, error) {
	fpm, err := find("php-fpm", "php-fpm[0-9]*")
	if err != nil {
		return nil, err
	}
	args := []string{"-F", "-y", filepath.Join(l.dir, "fpm.conf")}
	if os.Geteuid() == 0 {
		args = append(args, "-R")
	}
	if len(l.versions) == 1 {
		version, err := exec.Command(fpm, "-v").Output()
		if err != nil {
			return nil, err
		}
		if fields := bytes.Fields(version); len(fields) > 1 {
			l.versions = append(l.versions, fmt.Sprintf("PHP %s (nginx, php-fpm, opcache)", fields[1]))
		}
	}
	p, err := l.start("php-fpm", os.Environ(), fpm, args...)
	return &target{name: "php", process: p, users: "http://" + l.phpAddress + "/users", widget: "http://" + l.phpAddress + "/widget"}, err
}
