package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// client asks for one thing at a time; nothing here is measured.
var client = &http.Client{Timeout: 10 * time.Second}

func fetch(ctx context.Context, request *http.Request, want int) ([]byte, error) {
	response, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("answered %d instead of %d: %.200s", response.StatusCode, want, body)
	}
	return body, err
}

// sameUsers checks that all targets give the same users before they are measured, and that none lets a stranger in.
// A ratio between different answers would mean nothing.
func (l *lab) sameUsers(ctx context.Context, targets []*target) error {
	asked := []string{"3", "1", "2", "12", strconv.Itoa(l.rows)}
	for id := 17; id < l.rows && len(asked) < 300; id += l.rows / 300 {
		asked = append(asked, strconv.Itoa(id))
	}
	asked = append(asked, strconv.Itoa(l.rows+1)) // unknown
	var first map[string]map[string]any
	for _, t := range targets {
		for range 2 { // the second answer of a cached target comes from memory
			request, err := l.usersRequest(t, strings.Join(asked, ","))
			if err != nil {
				return err
			}
			body, err := fetch(ctx, request, http.StatusOK)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			users, err := normalized(body)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if len(users) != len(asked)-1 {
				return fmt.Errorf("%s knows %d users of %d", t.name, len(users), len(asked)-1)
			}
			if first == nil {
				first = users
			}
			if diff := cmp.Diff(first, users); diff != "" {
				return fmt.Errorf("%s and %s answer differently (-first +second):\n%s", targets[0].name, t.name, diff)
			}
		}
		stranger, err := l.request(t.users+"?user_ids=1", "Basic "+base64.StdEncoding.EncodeToString([]byte(l.login+":wrong")))
		if err != nil {
			return err
		}
		if _, err := fetch(ctx, stranger, http.StatusUnauthorized); err != nil {
			return fmt.Errorf("%s, wrong password: %w", t.name, err)
		}
	}
	return nil
}

// normalized reads a users-info answer as the contract has it: ids are integers; false, null, empty and negative values are left out.
func normalized(body []byte) (map[string]map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var list []map[string]any
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("%w in %.200s", err, body)
	}
	users := make(map[string]map[string]any, len(list))
	for _, user := range list {
		for key, value := range user {
			text := fmt.Sprint(value)
			if value == nil || value == false || text == "" || key == "lastlogin" && strings.HasPrefix(text, "-") {
				delete(user, key)
				continue
			}
			if key == "user_id" {
				user[key] = text
			}
		}
		users[fmt.Sprint(user["user_id"])] = user
	}
	return users, nil
}

var dataBlock = regexp.MustCompile(`(?s)<script[^>]*id="chatpass-data"[^>]*>(.*?)</script>`)

// sameWidgets checks that all targets give the inline widget of the user asked for, with a token that verifies.
func (l *lab) sameWidgets(ctx context.Context, targets []*target) error {
	for _, t := range targets {
		for _, id := range []string{"3", "4", strconv.Itoa(l.rows)} {
			request, err := l.widgetRequest(t, id)
			if err != nil {
				return err
			}
			page, err := fetch(ctx, request, http.StatusOK)
			if err == nil {
				err = l.checkWidget(page, id)
			}
			if err != nil {
				return fmt.Errorf("%s, widget of %s: %w", t.name, id, err)
			}
		}
		stranger, err := l.request(t.widget+"?mode=inline&user_id=3", "Bearer wrong")
		if err != nil {
			return err
		}
		if _, err := fetch(ctx, stranger, http.StatusUnauthorized); err != nil {
			return fmt.Errorf("%s, wrong key: %w", t.name, err)
		}
	}
	return nil
}

func (l *lab) checkWidget(page []byte, id string) error {
	block := dataBlock.FindSubmatch(page)
	if block == nil || !bytes.Contains(page, []byte("/chat/loader.js")) {
		return fmt.Errorf("no data block or no loader in %.500s", page)
	}
	var data struct {
		UserID    json.Number `json:"user_id"`
		Providers map[string]struct {
			Token string `json:"token"`
		} `json:"providers"`
	}
	if err := json.Unmarshal(block[1], &data); err != nil {
		return err
	}
	token := data.Providers["imbachat"].Token
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 || data.UserID.String() != id {
		return fmt.Errorf("user %s, token of %d bytes", data.UserID, len(token))
	}
	mac := hmac.New(sha256.New, []byte(l.signingKey))
	mac.Write([]byte(token[:dot]))
	if base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) != token[dot+1:] {
		return fmt.Errorf("the token's signature is wrong")
	}
	_, payload, _ := strings.Cut(token[:dot], ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || !strings.HasSuffix(string(claims), `,"user_id":`+id+"}") {
		return fmt.Errorf("the token's claims are %s (%w)", claims, err)
	}
	return nil
}
