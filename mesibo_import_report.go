package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/chatpass/chatpass/provider/mesibo/importing"
)

// barWidth is how many characters the bar has; with its texts it fits a terminal of 80.
const barWidth = 24

// progress shows a bar on a terminal, one line for each step where that cannot be wiped off, and nothing in a pipe.
func (i *importCommand) progress(step string, done, of int) {
	c := i.call
	if !isTerminal(c.stderr) {
		return
	}
	if c.dumb() {
		if step != i.step {
			i.step = step
			c.say("working on: %s", step)
		}
		return
	}
	if of <= 0 {
		c.progress(fmt.Sprintf("%s: %d", step, done))
		return
	}
	full := min(barWidth*done/of, barWidth)
	c.progress(fmt.Sprintf("%-12s [%s%s] %d of %d", step, strings.Repeat("#", full), strings.Repeat("-", barWidth-full), done, of))
}

// leave counts what is left out, and lists it where that was asked for.
func (i *importCommand) leave(l importing.Left) error {
	i.left[[2]string{l.Kind, l.Why}]++
	if i.list == nil {
		return nil
	}
	return i.list.write(l)
}

// print tells what was done: the numbers are the result, all else are messages.
func (i *importCommand) print() {
	c, s := i.call, i.summary
	if len(s.Counts) == 0 {
		return
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "\tfound\tnew\tchanged\tas before\tkept as here\tleft out\t")
	for _, k := range s.Counts {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", k.Kind, k.Found, k.Added, k.Changed, k.Same, k.Kept, k.Left)
	}
	_ = w.Flush()
	keys := slices.SortedFunc(maps.Keys(i.left), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, k := range keys {
		c.say("left out: %s, %d: %s", k[0], i.left[k], k[1])
	}
	if len(keys) > 0 && i.list == nil {
		c.say("To list them in a file: --report FILE")
	}
	for _, k := range s.Counts {
		if k.Kind == importing.KindPhotos && k.Left > 0 && i.options.files == "" {
			c.say("The photos stay behind. To take them over name their folder with --files.")
		}
	}
	if i.options.dry {
		c.say("Nothing was written. Without --dry-run it is done.")
	}
}

// reportHead is the first line of a report, by which one is known that may be written over.
const reportHead = "# chatpass mesibo import: left out. It holds phones: delete it when it is read."

// importReport is the list of what was left out.
type importReport struct {
	file *os.File
	to   *bufio.Writer
}

// newImportReport makes the file, for this account alone. One that is there and is no report is not touched.
func newImportReport(path string) (*importReport, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the owner names the file
	if errors.Is(err, fs.ErrExist) {
		file, err = formerReport(path)
	}
	if err != nil {
		return nil, err
	}
	r := &importReport{file: file, to: bufio.NewWriter(file)}
	_, err = fmt.Fprintf(r.to, "%s\nkind\tnumber\tphone\twhy\n", reportHead)
	return r, err
}

// formerReport opens a report of an earlier run, and empties it.
func formerReport(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is there already and is no report; name another file", path)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the owner names the file
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(reportHead)+1)
	n, _ := file.Read(head)
	if string(head[:n]) != reportHead+"\n" {
		_ = file.Close()
		return nil, fmt.Errorf("%s is there already and is no report; name another file", path)
	}
	if _, err = file.Seek(0, 0); err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		err = file.Chmod(0o600)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func (r *importReport) write(l importing.Left) error {
	phone := l.Phone
	if strings.ContainsFunc(phone, func(r rune) bool { return r < '0' || r > '9' }) {
		phone = fmt.Sprintf("%q", phone) // one line for each, whatever the old database holds
	}
	_, err := fmt.Fprintf(r.to, "%s\t%d\t%s\t%s\n", l.Kind, l.Ref, phone, l.Why)
	return err
}

func (r *importReport) close() error { return errors.Join(r.to.Flush(), r.file.Close()) }
