package session

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
)

// settingOf reads setting('session_driver', 'file'): what the site's configuration says, else the text, else nothing. It is known when the recipe is read.
func (p *parser) settingOf(args []node) (node, error) {
	if len(args) < 1 || len(args) > 2 || args[0].op != opText || args[len(args)-1].op != opText {
		return node{}, errors.New("setting takes a name, and the text without it: setting('session_driver', 'file')")
	}
	name := args[0].text
	if secretSetting(strings.TrimSuffix(name, "_previous")) || slices.Contains(p.needs, name) {
		return node{}, fmt.Errorf("reads %s as a setting, which is a secret; use secret('%s')", setting.Clip(name), setting.Clip(name))
	}
	text := strings.TrimSpace(p.secrets[name].Reveal())
	if text == "" && len(args) == 2 {
		text = args[1].text
	}
	return p.made(node{op: opText, text: text})
}

// units are the ends of names of settings that hold lengths of time, in seconds.
var units = map[string]int64{"_seconds": 1, "_minutes": 60, "_hours": 3600}

// longestLife bounds what a site may call the life of a session: PHP itself counts it in 32 bits.
const longestLife = 1<<31 - 1

// lifetimeOf reads lifetime(7200, 'session_minutes'): seconds. What the owner sets wins over the number, but nothing makes it longer than what the site's
// configuration says, if that can be known.
func (p *parser) lifetimeOf(args []node) (node, error) {
	const usage = "lifetime takes seconds, and the name of the site's setting: lifetime(7200, 'session_minutes'), which ends in _seconds, _minutes or _hours"
	if len(args) < 1 || len(args) > 2 || args[0].op != opText || !wholeNumber(args[0].text) {
		return node{}, errors.New(usage)
	}
	life, err := strconv.ParseInt(args[0].text, 10, 64)
	if err != nil || life < 1 || life > longestLife {
		return node{}, fmt.Errorf("lifetime takes 1 to %d seconds", longestLife)
	}
	if p.life >= time.Second {
		life = int64(p.life / time.Second)
	}
	if len(args) == 2 {
		own, ok := p.siteLife(args[1])
		if !ok {
			return node{}, errors.New(usage)
		}
		if own > 0 && (p.life < time.Second || own < life) {
			life = own
		}
	}
	return p.made(node{op: opText, text: strconv.FormatInt(life, 10)})
}

// siteLife is what the site says of the life of sessions, in seconds; 0 where it says nothing that can be read.
func (p *parser) siteLife(name node) (int64, bool) {
	if name.op != opText {
		return 0, false
	}
	unit := units[name.text[max(strings.LastIndexByte(name.text, '_'), 0):]]
	if unit == 0 {
		return 0, false
	}
	n, ok := number(strings.TrimSpace(p.secrets[name.text].Reveal()))
	if !ok || n < 1 || n > longestLife/unit {
		return 0, true
	}
	return n * unit, true
}
