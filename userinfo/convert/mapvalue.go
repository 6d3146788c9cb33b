package convert

// NewMap returns the converter that gives what pairs (from, to) have for exactly the input, and els where they have nothing and hasElse is set.
// The empty input is a value like any other. Of two pairs with the same from the first counts.
func NewMap(pairs [][2]string, els string, hasElse bool) Func {
	values := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		if _, ok := values[pair[0]]; !ok {
			values[pair[0]] = pair[1]
		}
	}
	return func(dst, in []byte) []byte {
		if value, ok := values[string(in)]; ok {
			return append(dst, value...)
		}
		if hasElse {
			return append(dst, els...)
		}
		return dst
	}
}
