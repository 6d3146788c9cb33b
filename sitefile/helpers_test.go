package sitefile_test

import "fmt"

// printed is everything fmt shows of a value.
func printed(v any) string { return fmt.Sprintf("%v|%+v|%#v|%s|%q", v, v, v, v, v) }
