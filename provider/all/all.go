// Package all is the only list of the chat services Chatpass serves.
package all

import (
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/sendbird"
)

// Configs returns empty settings of every provider, to be filled from the environment.
func Configs() []provider.Config {
	return []provider.Config{&imbachat.Config{}, &sendbird.Config{}, &mesibo.Config{}}
}
