package resident

import "io"

// Clean is clean, with the bounds of each region.
func Clean(smaps io.Reader, address uintptr) (bounds [][2]uintptr, err error) {
	regions, err := clean(smaps, address)
	for _, r := range regions {
		bounds = append(bounds, [2]uintptr{r.start, r.end})
	}
	return bounds, err
}
