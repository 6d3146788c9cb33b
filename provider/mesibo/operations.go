package mesibo

import (
	"path/filepath"

	"github.com/chatpass/chatpass/provider"
)

// filesPath is where files are served, from the base path on; a file's name follows.
const filesPath = "/mesibo/files/"

// filesFolder is the folder of files in the state folder, where the settings name none.
const filesFolder = "mesibo"

// private is what the operations of the first generation need beside the state.
type private struct {
	origin string // the site's first public origin, without a slash at the end; empty if it is not known
	folder string // of files; empty: there is none, and files are refused
}

// newPrivate returns it; no file is touched.
func newPrivate(c *Config, d provider.Deps) private {
	p := private{folder: c.Files}
	if p.folder == "" && d.StateDir != "" {
		p.folder = filepath.Join(d.StateDir, filesFolder)
	}
	if len(d.Origins) > 0 {
		p.origin = d.Origins[0]
	}
	return p
}
