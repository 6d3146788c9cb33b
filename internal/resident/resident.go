// Package resident keeps small what a program holds of the machine's memory while it rests. Of a Go program that does little, most of it are pages of its own file:
// those that starting needed, which are never looked at again.
package resident

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrUnsupported says that this system offers no way.
var ErrUnsupported = errors.New("the pages of a program cannot be given back on this system")

// region is a part of the address space.
type region struct{ start, end uintptr }

// clean returns the regions of a process, told in the format of smaps (proc_pid_smaps(5)), that hold a file which the region at address is of, cannot be written and
// are as they are in the file. One with a page of its own, relocated or set by a debugger, in memory or swapped out, is left out: that page would be lost.
func clean(smaps io.Reader, address uintptr) ([]region, error) {
	type candidate struct {
		region
		path             string
		untouched, moved bool // no page of its own in memory; some swapped out, which do not count there
	}
	var all []candidate
	path := ""
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if key, isKey := strings.CutSuffix(fields[0], ":"); isKey {
			if len(all) == 0 || len(fields) < 2 {
				continue
			}
			switch last := &all[len(all)-1]; key {
			case "Anonymous":
				last.untouched = fields[1] == "0"
			case "Swap":
				last.moved = fields[1] != "0"
			}
			continue
		}
		c := candidate{}
		from, to, _ := strings.Cut(fields[0], "-")
		start, err := strconv.ParseUint(from, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("a line of smaps is not understood: %w", err)
		}
		end, err := strconv.ParseUint(to, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("a line of smaps is not understood: %w", err)
		}
		c.region = region{uintptr(start), uintptr(end)}
		if len(fields) > 5 && !strings.Contains(fields[1], "w") {
			c.path = strings.Join(fields[4:], " ") // the inode and the path, which may hold spaces
		}
		if c.start <= address && address < c.end {
			path = c.path
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	var found []region
	for _, c := range all {
		if path != "" && c.path == path && c.untouched && !c.moved {
			found = append(found, c.region)
		}
	}
	return found, nil
}
